"""What a frame on somebody else's site shows: a few of the store's goods at this moment, in the store's own colours."""

import base64
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from site_builder import art, tokens
from site_builder import theme as themes
from site_builder.snapshot import ThemeChoice

from ..identity.tenants.service import get_tenant
from ..kit.ids import public_id
from . import look, showcase
from .models import Store
from .queries import get_store

MOST_GOODS, FIRST_GOODS = 24, 6
"""Of those asked for; of a store that is asked for nothing."""
USUAL = "classic"
_VALUE = re.compile(r"[^;{}<>@\\]{1,300}")


@dataclass(frozen=True, slots=True)
class Asked:
    """Which goods: these SKUs in this order; without any word of SKUs a category's, or the store's first ones."""

    sku_ids: Sequence[uuid.UUID] | None = None
    category: str | None = None


@dataclass(frozen=True, slots=True)
class Ware:
    """One SKU on offer. `picture` is a data URL: an SVG that an `img` shows and cannot run."""

    shown: showcase.Shown
    picture: str
    width: int
    height: int


def wares(session: Session, *, store_id: uuid.UUID, asked: Asked) -> list[Ware]:
    """SKUs that this store does not sell are left out, whoever else sells them. Raises NotFound."""
    store = get_store(session, store_id=store_id)
    most = FIRST_GOODS if asked == Asked() else MOST_GOODS
    found = showcase.products(
        session,
        tenant=get_tenant(session, store.tenant_id),
        store_id=store.id,
        category=asked.category,
        sku_ids=asked.sku_ids,
        limit=most,
    )[:most]
    places = {sku_id: place for place, sku_id in enumerate(asked.sku_ids or ())}
    style = _worn(session, store).art
    return [_ware(one, style) for one in sorted(found, key=lambda one: places.get(one.sku_id, 0))]


def colours(session: Session, *, store_id: uuid.UUID) -> str:
    """CSS: the store's own colours, light and dark, as custom properties. Raises NotFound."""
    return tokens.css(_tokens(session, get_store(session, store_id=store_id)))


def button(session: Session, *, store_id: uuid.UUID) -> str:
    """CSS of the one class that a link on another site may wear. Raises NotFound."""
    worn = _tokens(session, get_store(session, store_id=store_id))
    light, corner = worn["light"], worn["base"]["radius-m"]
    return (
        ".cardmesh-button{display:inline-block;padding:.625em 1.25em;font-weight:600;line-height:1.25;"
        f"text-decoration:none;border-radius:{corner};background:{light['color-brand']};"
        f"color:{light['color-on-brand']}}}\n"
        f".cardmesh-button:hover{{background:{light['color-brand-strong']}}}\n"
        f".cardmesh-button:focus-visible{{outline:2px solid {light['color-brand-ink']};outline-offset:2px}}\n"
    )


def _worn(session: Session, store: Store) -> themes.Look:
    theme = look.theme_of(session, tenant_id=store.tenant_id, handle=store.theme)
    return themes.look(theme, look.carried(theme, look.choice_of(store)))


def _tokens(session: Session, store: Store) -> tokens.Tokens:
    """The store's, over those that the page counts on; no others, and none that could be more than a value."""
    usual = themes.look(look.bundled(USUAL), ThemeChoice(handle=USUAL)).tokens
    own = _worn(session, store).tokens
    return {
        group: known | {name: own[group][name] for name in known if _VALUE.fullmatch(own[group].get(name, ";"))}
        for group, known in usual.items()
    }


def _ware(one: showcase.Shown, style: str) -> Ware:
    product = public_id("prd", one.product_id)
    spec = art.describe(product, one.product_name, one.category_slug, [one.sku_name], style)
    drawn = base64.b64encode(art.draw(spec | {"category": ""}).encode()).decode()  # a slug is no word to show
    return Ware(one, f"data:image/svg+xml;base64,{drawn}", *art.SIZES[style])
