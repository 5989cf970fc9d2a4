"""csv, tsv and plain lists, streamed: one line in memory, and the byte where the next row starts."""

import csv
import io
import re
from collections.abc import Iterator
from functools import partial
from typing import BinaryIO

from .encoding import Encoding
from .errors import NumberDamaged, QuoteBroken, SheetDamaged, SheetTooLarge
from .limits import Limits
from .numbers import is_rounded_text
from .rows import NO_MARKS, Cursor, Row

_SAMPLE_CHARS = 64 << 10
_LINE_END = re.compile(r"\r\n|\r|\n")
_QUOTED = re.compile(r'(?:^|(?<=[,;\t\r\n]))"[^"]*(?:""[^"]*)*"')
_NO_DELIMITER = "\ufdd0"
"""A noncharacter, never in a text: a file of one column goes through the same csv reader."""


def read_delimited(file: BinaryIO, encoding: Encoding, limits: Limits, start: Cursor | None) -> Iterator[Row]:
    """Rows that hold anything. Lines count records, as a spreadsheet program would number them.

    Raises SheetTooLarge, and SheetDamaged where a quote runs on; earlier rows are out by then.
    """
    delimiter = find_delimiter(_sample(file, encoding))
    begin = start if start and start.offset else Cursor(1, encoding.start)
    file.seek(begin.offset)
    text = io.TextIOWrapper(file, encoding=encoding.name, newline="")
    try:
        for row in _records(_Lines(text, begin.offset, limits), delimiter, begin.line):
            if row.line > limits.rows:
                raise SheetTooLarge(what="rows", limit=limits.rows)
            if start is None or row.line >= start.line:
                yield row
    finally:
        text.detach()


def _records(lines: "_Lines", delimiter: str, line: int) -> Iterator[Row]:
    records = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        lines.start_record()
        try:
            cells = next(records)
        except StopIteration:
            return
        except csv.Error as error:
            yield _broken_quote(line, lines, error)
        else:
            if any(cells):
                yield Row(line, cells, _marks(cells) if lines.has_exponent else NO_MARKS, lines.offset)
        line += 1


def _broken_quote(line: int, lines: "_Lines", error: csv.Error) -> Row:
    """A quote that spoils its own line costs that line; one that runs on has eaten others."""
    if lines.taken > 1 or "end of data" in str(error):
        raise SheetDamaged(line=line) from error
    return Row(line, [], {0: QuoteBroken.code}, lines.offset)


def _marks(cells: list[str]) -> dict[int, str]:
    return {index: NumberDamaged.code for index, cell in enumerate(cells) if is_rounded_text(cell)}


def find_delimiter(sample: str) -> str:
    """The separator that most lines hold outside quotes; none is an answer too (a list of keys)."""
    lines = [line for line in _LINE_END.split(_QUOTED.sub("", sample)) if line.strip(" ")]
    best, most = _NO_DELIMITER, (max(1, len(lines) / 2), 0)
    for candidate in ("\t", ",", ";"):
        counts = [line.count(candidate) for line in lines]
        score = (sum(map(bool, counts)), sum(counts))
        if score[0] >= most[0] and score > most:
            best, most = candidate, score
    return best


def _sample(file: BinaryIO, encoding: Encoding) -> str:
    file.seek(encoding.start)
    text = file.read(_SAMPLE_CHARS).decode(encoding.name, errors="ignore")
    whole, newline, _ = text.rpartition("\n")
    return whole if newline else text


class _Lines:
    """Lines for `csv.reader`, which never reads ahead: after a record, `offset` is its end."""

    def __init__(self, text: io.TextIOWrapper, offset: int, limits: Limits) -> None:
        self._next = iter(partial(text.readline, limits.line_chars), "").__next__
        self._encoding, self._limits = text.encoding, limits
        self.offset, self.taken, self.has_exponent = offset, 0, False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._next()
        if len(line) >= self._limits.line_chars:
            raise SheetTooLarge(what="characters in a line", limit=self._limits.line_chars)
        self.offset += len(line.encode(self._encoding))
        self.taken += 1
        if "E+" in line:
            self.has_exponent = True
        return line

    def start_record(self) -> None:
        self.taken, self.has_exponent = 0, False
