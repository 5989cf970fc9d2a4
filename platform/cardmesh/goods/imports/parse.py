"""Rows of suppliers' sheets into typed records, line by line, in constant memory. No database: a pure function of rows.

    for item in read_offers(open_rows(path), categories=index_categories([...]), today=today): ...
    layout, rows = find_key_layout(open_rows(path))
    for item in read_keys(rows, layout, today=today): ...

Each item is an `OfferRecord`, a `KeyRecord` or a `LineError`; a line with any error gives no record. A key repeated
in a file is not an error here: whoever stores keys knows all of them, and counts the second one as a duplicate.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from ...kit.sheets import Row, find_header
from ...kit.sheets.columns import fold_header
from ...kit.sheets.errors import ColumnMissing
from .cells import Cells
from .columns import CREDENTIAL_COLUMNS, OFFER_ALIASES, OFFER_REQUIRED, TITLES
from .keys import KeyLayout, find_key_layout, key_columns, read_key, read_keys
from .offers import Names, read_names, read_offer, read_row_currency
from .problems import CellRefused, LineError
from .records import KeyRecord, OfferRecord

__all__ = [
    "KeyLayout",
    "KeyRecord",
    "LineError",
    "OfferRecord",
    "find_key_layout",
    "index_categories",
    "read_keys",
    "read_offers",
]

_SKU_CELLS = ("product", "category", "sku", "face_value", "base_price")
_COMPARED = {
    "category": "category",
    "kind": "kind",
    "currency": "currency",
    "base_price_minor": "base_price",
    "tier_prices_minor": "VIP1",
    "quantity_prices_minor": "quantity_prices",
}
"""What rows of one SKU must agree on: attribute → the column an error names."""


def index_categories(categories: Iterable[tuple[str, str, str]]) -> dict[str, str]:
    """(slug, Chinese name, English name) → {any of the three, folded: slug}."""
    return {fold_header(name): row[0] for row in categories for name in row}


def read_offers(
    rows: Iterator[Row], *, categories: Mapping[str, str], today: date, currency: str = "CNY"
) -> Iterator[OfferRecord | KeyRecord | LineError]:
    """Offers and their keys. An offer comes before its keys; later rows of the same SKU only add keys.

    Raises ColumnMissing and ColumnDuplicate, at once, for a header that is not one of an offer sheet.
    To resume, read from the start again and skip lines already stored: rows lean on the ones above them.
    """
    header, rest = find_header(rows, OFFER_ALIASES, required=OFFER_REQUIRED)
    if header is None:
        raise ColumnMissing(columns=", ".join(TITLES[name].zh for name in OFFER_REQUIRED))
    reader = _Reader(header.columns, key_columns(header), categories, currency, today)
    return (item for row in rest for item in reader.read(row))


class _Reader:
    """Remembers each offer of the sheet once, and the row above."""

    def __init__(
        self,
        columns: Mapping[str, int],
        keys: KeyLayout | None,
        categories: Mapping[str, str],
        currency: str,
        today: date,
    ) -> None:
        self._columns, self._keys, self._categories = columns, keys, categories
        self._currency, self._today = currency, today
        self._seen: dict[tuple[str, str], OfferRecord] = {}
        self._above: OfferRecord | None = None
        self._above_cells: list[str] = []
        self._refused_line = 0
        self._stated = [columns[name] for name in columns if name not in (*CREDENTIAL_COLUMNS, "expires_on")]

    def read(self, row: Row) -> Iterator[OfferRecord | KeyRecord | LineError]:
        cells = Cells(row, self._columns)
        if cells.errors:
            yield from cells.errors
        elif cells.blank(*self._columns):
            return
        elif cells.blank(*_SKU_CELLS):
            yield self._continue(row)
        else:
            yield from self._offer(row, cells)

    def _continue(self, row: Row) -> KeyRecord | LineError:
        """A row without a product brings one more key to the offer above."""
        if self._refused_line:
            return LineError(row.line, "import_offer_above_rejected", {"first_line": self._refused_line})
        if self._above is None:
            return LineError(row.line, "import_offer_missing")
        return self._key(row, self._above)

    def _offer(self, row: Row, cells: Cells) -> Iterator[OfferRecord | KeyRecord | LineError]:
        stated = [row.cells[index] for index in self._stated if index < len(row.cells)]
        if self._above and stated == self._above_cells and not row.marks:
            yield self._more(row, self._above)  # word for word the row above: no need to read it again
            return
        self._above_cells = stated
        currency = read_row_currency(cells, self._currency)
        names = read_names(cells, self._above, currency)
        known = self._seen.get(names.key)
        offer = known if known and cells.blank("base_price") else None
        offer = offer or read_offer(cells, names, self._above, currency, self._categories)
        errors = cells.errors or (_conflicts(row, known, offer) if known and offer else [])
        if errors or offer is None:
            self._above, self._refused_line = None, row.line
            yield from errors
            return
        self._above, self._refused_line = known or offer, 0
        if known:
            yield self._more(row, known)
        else:
            yield from self._first(row, cells, names, offer)

    def _first(
        self, row: Row, cells: Cells, names: Names, offer: OfferRecord
    ) -> Iterator[OfferRecord | KeyRecord | LineError]:
        self._seen[names.key] = offer
        yield offer
        if not cells.blank(*CREDENTIAL_COLUMNS):
            yield self._key(row, offer)

    def _more(self, row: Row, known: OfferRecord) -> KeyRecord | LineError:
        """One more key for an offer of this sheet."""
        if self._keys is None:
            return LineError(row.line, "import_offer_repeated", {"first_line": known.line})
        return self._key(row, known)

    def _key(self, row: Row, offer: OfferRecord) -> KeyRecord | LineError:
        try:
            if self._keys is None:
                raise CellRefused("import_key_missing")
            if offer.kind == "file":
                raise CellRefused("import_key_on_file")
            return read_key(row, self._keys, self._today, offer)
        except CellRefused as refusal:
            return LineError(row.line, refusal.code, refusal.params)


def _conflicts(row: Row, known: OfferRecord, offer: OfferRecord) -> list[LineError]:
    """Where a row contradicts an offer made further up; the first difference is enough to find the others."""
    for attribute, column in _COMPARED.items():
        if getattr(known, attribute) != getattr(offer, attribute):
            return [LineError(row.line, "import_offer_conflict", {"first_line": known.line, "column": column})]
    return []
