"""One row as an offer: names, prices, quantities and terms, with everything that is wrong with it said at once."""

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import NamedTuple

from ...kit.money import Money, to_major
from ...kit.sheets.columns import fold_header
from ..catalog.rules import normalise
from .amounts import read_amount, read_count, read_currency, read_hours, read_price, read_quantity_prices
from .cells import Cells
from .columns import TIERS
from .problems import CellRefused, quote
from .records import OfferRecord

MAX_NAME = 120
MAX_DESCRIPTION = 4_000

_UNITS = {"CNY": "元", "USD": "美元", "HKD": "港元", "EUR": "欧元", "JPY": "日元", "TWD": "新台币"}
_KINDS = {
    "card_key": ("card_key", "card key", "卡密", "卡券", "点卡", "激活码", "兑换码", "自动发货", "key"),
    "file": ("file", "文件", "下载", "资料", "download"),
    "top_up": ("top_up", "直充", "代充", "充值"),
    "custom": ("custom", "定制", "代做", "人工"),
}
_KIND_OF = {fold_header(word): kind for kind, words in _KINDS.items() for word in words}


class Names(NamedTuple):
    """What a row calls its SKU; `key` is equal for rows of one sheet that mean the same one."""

    product: str
    sku: str
    face_value: Money | None

    @property
    def key(self) -> tuple[str, str]:
        return normalise(self.product), normalise(self.sku)


def read_names(cells: Cells, above: OfferRecord | None, currency: str) -> Names:
    """Product and SKU. A blank product is the one above; a blank SKU is named after its face value: `100 元`."""
    carried = above.product if above and cells.blank("product") else ""
    product = carried or cells.require("product", _text(MAX_NAME), "")
    face = cells.read("face_value", lambda text: read_amount(text, currency), None)
    sku = cells.read("sku", _text(MAX_NAME), "")
    if not sku and face:
        sku = f"{to_major(face.minor, face.currency).normalize():f} {_UNITS[face.currency]}"
    if not sku and cells.blank("sku", "face_value"):
        cells.refuse(CellRefused("import_cell_missing"), "sku")
    names = Names(product, sku, face)
    for column, typed, folded in zip(("product", "sku"), names, names.key, strict=False):
        if typed and not folded:
            cells.refuse(CellRefused("import_name_empty"), column)
    return names


def read_offer(
    cells: Cells, names: Names, above: OfferRecord | None, currency: str, categories: Mapping[str, str]
) -> OfferRecord | None:
    """The offer of a row, or None when anything about it is wrong: then `cells.errors` says what.

    `above` fills category and kind when the row leaves its product blank. `categories`: folded name → slug.
    """
    same = above if cells.blank("product") else None

    def price(text: str) -> int:
        return read_price(text, currency)

    offer = OfferRecord(
        line=cells.line,
        product=names.product,
        category=_category(cells, same, categories),
        sku=names.sku,
        kind=cells.read("kind", _kind, same.kind if same else "card_key"),
        currency=currency,
        base_price_minor=cells.require("base_price", price, 0),
        face_value=names.face_value,
        tier_prices_minor=tuple((tier, minor) for tier in TIERS if (minor := cells.read(tier, price, 0))),
        quantity_prices_minor=cells.read("quantity_prices", lambda text: read_quantity_prices(text, currency), ()),
        min_quantity=cells.read("min_quantity", read_count, 1),
        max_quantity=cells.read("max_quantity", read_count, None),
        stock_cap=cells.read("stock_cap", read_count, None),
        warranty_hours=cells.read("warranty_hours", read_hours, None),
        description=cells.read("description", _text(MAX_DESCRIPTION), ""),
        file=cells.read("file", _text(MAX_NAME), ""),
    )
    if not cells.errors:
        _check_together(cells, offer)
    return None if cells.errors else offer


def read_row_currency(cells: Cells, default: str) -> str:
    return cells.read("currency", read_currency, default)


def _category(cells: Cells, same: OfferRecord | None, categories: Mapping[str, str]) -> str:
    if same and cells.blank("category"):
        return same.category

    def slug(text: str) -> str:
        if fold_header(text) not in categories:
            raise CellRefused("import_category_unknown", value=quote(text))
        return categories[fold_header(text)]

    return cells.require("category", slug, "")


def _kind(text: str) -> str:
    kind = _KIND_OF.get(fold_header(text))
    if kind is None:
        raise CellRefused("import_kind_unknown", value=quote(text))
    if kind not in ("card_key", "file"):
        raise CellRefused("import_kind_unsupported", value=quote(text))
    return kind


def _check_together(cells: Cells, offer: OfferRecord) -> None:
    """What no cell shows alone: prices and quantities must agree with each other."""
    for tier, minor in offer.tier_prices_minor:
        if minor > offer.base_price_minor:
            cells.refuse(CellRefused("import_tier_above_base"), tier)
    if not _falls(offer):
        cells.refuse(CellRefused("import_quantity_prices_order"), "quantity_prices")
    if offer.max_quantity and offer.min_quantity > offer.max_quantity:
        cells.refuse(
            CellRefused("import_quantities_crossed", minimum=offer.min_quantity, maximum=offer.max_quantity),
            "min_quantity",
        )


def _falls(offer: OfferRecord) -> bool:
    steps = ((1, offer.base_price_minor), *offer.quantity_prices_minor)
    return all(a[0] < b[0] and a[1] >= b[1] for a, b in pairwise(steps))


def _text(limit: int) -> Callable[[str], str]:
    def read(text: str) -> str:
        if len(text) > limit:
            raise CellRefused("import_text_too_long", limit=limit)
        return text

    return read
