"""Orders of the store and of the API: find, follow, reveal, refund."""

from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ...kit.db import transaction
from ...kit.errors import MeshError, NotFound
from ...kit.i18n import Text
from ...kit.ids import parse_id, public_id
from ...kit.money import Money
from ...trade import numbers
from ...trade.delivery.reveal import Codes, reveal
from ...trade.models import Channel, Claim, Order, OrderStatus, UnitStatus
from ...trade.orders import checkout
from ...trade.orders import service as orders
from ...trade.orders.reasons import reason_of
from ...trade.orders.service import OrderView
from ...trade.refunds import service as refunds
from ..common import board_rows, forms
from ..common.audiences import DISTRIBUTOR
from ..common.console import allow, done, person, refused, trade_scope
from ..common.names import CHANNELS, channel_name
from ..common.requests import locale
from ..common.step_up import step_up
from ..common.tables import Shown, Table, columns, empty, filters, listed, screen
from ..common.timeline import timeline
from . import blueprint
from .order_units import UNITS, asked_order

REVEALABLE = (UnitStatus.DELIVERED, UnitStatus.REPLACED)


def _profit(view: OrderView) -> int:
    """What is the distributor's of the units that were handed over and not given back."""
    units = [unit for line in view.lines for unit in line.units]
    return sum(unit.distributor_minor for unit in units if unit.delivered_at and not unit.refunded_at)


def _goods(view: OrderView) -> str:
    return "; ".join(
        f"{line.line.snapshot['product_name']} · {line.line.snapshot['sku_name']} × {line.line.quantity}"
        for line in view.lines
    )


def numbered(q: str) -> ColumnElement[bool]:
    """By what names one order: its number, their own reference."""
    return or_(Order.number == numbers.tidy(q), Order.external_ref == q[:128])


def _known_by(q: str) -> ColumnElement[bool]:
    return or_(numbered(q), Order.contact == q.lower())


ORDERS = Table(
    name="orders",
    title=Text("订单", "Orders"),
    source=listed(
        lambda: select(Order).where(Order.tenant_id == person().party_id, *board_rows.orders(DISTRIBUTOR)), Order.id
    ),
    dress=orders.views,
    columns=(
        columns.code(
            "number",
            "订单号",
            "Number",
            lambda view: view.order.number,
            href=lambda view: url_for("distributor.order", order_id=public_id("ord", view.order.id)),
        ),
        columns.text("goods", "商品", "Goods", _goods),
        columns.text("channel", "渠道", "Channel", lambda view: channel_name(view.order.channel), roomy=True),
        columns.text("contact", "联系方式", "Contact", lambda view: view.order.contact, roomy=True),
        columns.text("reference", "外部单号", "Own reference", lambda view: view.order.external_ref, only_file=True),
        columns.money("total", "金额", "Total", lambda view: Money(view.order.total_minor, view.order.currency)),
        columns.money("profit", "利润", "Profit", lambda view: Money(_profit(view), view.order.currency)),
        columns.badge("status", "状态", "State", lambda view: view.order.status),
        columns.time("created", "时间", "Time", lambda view: view.order.created_at, sort=Order.id),
    ),
    filters=(
        filters.search("订单号、联系方式或外部单号", "Number, contact or own reference", _known_by),
        filters.states("status", "状态", "State", OrderStatus, Order.status),
        filters.named("channel", "渠道", "Channel", {one: CHANNELS[one] for one in Channel}, Order.channel),
        filters.within(Order.created_at, Order.id),
    ),
    empty=empty(
        "还没有订单",
        "No orders yet",
        "店铺或 API 的订单会出现在这里。",
        "Orders of the store and the API appear here.",
        ("distributor.home", "看看还差哪一步", "See what is missing"),
    ),
)


@blueprint.get("/orders")
def orders_list() -> ResponseReturnValue:
    return screen(ORDERS, more=lambda session, _: {"chips": board_rows.chips(session, DISTRIBUTOR)})


@blueprint.get("/orders/<order_id>")
def order(order_id: str) -> ResponseReturnValue:
    return _page()


@blueprint.post("/orders/<order_id>/reveal")
@allow("manager", "support")
@step_up
def order_reveal(order_id: str) -> ResponseReturnValue:
    """The goods in clear, on this answer only. Every reading is on the audit trail."""
    with transaction(trade_scope()) as session:
        codes = reveal(session, order=asked_order(session), locale=locale())
    return _page(codes)


@blueprint.post("/orders/<order_id>/units/<unit_id>/refund")
@allow("manager", "support")
def order_refund(order_id: str, unit_id: str) -> Response:
    try:
        with transaction(trade_scope()) as session:
            view = orders.view(session, asked_order(session))
            unit = parse_id("unt", unit_id)
            if unit not in {one.id for line in view.lines for one in line.units}:
                raise NotFound
            reason = forms.text(request.form, "reason", required=True, most=500)
            refunds.refund_unit(session, tenant_id=person().party_id, unit_id=unit, reason=reason)
    except MeshError as error:
        return refused(error, "distributor.order", order_id=order_id)
    return done("已退款，款项原路退回", "Refunded; the money goes back the way it came", "distributor.order",
                order_id=order_id)  # fmt: skip


@blueprint.post("/orders/<order_id>/refund")
@allow("manager", "support")
def order_refund_all(order_id: str) -> Response:
    """Every unit of the order, or of one of its lines, that can be given back."""
    try:
        with transaction(trade_scope()) as session:
            row = asked_order(session)
            item = request.form.get("item")
            refunds.refund_order(
                session,
                tenant_id=row.tenant_id,
                order_id=row.id,
                line_id=parse_id("itm", item) if item else None,
                reason=forms.text(request.form, "reason", required=True, most=500),
            )
    except MeshError as error:
        return refused(error, "distributor.order", order_id=order_id)
    return done("已退款，款项原路退回", "Refunded; the money goes back the way it came", "distributor.order",
                order_id=order_id)  # fmt: skip


def _page(codes: list[Codes] | None = None) -> ResponseReturnValue:
    return screen(UNITS, template="distributor/order.html", more=_details, codes=codes)


def _details(session: Session, _shown: Shown) -> dict[str, Any]:
    row = asked_order(session)
    view = orders.view(session, row)
    claims = session.scalars(select(Claim).where(Claim.order_id == row.id).order_by(Claim.id)).all()
    names = {line.line.id: checkout.title(line.line) for line in view.lines}
    return {
        "order": row,
        "view": view,
        "names": names,
        "claims": claims,
        "payment": orders.payment_of(session, row),
        "reasons": [(names[line.line.id], why) for line in view.lines if (why := reason_of(session, row, line))],
        "timeline": timeline(view),
        "profit": _profit(view),
        "refundable": refunds.REFUNDABLE if row.paid_at else (),
        "revealable": any(unit.status in REVEALABLE for line in view.lines for unit in line.units),
    }
