"""Which of a dashboard's tables are shown, how each is drawn, and how much room it takes."""

from collections.abc import Sequence
from dataclasses import dataclass

from ...insight.boards.service import Board
from . import charts
from .audiences import Audience
from .board_tables import Rankings
from .charts import Table
from .console import t


@dataclass(frozen=True, slots=True)
class Card:
    """A table with its picture, or with bars in its rows; `size` is how much of the row it takes."""

    table: Table
    drawn: charts.Picture | None = None
    bars: bool = False
    size: str = ""
    nothing: str | None = None


def cards(board: Board, audience: Audience) -> Sequence[Card]:
    """In the order of the page."""
    write = Rankings(board, audience)
    return [*_courses(board, audience, write), *_orders(board, audience, write), *_rankings(board, audience, write)]


def _courses(board: Board, audience: Audience, write: Rankings) -> Sequence[Card]:
    course, returns = write.course(), write.returns()
    found = [Card(course, charts.stacked(course), size="wide"), Card(returns, charts.stacked(returns))]
    if len(audience.parts) > 1:
        rates = write.rates()
        found.append(Card(rates, charts.curves(rates)))
    return found


def _orders(board: Board, audience: Audience, write: Rankings) -> Sequence[Card]:
    """What is known of whole orders, where no goods are told apart."""
    found: list[Card] = []
    if board.channels is not None and audience.whole_orders:
        waits, buyers = write.waits(), write.buyers()
        found += [Card(buyers, charts.stacked(buyers)), Card(waits, charts.stacked(waits))]
        found += [Card(one, bars=True, size="third") for one in (write.kinds_of_buyers(), write.channels())]
    if board.hours is not None:
        hours = write.hours()
        found.append(Card(hours, charts.stacked(hours), size="third" if audience.whole_orders else ""))
    return found


def _rankings(board: Board, audience: Audience, write: Rankings) -> Sequence[Card]:
    """Of goods, which are not kept by channel."""
    if board.lens.channel:
        return []
    found = [Card(write.skus(), bars=True, size="wide"), Card(write.categories(), bars=True)]
    found += [Card(write.suppliers(), bars=True)] if "supplier" in audience.narrows else []
    found += [Card(write.stores(), bars=True)] if board.stores else []
    enough = t("近期热销的商品库存都充足。", "What sells has stock enough.")
    return [*found, Card(write.stock(), size="" if board.stores else "wide", nothing=enough)]
