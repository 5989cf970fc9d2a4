"""What the customizer's script is told about themes, goods and colours, and how it says a look."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from site_builder import layouts, settings, strict, tokens, urls
from site_builder.check import contrast as rules
from site_builder.errors import SnapshotError
from site_builder.snapshot import ThemeChoice
from site_builder.theme import MAX_BLOCKS, MAX_SECTIONS, PAGES, Theme

from ...goods.catalog.rules import like, search_terms
from ...goods.models import Category, Listing, ListingStatus, Product, Sku
from ...kit.clock import rfc3339
from ...kit.errors import ValidationFailed
from ...kit.ids import public_id
from ...stores import look
from ...stores.errors import LookInvalid
from ...stores.looks import diff, drafts
from ...stores.looks.publishing import Line
from ...stores.models import Store

MOST_GOODS = 30
OWN_PAGES = (("help", "购买帮助", "Help"), ("about", "关于本店", "About"))
"""Pages that every store has; the owner's others stand beside them."""


def read_choice(said: Any) -> ThemeChoice:
    """{theme, preset, settings, templates} as the site builder knows it. Raises LookInvalid, ValidationFailed."""
    if not isinstance(said, Mapping):
        raise ValidationFailed
    words = {("handle" if name == "theme" else name): value for name, value in said.items()}
    try:
        return strict.read(ThemeChoice, words, SnapshotError)
    except SnapshotError as error:
        raise LookInvalid(errors=look.fields(error.problems)) from error


def about(theme: Theme, handle: str, preset: str | None) -> dict[str, Any]:
    """Everything there is to set in the theme that a choice calls `handle`: its settings with the preset's values, its
    pages and their sections.
    """
    choice = ThemeChoice(handle=handle, preset=preset)
    values, _ = settings.resolve(
        theme.settings, theme.presets.get(preset or "", {}).get("settings", {}), where="theme/settings"
    )
    return {
        "theme": handle,
        "preset": preset,
        "name": theme.manifest["name"],
        "groups": theme.setting_groups,
        "values": values,
        "sections": theme.sections,
        "pages": [_page(theme, choice, page) for page in PAGES],
        "limits": {"sections": MAX_SECTIONS, "blocks": MAX_BLOCKS},
    }


def _page(theme: Theme, choice: ThemeChoice, page: str) -> dict[str, Any]:
    return {
        "id": page,
        "name": _words(diff.NAMES[page].zh, diff.NAMES[page].en),
        "layout": layouts.effective(theme, choice, page),
        "addable": layouts.addable(theme, page),
        "essential": sorted(layouts.essential(theme, page)),
    }


def gallery(themes: Mapping[str, Theme]) -> list[dict[str, Any]]:
    """Every ready look of the themes by handle, with the colours for its swatch."""
    return [
        {"theme": handle, "of": theme.manifest["name"], **one}
        for handle, theme in themes.items()
        for one in (_swatch(theme, name) for name in theme.presets)
    ]


def _swatch(theme: Theme, preset: str) -> dict[str, Any]:
    worn = look.wear(theme, ThemeChoice(handle=theme.handle, preset=preset))
    colours = {
        mode: {name: worn.tokens[mode].get(f"color-{name}", "") for name in ("bg", "surface", "brand", "hero", "text")}
        for mode in tokens.MODES
    }
    return {"preset": preset, "name": theme.presets[preset]["name"], "colours": colours}


def contrast(theme: Theme, choice: ThemeChoice, value: str) -> dict[str, Any]:
    """How `value` itself reads as words on the page, and the pairs of the whole look that cannot be read, by mode."""
    worn = look.wear(theme, choice)
    try:
        picked = rules.picked("", value, worn.tokens)
    except ValueError as error:
        raise ValidationFailed from error
    shape = [{"mode": one.mode, "ratio": one.ratio, "better": one.better} for one in picked]
    weak = [{"mode": one.mode, "ratio": one.ratio, "front": one.front, "ground": one.ground}
            for one in rules.weak(worn.theme, worn.tokens)]  # fmt: skip
    return {"needed": rules.RATIO, "picked": shape, "weak": weak}


def prefixes(store: Store) -> dict[str, str]:
    return {name: urls.Urls(name, store.locale).prefix for name in ("zh-CN", "en")}


def sample_paths(session: Session, store: Store) -> dict[str, str]:
    """An address to look at for each kind of page."""
    listed = _listed(store).limit(1)
    first = session.execute(listed.with_only_columns(Product.slug, Category.slug)).first()
    product, category = (urls.product(first[0]), urls.category(first[1])) if first else ("/", "/")
    fixed = {page: urls.FIXED.get(page, "/") for page in PAGES}
    own = {"product": product, "category": category, "page": urls.FIXED["help"]}
    return {**fixed, **own, "404": "/404.html", "maintenance": "/maintenance.html"}


def choices(session: Session, store: Store) -> dict[str, list[dict[str, Any]]]:
    """What the pickers of categories and pages offer: [{slug, name}]."""
    query = _listed(store).with_only_columns(Category.slug, Category.name_zh, Category.name_en).distinct()
    rows = session.execute(query.order_by(Category.slug)).all()
    return {
        "category": [{"slug": row[0], "name": _words(row[1], row[2])} for row in rows],
        "page": [{"slug": slug, "name": _words(zh, en)} for slug, zh, en in OWN_PAGES],
    }


def goods(session: Session, store: Store, q: str) -> list[dict[str, Any]]:
    """Listed products whose goods match all the words, by name; slugs in `q` after "slug:" are looked up exactly."""
    query = _listed(store).with_only_columns(Product.slug, Product.name).distinct()
    if q.startswith("slug:"):
        query = query.where(Product.slug.in_(q.removeprefix("slug:").split(",")))
    else:
        for term in search_terms(q):
            query = query.where(Sku.search_text.like(like(term)))
    rows = session.execute(query.order_by(Product.name).limit(MOST_GOODS)).all()
    return [{"slug": slug, "name": _words(name, name) if isinstance(name, str) else name} for slug, name in rows]


def _listed(store: Store):
    return (
        select(Listing.sku_id)
        .join(Sku, Sku.id == Listing.sku_id)
        .join(Product, Product.id == Sku.product_id)
        .join(Category, Category.id == Product.category_id)
        .where(Listing.store_id == store.id, Listing.status == ListingStatus.ACTIVE)
    )


def line(one: Line, language: str) -> dict[str, Any]:
    """A published look as the list of them shows it."""
    row = one.look
    return {
        "id": public_id("lok", row.id),
        "number": row.revision,
        "author": row.author,
        "published_at": rfc3339(row.created_at),
        "theme": row.theme,
        "preset": row.preset,
        "live": one.live,
        "changes": [said(change, language) for change in one.changes],
        "look": drafts.words_of(one.choice) if one.choice else None,
    }


def said(change: diff.Change, language: str) -> str:
    """The words are whole already: braces in them are the owner's."""
    return change.zh if language == "zh-CN" else change.en


def _words(zh: str, en: str) -> dict[str, str]:
    return {"zh-CN": zh, "en": en}
