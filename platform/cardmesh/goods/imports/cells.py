"""One row seen through its header: cells by column name, cleaned, and refused where the sheet itself marks damage."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from ...kit.sheets import Row, clean_cell, unguard
from .problems import CellRefused, LineError

T = TypeVar("T")


class Cells:
    """Reads cells, and collects what is wrong with them so that a line reports all its problems at once."""

    def __init__(self, row: Row, columns: Mapping[str, int]) -> None:
        self._row, self._columns = row, columns
        self.line = row.line
        self.errors = [] if row.cells else [LineError(row.line, code) for code in row.marks.values()]

    def text(self, column: str) -> str:
        """The cleaned text, "" when the column or the cell is not there. Raises CellRefused for a marked cell."""
        index = self._columns.get(column)
        if index is None or index >= len(self._row.cells):
            return ""
        if index in self._row.marks:
            raise CellRefused(self._row.marks[index])
        return clean_cell(unguard(self._row.cells[index]))

    def blank(self, *columns: str) -> bool:
        """Nothing typed in any of these."""
        cells, places = self._row.cells, self._columns
        for column in columns:
            index = places.get(column)
            if index is not None and index < len(cells) and cells[index].strip():
                return False
        return True

    def read(self, column: str, reader: Callable[[str], T], default: T) -> T:
        """`reader(text)`, or `default` where nothing is typed or the cell is refused (which is then on record)."""
        try:
            text = self.text(column)
            return reader(text) if text else default
        except CellRefused as refusal:
            self.refuse(refusal, column)
            return default

    def require(self, column: str, reader: Callable[[str], T], default: T) -> T:
        """Like `read`, but an empty cell is a problem too."""
        if self.blank(column):
            self.refuse(CellRefused("import_cell_missing"), column)
            return default
        return self.read(column, reader, default)

    def refuse(self, refusal: CellRefused, column: str | None = None) -> None:
        params = {"column": column, **refusal.params} if column else refusal.params
        self.errors.append(LineError(self.line, refusal.code, params))
