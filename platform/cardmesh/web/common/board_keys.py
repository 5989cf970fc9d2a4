"""The figures at the head of a dashboard or a home."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ...insight.boards.figures import Figures
from ...insight.boards.rows import FAILED, NEW, REFUNDED, SOLD, UNPAID
from ...insight.boards.service import Board, Headline
from . import charts
from .audiences import Audience
from .board_tables import Writer
from .charts import COUNT, MONEY, SHARE, written
from .console import t
from .requests import locale

PROMPT = ("within_1s", "within_5s")


@dataclass(frozen=True, slots=True)
class Change:
    """Against the time before: `+12 %`, and whether that is good news."""

    text: str
    tone: str


@dataclass(frozen=True, slots=True)
class Key:
    """A key figure: what it says, where its rows are, how it changed, its course."""

    label: str
    value: str
    href: str
    change: Change | None = None
    points: str = ""
    hint: str = ""


def key_figures(board: Headline, audience: Audience) -> Sequence[Key]:
    """The most telling first; what only whole orders can tell last."""
    write = _Keys(board, audience, Writer(board, audience))
    found = [*write.money(), write.sold(), *write.lost()]
    return [*found, *write.orders(board)] if isinstance(board, Board) and audience.whole_orders else found


@dataclass(frozen=True, slots=True)
class _Keys:
    board: Headline
    audience: Audience
    write: Writer

    def money(self) -> Sequence[Key]:
        rows, who = self.write.rows(SOLD), self.audience
        sales, keep = who.sales_name.render(locale()), who.keep_name.render(locale())
        rate = who.rate(self.board.total) if len(who.parts) > 1 else None
        hint = f"{who.rate_name.render(locale())} {written(rate, SHARE, '')}" if rate is not None else ""
        return self._key(sales, MONEY, who.sales, rows), self._key(keep, MONEY, who.keep, rows, hint)

    def sold(self) -> Key:
        rows = self.write.rows(SOLD)
        if not self.audience.whole_orders:
            return self._key(t("售出件数", "Units sold"), COUNT, lambda one: one.units, rows)
        units = _units(self.board.total.units)
        return self._key(t("已售订单", "Orders sold"), COUNT, lambda one: one.orders, rows, units)

    def lost(self) -> Sequence[Key]:
        units = _units(self.board.total.refunded)
        back = self._key(t("退款", "Refunded"), MONEY, self.audience.lost, self.write.rows(REFUNDED), units, good=False)
        if not self.audience.whole_orders:
            return (back,)
        name, rows = t("未能发货件数", "Units never delivered"), self.write.rows(FAILED)
        return back, self._key(name, COUNT, lambda one: one.failed, rows, good=False)

    def orders(self, board: Board) -> Sequence[Key]:
        found: list[Key] = []
        one = board.total
        if board.channels is not None:
            prompt = sum(getattr(one, name) for name in PROMPT) / one.orders if one.orders else None
            name, rows = t("5 秒内发货", "Delivered within 5 s"), self.write.rows(SOLD)
            found.append(Key(name, written(prompt, SHARE, ""), rows))
            found.append(self._key(t("新买家", "New buyers"), COUNT, lambda one: one.firsts, self.write.rows(NEW)))
        if board.unpaid is not None:
            found.append(Key(t("未付款取消", "Never paid"), f"{board.unpaid:,}", self.write.rows(UNPAID)))
        return found

    def _key(
        self, label: str, kind: str, of: Callable[[Figures], int], href: str, hint: str = "", *, good: bool = True
    ) -> Key:
        board = self.board
        value, points = of(board.total), charts.spark([of(one) for _, one in board.series])
        change = _change(value, of(board.before), good)
        return Key(label, written(value, kind, board.currency), href, change, points, hint)


def _units(count: int) -> str:
    return t("1 件", "1 unit") if count == 1 else t("{n} 件", "{n} units", n=f"{count:,}")


def _change(value: int, before: int, good: bool) -> Change | None:
    """None where there is nothing to compare with. `good`: more is better."""
    if before <= 0:
        return None
    part = (value - before) / before
    tone = "" if abs(part) < 0.005 else "good" if (part > 0) is good else "bad"
    return Change(f"{part:+.0%}", tone)
