"""The fast way through a sheet of keys: whole blocks of plain lines; the few others are read with care, one by one.

What a plain line comes to was found out by reading one with care (`keys.key_form`), so both ways give the same keys.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from ...kit.sheets import Block, Row
from ..inventory.credentials import PLAIN
from ..inventory.load import clear
from ..inventory.sealing import Clear
from .amounts import read_date
from .keys import KeyLayout, key_form, read_key
from .problems import CellRefused, LineError

_DATES_KEPT = 4_096


@dataclass(slots=True)
class Found:
    """What lines came to; `total` counts those that hold anything."""

    total: int = 0
    keys: list[Clear] = field(default_factory=list)
    errors: list[LineError] = field(default_factory=list)


class KeyLines:
    """Reads the lines of one sheet into keys of one offer."""

    def __init__(self, layout: KeyLayout, today: date, offer_id: uuid.UUID) -> None:
        self._layout, self._today, self._offer_id = layout, today, offer_id
        self._form = key_form(layout)
        self._expiry = layout.columns.get("expires_on")
        self._dates: dict[str, date | None] = {"": None}

    def block(self, block: Block) -> Found:
        """The keys of a block."""
        found = Found()
        rest = self._plain(block, found) if self._form else range(block.line, block.line + len(block.records))
        rows = (block.row(line) for line in rest if any(block.records[line - block.line]))
        return self.rows(rows, found)

    def rows(self, rows: Iterable[Row], found: Found | None = None) -> Found:
        """The keys of rows that need a look each."""
        found = found or Found()
        for row in rows:
            found.total += 1
            try:
                found.keys.append(clear(self._offer_id, read_key(row, self._layout, self._today)))
            except CellRefused as refusal:
                found.errors.append(LineError(row.line, refusal.code, refusal.params))
        return found

    def _plain(self, block: Block, found: Found) -> list[int]:
        """Takes the plain lines; returns the others."""
        assert self._form is not None  # noqa: S101 - for the type checker: `block` has asked
        places, form = self._form
        bare, expiry, dates, offer_id = not self._layout.columns, self._expiry, self._dates, self._offer_id
        width = max(*places, expiry or 0, 0) + 1
        payload, fingerprint_text, plain, keep = form.payload, form.fingerprint_text, PLAIN.fullmatch, found.keys.append
        others: list[int] = []
        for line, cells in enumerate(block.records, block.line):
            if len(cells) >= width and not (bare and len(cells) > 1):
                values = [cells[place] for place in places]
                until = "" if expiry is None else cells[expiry]
                if all(map(plain, values)) and (until in dates or self._still_good(until)):
                    keep(Clear(line, offer_id, payload(values), fingerprint_text(values), dates[until]))
                    continue
            others.append(line)
        found.total += len(found.keys)
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
