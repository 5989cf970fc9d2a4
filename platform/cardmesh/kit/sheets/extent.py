"""How far a workbook's cells reach, counted as the parser counts, before it allocates for them."""

import re
from functools import lru_cache
from xml.parsers import expat

from .errors import SheetError, SheetTooLarge
from .limits import Limits

_REFERENCE = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6})")


class Extent:
    """Watches one XML part. Raises SheetTooLarge when filled cells (or shared strings) go beyond the limits,
    SheetError when the part is not well-formed, or declares a document type."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._reference: str | None = None
        self._row = self._column = self._last_row = self._last_column = self._strings = 0
        self._parser = expat.ParserCreate("utf-8")
        self._parser.StartElementHandler = self._open
        self._parser.StartDoctypeDeclHandler = self._refuse_doctype

    def feed(self, block: bytes, final: bool = False) -> None:
        try:
            self._parser.Parse(block, final)
        except expat.ExpatError as error:
            raise SheetError from error

    def _open(self, name: str, attributes: dict[str, str]) -> None:
        """Called for every element, millions of times: plain comparisons, the commonest names first."""
        if ":" in name:
            name = name[name.find(":") + 1 :]
        if name == "c":
            self._reference = attributes.get("r")
            self._column += 1
        elif name == "v" or name == "is":
            self._fill()
        elif name == "row":
            number = attributes.get("r", "")
            self._row = int(number) if number.isdecimal() and len(number) < 8 else self._row + 1
            self._column = 0
        elif name == "si":
            self._strings += 1
            self._bound(self._strings, self._limits.cells, "cells")

    def _fill(self) -> None:
        """Only cells with a value count: empty formatted ones far away are common and cost nothing."""
        if self._reference is not None:
            match = _REFERENCE.fullmatch(self._reference)
            if not match:
                raise SheetError
            self._column, self._row = _column_number(match[1]), int(match[2])
        if self._row <= self._last_row and self._column <= self._last_column:
            return
        self._last_row = max(self._last_row, self._row)
        self._last_column = max(self._last_column, self._column)
        self._bound(self._last_row, self._limits.rows, "rows")
        self._bound(self._last_column, self._limits.columns, "columns")
        self._bound(self._last_row * self._last_column, self._limits.cells, "cells")

    def _bound(self, size: int, limit: int, what: str) -> None:
        if size > limit:
            raise SheetTooLarge(what=what, limit=limit)

    def _refuse_doctype(self, *_: object) -> None:
        raise SheetError


@lru_cache(maxsize=1024)
def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number
