"""A list narrowed to the rows behind a figure, when its address is that of one."""

from collections.abc import Sequence

from sqlalchemy import TextClause
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from ...insight.boards.rows import ANONYMOUS, FAILED, NEW, REFUNDED, RETURNING, SOLD, UNPAID
from ...kit.i18n import Text
from ...trade.models import Order
from . import board_args
from .audiences import Audience
from .board_args import Chip
from .board_tables import WAIT_NAMES
from .console import t
from .requests import locale

WHAT = {
    SOLD: Text("已售出", "Sold"),
    REFUNDED: Text("已退款", "Refunded"),
    FAILED: Text("付款后未能发货", "Paid, never delivered"),
    UNPAID: Text("未付款取消", "Never paid"),
    NEW: Text("新买家的首单", "First orders of new buyers"),
    RETURNING: Text("回头客", "Returning buyers"),
    ANONYMOUS: Text("无联系方式", "Without a contact"),
}


def orders(audience: Audience) -> Sequence[ColumnElement[bool] | TextClause]:
    """Conditions on `Order`; none where the address is not that of a figure."""
    rows, here = board_args.rows(audience.narrows), board_args.asked(audience.narrows)
    if rows is None:
        return ()
    store = [Order.tenant_id == here.tenant_id] if here.tenant_id else []
    return [*rows.orders(), *store, *([Order.channel == here.channel] if here.channel else [])]


def units(audience: Audience) -> Sequence[ColumnElement[bool]]:
    """Conditions on a supplier's units; none where the address is not that of a figure."""
    rows = board_args.rows(audience.narrows)
    return rows.units() if rows else ()


def chips(session: Session, audience: Audience) -> list[Chip]:
    """The figure, its days, and what it is narrowed to. Without the first it is a list like any other."""
    rows = board_args.rows(audience.narrows)
    if rows is None:
        return []
    span = board_args.period()[1]
    first, last = span.since.date().isoformat(), span.last_day.isoformat()
    found = [Chip("what", f"{WHAT[rows.what].render(locale())} · {first if first == last else f'{first} – {last}'}")]
    if rows.hour is not None:
        found.append(Chip("hour", t("{hour} 点", "at {hour}:00", hour=rows.hour)))
    if rows.wait:
        found.append(Chip("wait", WAIT_NAMES[rows.wait].render(locale())))
    return [*found, *board_args.chips(session, board_args.asked(audience.narrows))]
