"""Orders of the store and of the API: find, follow, reveal, refund."""

from datetime import datetime, timedelta

from flask import request
from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ...kit import clock
from ...kit.db import transaction
from ...kit.errors import MeshError, NotFound
from ...kit.ids import parse_id, public_id
from ...kit.pages import paginate
from ...trade import numbers
from ...trade.delivery.reveal import Codes, reveal
from ...trade.models import Channel, Claim, Order, OrderStatus, UnitStatus
from ...trade.orders import service as orders
from ...trade.orders.reasons import reason_of
from ...trade.orders.service import OrderView
from ...trade.refunds import service as refunds
from ..common import board_rows, forms
from ..common.audiences import DISTRIBUTOR
from ..common.console import allow, done, person, refused, render, scope, t, trade_scope
from ..common.lists import cursor_id
from ..common.requests import locale
from ..common.step_up import step_up
from . import blueprint

PAGE = 50
REVEALABLE = (UnitStatus.DELIVERED, UnitStatus.REPLACED)
WITHIN = {"24h": timedelta(hours=24), "7d": timedelta(days=7), "30d": timedelta(days=30)}


@blueprint.get("/orders")
def orders_list() -> str:
    with transaction(scope()) as session:
        query, chips = _query().where(*board_rows.orders(DISTRIBUTOR)), board_rows.chips(session, DISTRIBUTOR)
        page = paginate(session, query, Order.id, after=cursor_id("ord", request.args.get("after")), limit=PAGE)
        views = orders.views(session, page.rows)
    return render(
        "distributor/orders.html",
        views=views,
        profit={view.order.id: _profit(view) for view in views},
        states=list(OrderStatus),
        chips=chips,
        more=page.has_more,
        cursor=public_id("ord", page.rows[-1].id) if page.has_more else None,
    )


def _query() -> Select[Order]:
    """Own orders by number, own reference or contact; by state, channel and age."""
    args, query = request.args, select(Order).where(Order.tenant_id == person().party_id)
    if q := args.get("q", "").strip()[:254]:
        query = query.where(
            or_(Order.number == numbers.tidy(q), Order.external_ref == q[:128], Order.contact == q.lower())
        )
    if (status := args.get("status")) in list(OrderStatus):
        query = query.where(Order.status == status)
    if (channel := args.get("channel")) in list(Channel):
        query = query.where(Order.channel == channel)
    if within := WITHIN.get(args.get("within", "")):
        query = query.where(Order.created_at >= clock.now() - within)
    return query


def _profit(view: OrderView) -> int:
    """What is the distributor's of the units that were handed over and not given back."""
    units = [unit for line in view.lines for unit in line.units]
    return sum(unit.distributor_minor for unit in units if unit.delivered_at and not unit.refunded_at)


@blueprint.get("/orders/<order_id>")
def order(order_id: str) -> str:
    with transaction(scope()) as session:
        return _page(session, _own(session, order_id))


@blueprint.post("/orders/<order_id>/reveal")
@allow("manager", "support")
@step_up
def order_reveal(order_id: str) -> str:
    """The goods in clear, on this answer only. Every reading is on the audit trail."""
    with transaction(trade_scope()) as session:
        row = _own(session, order_id)
        codes = reveal(session, order=row, locale=locale())
        return _page(session, row, codes)


@blueprint.post("/orders/<order_id>/units/<unit_id>/refund")
@allow("manager", "support")
def order_refund(order_id: str, unit_id: str) -> Response:
    try:
        with transaction(trade_scope()) as session:
            view = orders.view(session, _own(session, order_id))
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
            row = _own(session, order_id)
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


def _own(session: Session, order_id: str) -> Order:
    """Raises NotFound."""
    row = orders.find(session, tenant_id=person().party_id, order_id=parse_id("ord", order_id))
    if row is None:
        raise NotFound
    return row


def _page(session: Session, row: Order, codes: list[Codes] | None = None) -> str:
    view = orders.view(session, row)
    claims = session.scalars(select(Claim).where(Claim.order_id == row.id).order_by(Claim.id)).all()
    names = {line.line.id: f"{line.line.snapshot['product_name']} · {line.line.snapshot['sku_name']}"
             for line in view.lines}  # fmt: skip
    return render(
        "distributor/order.html",
        order=row,
        view=view,
        codes=codes,
        names=names,
        claims=claims,
        payment=orders.payment_of(session, row),
        reasons=[(names[line.line.id], why) for line in view.lines if (why := reason_of(session, row, line))],
        timeline=_timeline(view),
        profit=_profit(view),
        refundable=refunds.REFUNDABLE if row.paid_at else (),
        revealable=any(unit.status in REVEALABLE for line in view.lines for unit in line.units),
    )


def _timeline(view: OrderView) -> list[tuple[str, datetime]]:
    """What happened, in order."""
    row, units = view.order, [unit for line in view.lines for unit in line.units]

    def first(name: str) -> datetime | None:
        return min((at for unit in units if (at := getattr(unit, name))), default=None)

    steps = [
        (t("下单，库存已预留", "Placed, goods reserved"), row.created_at),
        (t("已付款", "Paid"), row.paid_at),
        (t("已发货", "Delivered"), first("delivered_at")),
        (t("首次查看", "First revealed"), first("revealed_at")),
        (t("已结算", "Settled"), first("settled_at")),
        (t("已退款", "Refunded"), first("refunded_at")),
    ]
    if row.status == OrderStatus.CANCELED and row.expires_at:
        steps.append((t("已取消，库存已释放", "Canceled, goods released"), min(row.expires_at, clock.now())))
    return sorted(((label, at) for label, at in steps if at), key=lambda step: step[1])
