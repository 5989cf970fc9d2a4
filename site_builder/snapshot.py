"""The store snapshot, version 1: everything the pages of one store are made from, and nothing else.

The platform writes it, theme authors keep one in a file. No time stamp belongs in it: the same snapshot must give the
same bytes. Amounts are integer minor units. Images are paths on the store's own host: pages call no third party.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import orjson

from site_builder import strict
from site_builder.errors import Problem, SnapshotError
from site_builder.garbage import no_collection
from site_builder.strict import Text

VERSION = 1

Kind = Literal["card_key", "file", "top_up", "custom"]
Stock = Literal["in_stock", "low", "out"]
Locale = Literal["zh-CN", "en"]


def _matches(pattern: str, hint: str) -> strict.Rule:
    compiled = re.compile(pattern)
    return lambda value: None if compiled.fullmatch(value) else f"must be {hint}"


def _at_least(minimum: int) -> strict.Rule:
    return lambda value: None if value >= minimum else f"must be at least {minimum}"


def _some_words(limit: int) -> strict.Rule:
    def rule(value: Text) -> str | None:
        texts = (value,) if isinstance(value, str) else value.values()
        if not texts or not all(map(str.strip, texts)):
            return "must not be empty"
        return f"must not exceed {limit} characters" if max(map(len, texts)) > limit else None

    return rule


Slug = Annotated[str, _matches(r"[a-z0-9](?:[a-z0-9-]{0,78}[a-z0-9])?", "a slug: a-z, 0-9 and inner hyphens, up to 80")]
ThemeName = Annotated[str, _matches(r"[a-z0-9](?:[a-z0-9_-]{0,78}[a-z0-9])?", "a theme's name: a-z, 0-9, - and _")]
Currency = Annotated[str, _matches(r"[A-Z]{3}", "a three-letter currency code")]
SkuId = Annotated[str, _matches(r"sku_[A-Za-z0-9_-]{1,64}", "a SKU id such as sku_…")]
Id = Annotated[str, _matches(r"[A-Za-z0-9_-]{1,80}", "an id of letters, digits, _ and -")]
LocalPath = Annotated[
    str, _matches(r"/(?!/)[A-Za-z0-9._~/%-]*", "a path on the store's own host, such as /media/x.webp")
]
Origin = Annotated[
    str, _matches(r"https?://[A-Za-z0-9.-]+(?::\d{1,5})?", "an origin such as https://shop.example, no path")
]
Name = Annotated[Text, _some_words(500)]
Positive = Annotated[int, _at_least(1)]
NotNegative = Annotated[int, _at_least(0)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    amount: NotNegative
    currency: Currency


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    email: str | None = None
    telegram: str | None = None
    wechat: str | None = None
    qq: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    id: Id
    handle: Slug
    name: Name
    url: Origin
    locale: Locale
    locales: tuple[Locale, ...]
    currency: Currency
    contact: Contact = Contact()
    announcement: Text | None = None
    about: Text | None = None
    logo: LocalPath | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ThemeChoice:
    """`templates` holds the store's own page layouts, by template name, in the theme's template format."""

    handle: ThemeName
    preset: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    templates: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    id: Id
    slug: Slug
    name: Name
    sort: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sku:
    id: SkuId
    name: Name
    price: Money
    kind: Kind
    stock: Stock
    face_value: Money | None = None
    min_quantity: Positive = 1
    max_quantity: Positive = 100
    warranty_hours: NotNegative = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """`hot` puts it among the recommended; `redeem` says in the supplier's words how the goods are used."""

    id: Id
    slug: Slug
    name: Name
    category: Id
    skus: Annotated[tuple[Sku, ...], lambda skus: None if skus else "needs at least one SKU"]
    description: Text | None = None
    redeem: Text | None = None
    image: LocalPath | None = None
    hot: bool = False
    sort: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    slug: Slug
    title: Name
    body: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    store: Store
    theme: ThemeChoice
    version: Literal[1] = 1
    categories: tuple[Category, ...] = ()
    products: tuple[Product, ...] = ()
    pages: tuple[Page, ...] = ()


def parse(data: str | bytes | Mapping[str, Any]) -> Snapshot:
    """Read a snapshot from JSON text or its parsed form; raise `SnapshotError` listing every problem."""
    if isinstance(data, str | bytes):
        try:
            data = orjson.loads(data)
        except ValueError as error:
            raise SnapshotError([Problem("", f"is not JSON: {error}")]) from None
    with no_collection():
        snapshot = strict.read(Snapshot, data, SnapshotError)
        validate(snapshot)
    return snapshot


def dump(snapshot: Snapshot) -> str:
    """The snapshot as JSON text; `parse(dump(s)) == s`."""
    return json.dumps(strict.dump(snapshot), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def validate(snapshot: Snapshot) -> None:
    """Check what no single field can say: unique names, known references, one currency. Raises `SnapshotError`."""
    problems = [*_duplicates(snapshot), *_references(snapshot)]
    if problems:
        raise SnapshotError(problems)


def _duplicates(snapshot: Snapshot) -> list[Problem]:
    groups = {
        "categories/*/id": [c.id for c in snapshot.categories],
        "categories/*/slug": [c.slug for c in snapshot.categories],
        "products/*/id": [p.id for p in snapshot.products],
        "products/*/slug": [p.slug for p in snapshot.products],
        "products/*/skus/*/id": [s.id for p in snapshot.products for s in p.skus],
        "pages/*/slug": [p.slug for p in snapshot.pages],
        "store/locales": list(snapshot.store.locales),
    }
    found = []
    for where, values in groups.items():
        seen: set[str] = set()
        found += [Problem(f"/{where}", f"{v!r} stands twice") for v in values if v in seen or seen.add(v)]
    return found


def _references(snapshot: Snapshot) -> list[Problem]:
    store, categories, found = snapshot.store, {c.id for c in snapshot.categories}, []
    if store.locale not in store.locales:
        found.append(Problem("/store/locales", f"must contain the store's own locale {store.locale!r}"))
    for index, product in enumerate(snapshot.products):
        if product.category not in categories:
            found.append(Problem(f"/products/{index}/category", f"no category has the id {product.category!r}"))
        for place, sku in enumerate(product.skus):
            where = f"/products/{index}/skus/{place}"
            if sku.price.currency != store.currency:
                found.append(Problem(f"{where}/price/currency", f"the store sells in {store.currency}"))
            if sku.max_quantity < sku.min_quantity:
                found.append(Problem(f"{where}/max_quantity", "must not be below min_quantity"))
    return found


def words(text: Text | None, locale: str, fallback: str) -> str:
    """The words of `text` in `locale`, else in the store's own locale, else in any; "" for None."""
    if text is None or isinstance(text, str):
        return text or ""
    return text.get(locale) or text.get(fallback) or next(iter(text.values()), "")
