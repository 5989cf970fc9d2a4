"""From a sheet to batches of whole lines, each batch knowing where the next one starts."""

from collections import deque
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from itertools import groupby
from typing import BinaryIO, TypeAlias, cast

from ...kit.sheets import Row, open_rows
from ..models import ImportKind
from .parse import KeyRecord, LineError, OfferRecord, find_key_layout, read_keys, read_offers
from .state import Standing
from .upload import LIMITS

Item: TypeAlias = OfferRecord | KeyRecord | LineError

BATCH_LINES = 10_000


@dataclass(frozen=True, slots=True)
class Line:
    """Everything on one line of the sheet; `end` is the byte behind it (an estimate in a workbook)."""

    number: int
    items: list[Item]
    end: int


@dataclass(slots=True)
class Ends:
    """Passes rows on and remembers where each one ends: readers look a few rows ahead."""

    rows: Iterator[Row]
    _pending: deque[tuple[int, int]] = field(default_factory=deque)
    _last: int = 0

    def __iter__(self) -> Iterator[Row]:
        for row in self.rows:
            self._pending.append((row.line, row.end))
            yield row

    def of(self, line: int) -> int:
        """The end of `line`; asked for in order."""
        while self._pending and self._pending[0][0] <= line:
            self._last = self._pending.popleft()[1]
        return self._last


def read_lines(
    sheet: BinaryIO, kind: str, standing: Standing, categories: Mapping[str, str]
) -> Generator[Line, None, None]:
    """The lines that are not done yet. Sets `standing.layout` of a sheet of keys. Raises SheetErrors.

    Close it before the sheet: its reader still holds the file.
    """
    resumed = standing.cursor if kind == ImportKind.KEYS else None
    with closing(cast(Generator[Row, None, None], open_rows(sheet, limits=LIMITS, start=resumed))) as rows:
        ends = Ends(rows)
        items = _keys(ends, standing) if kind == ImportKind.KEYS else _offers(ends, standing, categories)
        for number, group in groupby(items, key=lambda item: item.line):
            yield Line(number, list(group), ends.of(number))


def _keys(ends: Ends, standing: Standing) -> Iterator[Item]:
    rows = iter(ends)
    if standing.layout is None:
        standing.layout, rows = find_key_layout(rows)
    return read_keys(rows, standing.layout, today=standing.today)


def _offers(ends: Ends, standing: Standing, categories: Mapping[str, str]) -> Iterator[Item]:
    """Read from the first line on: rows lean on the ones above them."""
    items = read_offers(iter(ends), categories=categories, today=standing.today)
    return (item for item in items if item.line > standing.line)


def batches(lines: Iterable[Line], size: int) -> Iterator[list[Line]]:
    """Whole lines, `size` at a time."""
    batch: list[Line] = []
    for line in lines:
        batch.append(line)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
