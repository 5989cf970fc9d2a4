"""csv, tsv and plain lists, streamed: one line in memory, and the byte where the next row starts."""

import csv
import io
import re
from collections.abc import Iterator
from functools import partial
from itertools import islice
from typing import BinaryIO, NamedTuple

from .encoding import Encoding
from .errors import NumberDamaged, QuoteBroken, SheetDamaged, SheetTooLarge
from .limits import Limits
from .numbers import is_rounded_text
from .rows import NO_MARKS, Cursor, Row

_SAMPLE_CHARS = 64 << 10
_LONG = 16 << 10
"""Bytes of a line above which it is nothing ordinary."""
_LINE_END = re.compile(r"\r\n|\r|\n")
_QUOTED = re.compile(r'(?:^|(?<=[,;\t\r\n]))"[^"]*(?:""[^"]*)*"')
_NO_DELIMITER = "\ufdd0"
"""A noncharacter, never in a text: a file of one column goes through the same csv reader."""


class Block(NamedTuple):
    """Some lines that are one record each, blank ones (`[]`) among them; `end` is the byte behind the last."""

    line: int
    records: list[list[str]]
    end: int

    @property
    def next(self) -> Cursor:
        return Cursor(self.line + len(self.records), self.end)

    def row(self, line: int) -> Row:
        """One of the lines as `rows` would give it."""
        cells = self.records[line - self.line]
        return Row(line, cells, _marks(cells) or NO_MARKS, self.end)


class Delimited:
    """A text of rows whose encoding is known: read with care, or fast where it is simple."""

    def __init__(self, file: BinaryIO, encoding: Encoding, limits: Limits) -> None:
        self._file, self._encoding, self._limits = file, encoding, limits
        self._delimiter = find_delimiter(_sample(file, encoding))

    def rows(self, start: Cursor | None = None) -> Iterator[Row]:
        """Rows that hold anything. Lines count records, as a spreadsheet program would number them.

        Raises SheetTooLarge, and SheetDamaged where a quote runs on; earlier rows are out by then.
        """
        begin = self._begin(start)
        self._file.seek(begin.offset)
        text = io.TextIOWrapper(self._file, encoding=self._encoding.name, newline="")
        try:
            for row in _records(_Lines(text, begin.offset, self._limits), self._delimiter, begin.line):
                if row.line > self._limits.rows:
                    raise SheetTooLarge(what="rows", limit=self._limits.rows)
                if start is None or row.line >= start.line:
                    yield row
        finally:
            text.detach()

    def block(self, start: Cursor | None, count: int) -> Block | None:
        """The next `count` lines at once, none at the end; None where only `rows` can tell what they say.

        That is: records over several lines, broken quotes, foreign line ends, whatever is too long or too much.
        """
        begin = self._begin(start)
        if self._encoding.name.startswith("utf-16"):
            return None
        self._file.seek(begin.offset)
        lines = list(islice(self._file, count))
        if begin.line + len(lines) > self._limits.rows or len(max(lines, key=len, default=b"")) > _LONG:
            return None
        raw = b"".join(lines)
        text = raw.decode(self._encoding.name)
        if text.count("\r") != text.count("\r\n"):
            return None
        records = _parse(text.removesuffix("\n").split("\n") if lines else [], self._delimiter)
        return Block(begin.line, records, begin.offset + len(raw)) if len(records) == len(lines) else None

    def _begin(self, start: Cursor | None) -> Cursor:
        return start if start and start.offset else Cursor(1, self._encoding.start)


def _parse(lines: list[str], delimiter: str) -> list[list[str]]:
    """One record for each line, or fewer."""
    try:
        return list(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error:
        return []


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
