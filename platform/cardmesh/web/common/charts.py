"""Charts as plain geometry, drawn from tables: what a picture shows can always be read, and saved, as rows.

`templates/common/chart.html` draws them as SVG. A picture is stretched to the width there is, so nothing in it is text:
axes and legends stand beside it. Colours are classes, `s1` to `s4`, that the style sheet gives to both themes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from ...kit.money import to_major
from ...kit.sheets.writer import Cell, Column
from .console import t
from .format import as_money

WIDTH, HEIGHT = 1000, 200
LABELS = 7
"""As many fit under a picture on a phone."""
MONEY, COUNT, SHARE, DAYS, WORDS = "money", "count", "share", "days", "words"


@dataclass(frozen=True, slots=True)
class Measure:
    """A column: its name, how its values are written, and the colour in which it is drawn, if it is."""

    name: str
    kind: str = COUNT
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A row: what it is of, its values, and where the rows behind it are listed; `narrow` looks at it alone."""

    name: str
    values: tuple[int | float | str | None, ...]
    href: str | None = None
    narrow: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """`key` names it in addresses, `of` is the head of its first column. Values of money are in minor units."""

    key: str
    title: str
    of: str
    measures: Sequence[Measure]
    lines: Sequence[Line]
    currency: str = "CNY"
    note: str = ""

    @property
    def empty(self) -> bool:
        return not any(value for line in self.lines for value in line.values)

    def written(self, value: int | float | str | None, measure: Measure) -> str:
        """A value as a person reads it."""
        return written(value, measure.kind, self.currency)

    def columns(self) -> list[Column]:
        """Of the saved file; money says its currency there."""
        titles = [f"{one.name} ({self.currency})" if one.kind == MONEY else one.name for one in self.measures]
        return [Column(self.of, 30), *(Column(title, 14) for title in titles)]

    def cells(self) -> list[list[Cell]]:
        """Plain numbers, money in major units."""
        return [[line.name, *map(self._cell, line.values, self.measures)] for line in self.lines]

    def _cell(self, value: int | float | str | None, measure: Measure) -> Cell:
        if measure.kind == MONEY and isinstance(value, int):
            return to_major(value, self.currency)
        return Decimal(str(round(value, 4))) if isinstance(value, float) else value


