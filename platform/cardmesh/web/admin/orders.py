"""All orders, and one with its units and movements."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from flask import request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from ...identity.models import Tenant
from ...kit.errors import NotFound
from ...kit.i18n import Text
from ...kit.ids import parse_id, public_id
from ...kit.money import Money
from ...money.models import JournalEntry
from ...trade import numbers
from ...trade.models import Channel, Order, OrderStatus
from ...trade.orders import checkout
from ...trade.orders import service as orders
from ...trade.orders.reasons import reason_of
from ..common import board_rows
from ..common.audiences import PLATFORM
from ..common.names import CHANNELS, channel_name, entry_name
from ..common.order_units import units_table
from ..common.tables import Asked, Shown, Table, columns, empty, filters, listed, screen, whole
from ..common.timeline import timeline
from . import blueprint
from .names import party_names


class Line(NamedTuple):
    order: Order
    store: str


def _dressed(session: Session, rows: Sequence[Order]) -> list[Line]:
    names = party_names(session, {row.tenant_id for row in rows})
    return [Line(row, names.get(row.tenant_id, "")) for row in rows]


def _href(line: Line) -> str:
    return url_for("admin.order", order_id=public_id("ord", line.order.id))


ORDERS = Table(
    name="orders",
    title=Text("订单", "Orders"),
    source=listed(lambda: select(Order).where(*board_rows.orders(PLATFORM)), Order.id),
    dress=_dressed,
    columns=(
        columns.code("number", "订单号", "Number", lambda line: line.order.number, href=_href),
        columns.text("store", "店铺", "Store", lambda line: line.store),
        columns.text("channel", "渠道", "Channel", lambda line: channel_name(line.order.channel), roomy=True),
        columns.money("total", "金额", "Total", lambda line: Money(line.order.total_minor, line.order.currency)),
        columns.badge("status", "状态", "State", lambda line: line.order.status),
        columns.time("created", "时间", "Time", lambda line: line.order.created_at, sort=Order.id),
    ),
    filters=(
        filters.search("订单号", "Number", lambda q: Order.number == numbers.tidy(q)),
        filters.states("status", "状态", "State", OrderStatus, Order.status),
        filters.named("channel", "渠道", "Channel", {one: CHANNELS[one] for one in Channel}, Order.channel),
        filters.within(Order.created_at, Order.id),
    ),
    empty=empty(
        "还没有订单",
        "No orders yet",
        "店铺的订单会出现在这里。",
        "Orders of all stores appear here.",
    ),
)


@blueprint.get("/orders")
def orders_list() -> ResponseReturnValue:
    return screen(ORDERS, more=lambda session, _: {"chips": board_rows.chips(session, PLATFORM)})


def _asked_order(session: Session) -> Order:
    """The order that the address names. Raises NotFound."""
    row = session.scalar(select(Order).where(Order.id == parse_id("ord", (request.view_args or {})["order_id"])))
    if row is None:
        raise NotFound
    return row


def _booked(session: Session, _asked: Asked) -> Sequence[JournalEntry]:
    of_order = JournalEntry.reference_id == _asked_order(session).id
    return session.scalars(select(JournalEntry).where(of_order).order_by(JournalEntry.id)).all()


UNITS = units_table(
    _asked_order,
    columns.badge("status", "状态", "State", lambda row: row.unit.status),
    columns.money("retail", "零售", "Retail", lambda row: row.amount("retail")),
    columns.money("supplier", "供货商", "Supplier", lambda row: row.amount("supplier")),
    columns.money("platform", "平台", "Platform", lambda row: row.amount("platform")),
    columns.money("distributor", "分销商", "Distributor", lambda row: row.amount("distributor")),
)
BOOKED = Table(
    name="order-entries",
    prefix="entries_",
    title=Text("分录", "Journal entries"),
    source=whole(_booked),
    columns=(
        columns.text(
            "kind",
            "分录",
            "Journal entry",
            lambda row: entry_name(row.kind),
            href=lambda row: url_for("admin.ledger_entry", entry_id=public_id("led", row.id)),
        ),
        columns.time("created", "时间", "Time", lambda row: row.created_at),
        columns.code("id", "分录号", "Entry", lambda row: public_id("led", row.id), only_file=True),
    ),
    empty=empty("还没有分录", "Nothing is booked", "付款后会有分录。", "Payment books the first entry."),
)


@blueprint.get("/orders/<order_id>")
def order(order_id: str) -> ResponseReturnValue:
    return screen(UNITS, BOOKED, template="admin/order.html", more=_details)


def _details(session: Session, _shown: Shown) -> dict[str, Any]:
    row = _asked_order(session)
    view = orders.view(session, row)
    return {
        "order": row,
        "payment": orders.payment_of(session, row),
        "tenant": session.get_one(Tenant, row.tenant_id),
        "reasons": [(checkout.title(line.line), why) for line in view.lines if (why := reason_of(session, row, line))],
        "timeline": timeline(view),
    }
