"""A sheet in the making: its lines, and beside each what an importer must say about it.

The expectation is written down where the line is composed, by whoever spoils it — never by asking the parser.
"""

import csv
import io
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import xlsxwriter

Cell = str | float | date | None
Sku = tuple[str, str, str]
"""Category slug, product and SKU under their proper names: how well a sheet spells them is the parser's business."""
FORMULA_ERROR = "=NA()"
BORN = datetime(2026, 11, 1)


@dataclass
class Expected:
    """What importing a file must come to: accepted offers and keys, keys seen before, (line, code) of refusals."""

    offers: int = 0
    keys: int = 0
    duplicates: int = 0
    errors: list[tuple[int, str]] = field(default_factory=list)

    @property
    def rejected(self) -> int:
        return len({line for line, _ in self.errors})

    def as_json(self) -> dict[str, object]:
        return {
            "offers": self.offers,
            "keys": self.keys,
            "duplicates": self.duplicates,
            "rejected": self.rejected,
            "errors": {str(line): code for line, code in self.errors},
        }


@dataclass
class Book:
    """Rows under a header; `seen` holds every key accepted so far in the whole world, in import order."""

    path: Path
    header: list[str]
    seen: set[tuple[str, ...]]
    titles: list[list[str]] = field(default_factory=list)
    rows: list[list[Cell] | str] = field(default_factory=list)
    expected: Expected = field(default_factory=Expected)
    skus: list[Sku] = field(default_factory=list)

    def add(
        self, *cells: Cell, key: tuple[str, ...] | None = None, offer: Sku | None = None, error: str | None = None
    ) -> None:
        """A row, and what it brings: an offer, a key (perhaps one seen before), or an error."""
        self.rows.append(list(cells))
        self._expect(key, offer, error)

    def add_raw(self, line: str, error: str) -> None:
        """A line of csv that no csv writer would write."""
        self.rows.append(line)
        self._expect(None, None, error)

    def _expect(self, key: tuple[str, ...] | None, offer: Sku | None, error: str | None) -> None:
        if offer:
            self.skus.append(offer)
            self.expected.offers += 1
        if error:
            self.expected.errors.append((self._line(), error))
        elif key and key[:2] in self.seen:
            self.expected.duplicates += 1
        elif key:
            self.seen.add(key[:2])
            self.expected.keys += 1

    def _line(self) -> int:
        return len(self.titles) + bool(self.header) + len(self.rows)

    def write_csv(self, encoding: str, delimiter: str = ",") -> None:
        text = io.StringIO(newline="")
        writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
        for row in [*self.titles, *([self.header] if self.header else []), *self.rows]:
            if isinstance(row, str):
                text.write(row + "\r\n")
            else:
                writer.writerow(["" if cell is None else cell for cell in row])
        self.path.write_bytes(text.getvalue().encode(encoding))

    def write_xlsx(self, sheet: str) -> None:
        book = xlsxwriter.Workbook(str(self.path), {"strings_to_numbers": False, "strings_to_urls": False})
        book.set_properties({"created": BORN})
        page = book.add_worksheet(sheet)
        day, bold = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"bold": True})
        for line, title in enumerate(self.titles):
            page.write_row(line, 0, title, bold)
        page.write_row(len(self.titles), 0, self.header, bold)
        for line, row in enumerate(self.rows, start=len(self.titles) + 1):
            for column, cell in enumerate(row):
                if cell == FORMULA_ERROR:
                    # an error is a string to the file format, whatever the stub says
                    page.write_formula(line, column, FORMULA_ERROR, None, "#N/A")  # pyright: ignore[reportArgumentType]
                elif isinstance(cell, date):
                    page.write_datetime(line, column, datetime(cell.year, cell.month, cell.day), day)
                elif isinstance(cell, float):
                    page.write_number(line, column, cell)
                elif cell:
                    page.write_string(line, column, str(cell))
        book.close()
