"""What a reader yields."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

NO_MARKS: Mapping[int, str] = MappingProxyType({})


class Cursor(NamedTuple):
    """Where to go on: the next line, and for csv its first byte (0 for xlsx, which counts off lines)."""

    line: int
    offset: int = 0


class Row(NamedTuple):
    """One row as a spreadsheet program numbers it (from 1), its cells as text.

    `marks` names the cells whose content cannot be trusted: column index → code (see `errors.MARKS`).
    """

    line: int
    cells: list[str]
    marks: Mapping[int, str] = NO_MARKS
    end: int = 0

    @property
    def next(self) -> Cursor:
        """Pass it to `open_rows(start=…)` to read on after this row."""
        return Cursor(self.line + 1, self.end)
