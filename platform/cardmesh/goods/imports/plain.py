"""The fast way through a sheet of keys: whole blocks of plain lines; the few others are read with care, one by one.

What a plain line comes to was found out by reading one with care (`keys.key_form`), so both ways give the same keys.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from ...kit.sheets import Block, Row
from ..inventory.credentials import PLAIN, Form
from ..inventory.sealing import Clear
from .amounts import read_date
from .keys import KeyLayout, key_form, read_key
from .problems import CellRefused, LineError

_DATES_KEPT = 4_096


@dataclass(slots=True)
class Found:
    """What lines came to; `total` counts those that hold anything."""

    total: int = 0
    keys: Clear = field(default_factory=Clear)
    errors: list[LineError] = field(default_factory=list)


class KeyLines:
    """Reads the lines of one sheet into keys of one offer."""

    def __init__(self, layout: KeyLayout, today: date, offer_id: uuid.UUID) -> None:
        self._layout, self._today, self._offer_id = layout, today, offer_id
        self._form = key_form(layout)
        self._expiry = layout.columns.get("expires_on")
        self._width = max([*layout.columns.values(), 0]) + 1
        self._most = 1 << 30 if layout.columns else 1  # in a bare list what stands beside belongs to the key
        self._dates: dict[str, date | None] = {"": None}

    def block(self, block: Block) -> Found:
        """The keys of a block."""
        found = Found()
        if self._form and self._all_plain(block, found.keys):
            found.total = len(found.keys)
            return found
        rest = self._plain(block, found.keys) if self._form else range(block.line, block.next.line)
        found.total = len(found.keys)
        return self.rows((block.row(line) for line in rest if any(block.records[line - block.line])), found)

    def rows(self, rows: Iterable[Row], found: Found | None = None) -> Found:
        """The keys of rows that need a look each."""
        found = found or Found()
        for row in rows:
            found.total += 1
            try:
                key = read_key(row, self._layout, self._today)
                found.keys.add(key.line, self._offer_id, key.payload, key.fingerprint_text, key.expires_on)
            except CellRefused as refusal:
                found.errors.append(LineError(row.line, refusal.code, refusal.params))
        return found

    def _all_plain(self, block: Block, keys: Clear) -> bool:
        """Takes the block by its columns when each line of it is plain; else nothing."""
        places, form = self._form or ((), None)
        records = block.records
        widths = set(map(len, records))
        if not form or min(widths) < self._width or max(widths) > self._most:
            return False
        columns = [[cells[at] for cells in records] for at in places]
        if not all(all(map(PLAIN.fullmatch, column)) for column in columns):
            return False
        expires = self._expiries(records)
        if expires is None:
            return False
        keys.lines, keys.expires = list(range(block.line, block.next.line)), expires
        self._fill(keys, form, columns)
        return True

    def _expiries(self, records: list[list[str]]) -> list[date | None] | None:
        """The last day of each line; None where one has to be looked at."""
        dates, expiry = self._dates, self._expiry
        cells = [""] * len(records) if expiry is None else [cells[expiry] for cells in records]
        different = set(cells)
        fine = len(different) < _DATES_KEPT and all(one in dates or self._still_good(one) for one in different)
        return [dates[cell] for cell in cells] if fine and different <= dates.keys() else None

    def _fill(self, keys: Clear, form: Form, columns: list[list[str]]) -> None:
        keys.payloads, keys.texts = form.payloads(columns), form.fingerprint_texts(columns)
        keys.offers = [self._offer_id.bytes] * len(keys.lines)

    def _plain(self, block: Block, keys: Clear) -> list[int]:
        """Takes the plain lines; returns the others."""
        places, form = self._form or ((), None)
        columns: list[list[str]] = [[] for _ in places]
        expiry, dates, plain = self._expiry, self._dates, PLAIN.fullmatch
        width, most = self._width, self._most
        lines, expires, others = keys.lines, keys.expires, []
        for line, cells in enumerate(block.records, block.line):
            if width <= len(cells) <= most and all(map(plain, [cells[at] for at in places])):
                until = "" if expiry is None else cells[expiry]
                if until in dates or self._still_good(until):
                    lines.append(line)
                    expires.append(dates[until])
                    for column, place in zip(columns, places, strict=True):
                        column.append(cells[place])
                    continue
            others.append(line)
        if form and lines:
            self._fill(keys, form, columns)
        return others

    def _still_good(self, cell: str) -> bool:
        """Remembers a date that `read_key` would take as it stands."""
        try:
            expires_on = read_date(cell) if cell.isascii() and cell[:1].isdigit() and "+" not in cell else None
        except CellRefused:
            return False
        if expires_on is None or expires_on < self._today:
            return False
        if len(self._dates) > _DATES_KEPT:
            self._dates.clear()
            self._dates[""] = None
        self._dates[cell] = expires_on
        return True