def written(value: int | float | str | None, kind: str, currency: str) -> str:
    """Money in the reader's customs, shares as percents, days with one digit; a dash for what is not known."""
    if value is None or isinstance(value, str):
        return value or "—"
    if kind == MONEY:
        return as_money(int(value), currency)
    if kind == SHARE:
        return f"{value:.1%}"
    return t("{n} 天", "{n} days", n=f"{value:.1f}") if kind == DAYS else f"{value:,}"


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle, and what it says when it is pointed at."""

    x: float
    y: float
    width: float
    height: float
    tone: str
    says: str


@dataclass(frozen=True, slots=True)
class Path:
    """A line of points, `M` where it begins anew after a gap."""

    d: str
    tone: str


@dataclass(frozen=True, slots=True)
class Picture:
    """Bars or paths over a grid; `scale` are the grid's values from the top, `labels` some of the rows' names."""

    table: Table
    scale: Sequence[str]
    labels: Sequence[str]
    bars: Sequence[Bar] = field(default_factory=list)
    paths: Sequence[Path] = field(default_factory=list)

    @property
    def legend(self) -> Sequence[Measure]:
        return [one for one in self.table.measures if one.tone]

    @property
    def says(self) -> str:
        """The picture in a sentence, for who does not see it."""
        first, last = self.table.lines[0].name, self.table.lines[-1].name
        names = t("、", ", ").join(one.name for one in self.legend)
        zh, en = "{names}，{first} 至 {last}，刻度到 {top}", "{names}, {first} to {last}; the scale ends at {top}"
        return t(zh, en, names=names, first=first, last=last, top=self.scale[0])


def stacked(table: Table) -> Picture:
    """Bars, the drawn columns of a row on top of each other. Values below zero are drawn as none."""
    drawn = [place for place, one in enumerate(table.measures) if one.tone]
    highest = max((sum(_positive(line, drawn)) for line in table.lines), default=0)
    top = nice(highest, table.measures[drawn[0]].kind)
    slot = WIDTH / max(len(table.lines), 1)
    bars: list[Bar] = []
    for number, line in enumerate(table.lines):
        floor = float(HEIGHT)
        for place, value in zip(drawn, _positive(line, drawn), strict=True):
            height = HEIGHT * value / top
            floor -= height
            if value:
                x, y, width, tall = (round(edge, 2) for edge in (slot * (number + 0.14), floor, slot * 0.72, height))
                bars.append(Bar(x, y, width, tall, table.measures[place].tone, _says(table, line, place)))
    return Picture(table, _scale(table, top, drawn), labels([line.name for line in table.lines]), bars=bars)


def curves(table: Table) -> Picture:
    """A line for each drawn column; None is a gap."""
    drawn = [place for place, one in enumerate(table.measures) if one.tone]
    values = [value for line in table.lines for place in drawn if isinstance(value := line.values[place], int | float)]
    top = nice(max(values, default=0), table.measures[drawn[0]].kind)
    paths = [
        Path(_path([line.values[place] for line in table.lines], top), table.measures[place].tone) for place in drawn
    ]
    return Picture(table, _scale(table, top, drawn), labels([line.name for line in table.lines]), paths=paths)


def spark(values: Sequence[int | float]) -> str:
    """A small curve without axes, as the points of a polyline 100 wide and 24 high."""
    top, steps = max([*values, 1]), max(len(values) - 1, 1)
    points = [f"{100 * place / steps:.1f},{23 - 22 * max(value, 0) / top:.1f}" for place, value in enumerate(values)]
    return " ".join(points)


def share_of_best(value: int | float | str | None, best: float) -> float:
    """How long a bar of 100 is in a ranking."""
    return round(100 * value / best, 1) if isinstance(value, int | float) and best > 0 and value > 0 else 0


def nice(value: float, kind: str = COUNT) -> float:
    """The least of 1.2, 2, 4, 8, 12, 20, … that is not below `value`: its quarters are round too, of counts whole."""
    least = {MONEY: 400, SHARE: 0.04}.get(kind, 4)
    size = 10.0 ** -4
    while True:
        for step in (1.2, 2, 4, 8):
            if step * size >= max(value, least) * (1 - 1e-9):
                return round(step * size, 6)
        size *= 10


def labels(names: Sequence[str], most: int = LABELS) -> list[str]:
    """All names where there is room, else the first, the last, and some at even distances."""
    if len(names) <= most:
        return list(names)
    return [names[round(place * (len(names) - 1) / (most - 1))] for place in range(most)]


def _positive(line: Line, drawn: Sequence[int]) -> list[float]:
    values = [line.values[place] for place in drawn]
    return [max(float(value), 0) if isinstance(value, int | float) else 0 for value in values]


def _scale(table: Table, top: float, drawn: Sequence[int]) -> list[str]:
    kind = table.measures[drawn[0]].kind
    steps = [top * step / 4 for step in (4, 3, 2, 1, 0)]
    return [written(step if kind == SHARE else round(step), kind, table.currency) for step in steps]


def _says(table: Table, line: Line, place: int) -> str:
    return f"{line.name} · {table.measures[place].name}: {table.written(line.values[place], table.measures[place])}"


def _path(values: Sequence[int | float | str | None], top: float) -> str:
    """`h0` makes a point that stands alone a dot."""
    slot, steps, pen_down = WIDTH / max(len(values), 1), [], False
    for number, value in enumerate(values):
        if isinstance(value, int | float):
            y = HEIGHT - HEIGHT * max(value, 0) / top
            steps.append(f"{'L' if pen_down else 'M'}{number * slot + slot / 2:.1f} {y:.1f}{'' if pen_down else 'h0'}")
        pen_down = isinstance(value, int | float)
    return "".join(steps)
