"""From a header, as people write it, to columns by name."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import NamedTuple

from .errors import ColumnDuplicate, ColumnMissing
from .rows import Row
from .text import fold

_BRACKETS = re.compile(r"[(\[{【〔][^)\]}】〕]*[)\]}】〕]")
_NOISE = re.compile(r"[*:：_\-./、]")


class Header(NamedTuple):
    """The row that is the header, and where each known column is."""

    row: Row
    columns: dict[str, int]


def fold_header(text: str) -> str:
    """` *Ｆａｃｅ value（元）：` → `facevalue`: no case, width, spaces, marks, or what stands in brackets."""
    folded = fold(text)
    return _NOISE.sub("", _BRACKETS.sub("", folded)) or _NOISE.sub("", folded)


def map_columns(
    header: Sequence[str], aliases: Mapping[str, Sequence[str]], *, required: Collection[str] = ()
) -> dict[str, int]:
    """Where each name of `aliases` stands in `header`: `{"price": 3}`. Unknown columns are left out.

    A name is always one of its own aliases. Raises ColumnMissing, ColumnDuplicate.
    """
    names = _names(aliases)
    columns: dict[str, int] = {}
    twice: list[str] = []
    for index, cell in enumerate(header):
        name = names.get(fold_header(cell)) if cell else None
        if name in columns:
            twice.append(cell.strip())
        elif name:
            columns[name] = index
    if twice:
        raise ColumnDuplicate(columns=", ".join(twice))
    missing = [_title(name, aliases) for name in required if name not in columns]
    if missing:
        raise ColumnMissing(columns=", ".join(missing))
    return columns


def find_header(
    rows: Iterator[Row],
    aliases: Mapping[str, Sequence[str]],
    *,
    required: Collection[str] = (),
    within: int = 10,
) -> tuple[Header | None, Iterator[Row]]:
    """The best match in the first rows (people put titles above their header), and the rows below it.

    Without any match: (None, every row), a bare list. Raises as `map_columns` does for the best match.
    """
    names = _names(aliases)
    head = list(islice(rows, within))
    scores = [sum(1 for cell in row.cells if cell and fold_header(cell) in names) for row in head]
    best = max(range(len(head)), key=scores.__getitem__, default=None)
    if best is None or not scores[best]:
        return None, chain(head, rows)
    columns = map_columns(head[best].cells, aliases, required=required)
    return Header(head[best], columns), chain(head[best + 1 :], rows)


def _names(aliases: Mapping[str, Sequence[str]]) -> dict[str, str]:
    return {fold_header(alias): name for name, known in aliases.items() for alias in (name, *known)}


def _title(name: str, aliases: Mapping[str, Sequence[str]]) -> str:
    return next(iter(aliases[name]), name)
