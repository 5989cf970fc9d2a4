"""From a sheet to batches of whole lines, each batch knowing where the next one starts.

A sheet of keys goes the fast way (`plain`) and is sealed as it is read, since its offer is known; a sheet of offers is
read row by row, because its rows lean on the ones above.
"""

import uuid
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from itertools import groupby, islice
from typing import BinaryIO, TypeAlias, cast

from ...kit.sheets import Cursor, Delimited, Row, open_delimited, open_rows
from ..inventory.sealing import Sealed, Sealer
from .keys import find_key_start
from .parse import KeyRecord, LineError, OfferRecord, find_key_layout, read_offers
from .plain import Found, KeyLines
from .state import Standing
from .upload import LIMITS

Item: TypeAlias = OfferRecord | KeyRecord | LineError

BATCH_LINES = 50_000
"""Of keys: enough for a page of the fingerprint's index to get several at once. About 30 MB on the way."""
OFFER_LINES = 10_000


@dataclass(slots=True)
class Batch:
    """`total` lines up to line `last`, which ends at byte `end` (an estimate in a workbook)."""

    last: int
    end: int
    total: int
    items: list[Item] = field(default_factory=list)
    sealed: Sealed | None = None


def key_batches(
    sheet: BinaryIO, standing: Standing, offer_id: uuid.UUID, sealer: Sealer, size: int
) -> Generator[Batch, None, None]:
    """The keys that are not done yet, sealed. Sets `standing.layout`. Raises SheetErrors."""
    text = open_delimited(sheet, limits=LIMITS)
    found = _from_text(text, standing, offer_id, size) if text else _from_workbook(sheet, standing, offer_id, size)
    with closing(found):
        for lines, last, end in found:
            if lines.total:
                yield Batch(last, end, lines.total, list(lines.errors), sealer.seal(lines.keys))


def _from_text(
    text: Delimited, standing: Standing, offer_id: uuid.UUID, size: int
) -> Generator[tuple[Found, int, int], None, None]:
    """Block by block; where a block is not simple, as many rows with care."""
    place = standing.cursor
    if standing.layout is None:
        with closing(cast(Generator[Row, None, None], text.rows())) as rows:
            standing.layout, place = find_key_start(rows)
    lines = KeyLines(standing.layout, standing.today, offer_id)
    while True:
        block = text.block(place, size)
        if block is not None and not block.records:
            return
        found, after = (lines.block(block), block.next) if block else _carefully(text, place, lines, size)
        if after is None:
            return
        yield found, after.line - 1, after.offset
        place = after


def _carefully(text: Delimited, place: Cursor | None, lines: KeyLines, size: int) -> tuple[Found, Cursor | None]:
    """The keys of the next `size` rows and where the ones behind them start; None at the end."""
    with closing(cast(Generator[Row, None, None], text.rows(place))) as unread:
        rows = list(islice(unread, size))
    return lines.rows(rows), rows[-1].next if rows else None


def _from_workbook(
    sheet: BinaryIO, standing: Standing, offer_id: uuid.UUID, size: int
) -> Generator[tuple[Found, int, int], None, None]:
    with closing(cast(Generator[Row, None, None], open_rows(sheet, limits=LIMITS, start=standing.cursor))) as unread:
        rows: Iterator[Row] = unread
        if standing.layout is None:
            standing.layout, rows = find_key_layout(rows)
        lines = KeyLines(standing.layout, standing.today, offer_id)
        while some := list(islice(rows, size)):
            yield lines.rows(some), some[-1].line, some[-1].end


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


def offer_batches(
    sheet: BinaryIO, standing: Standing, categories: Mapping[str, str], size: int
) -> Generator[Batch, None, None]:
    """The lines that are not done yet, read from the first one on. Raises SheetErrors."""
    with closing(cast(Generator[Row, None, None], open_rows(sheet, limits=LIMITS))) as rows:
        ends = Ends(rows)
        items = read_offers(iter(ends), categories=categories, today=standing.today)
        unread = groupby((item for item in items if item.line > standing.line), key=_line)
        while batch := _whole_lines(unread, ends, size):
            yield batch


def _line(item: Item) -> int:
    return item.line


def _whole_lines(unread: Iterable[tuple[int, Iterator[Item]]], ends: Ends, size: int) -> Batch | None:
    batch: Batch | None = None
    for number, items in islice(unread, size):
        batch = batch or Batch(0, 0, 0)
        batch.items += items
        batch.last, batch.end, batch.total = number, ends.of(number), batch.total + 1
    return batch
