"""All orders, and one with its units and movements."""

from flask import request
from sqlalchemy import select

from ...identity.models import Tenant
from ...kit.db import transaction
from ...kit.errors import NotFound
from ...kit.ids import parse_id, public_id
from ...kit.pages import paginate
from ...money.models import JournalEntry
from ...trade import numbers
from ...trade.models import Order, OrderStatus
from ...trade.orders import checkout
from ...trade.orders import service as orders
from ...trade.orders.reasons import reason_of
from ..common import board_rows
from ..common.audiences import PLATFORM
from ..common.console import render, scope
from ..common.lists import cursor_id
from . import blueprint


@blueprint.get("/orders")
def orders_list() -> str:
    number, status = request.args.get("number", "").strip(), request.args.get("status") or None
    query = select(Order)
    if number:
        query = query.where(Order.number == numbers.tidy(number))
    if status in list(OrderStatus):
        query = query.where(Order.status == status)
    query = query.where(*board_rows.orders(PLATFORM))
    with transaction(scope()) as session:
        page = paginate(session, query, Order.id, after=cursor_id("ord", request.args.get("after")), limit=50)
        chips = board_rows.chips(session, PLATFORM)
        names = {
            row.id: row.name
            for row in session.scalars(select(Tenant).where(Tenant.id.in_({o.tenant_id for o in page.rows})))
        }
    cursor = public_id("ord", page.rows[-1].id) if page.has_more else None
    return render(
        "admin/orders.html",
        page=page,
        cursor=cursor,
        names=names,
        number=number,
        status=status,
        states=list(OrderStatus),
        chips=chips,
    )


@blueprint.get("/orders/<order_id>")
def order(order_id: str) -> str:
    with transaction(scope()) as session:
        row = session.scalar(select(Order).where(Order.id == parse_id("ord", order_id)))
        if row is None:
            raise NotFound
        view = orders.view(session, row)
        payment = orders.payment_of(session, row)
        entries = session.scalars(
            select(JournalEntry).where(JournalEntry.reference_id == row.id).order_by(JournalEntry.id)
        ).all()
        tenant = session.get_one(Tenant, row.tenant_id)
        reasons = [(checkout.title(line.line), why) for line in view.lines if (why := reason_of(session, row, line))]
    return render(
        "admin/order.html",
        order=row,
        view=view,
        payment=payment,
        entries=entries,
        tenant=tenant,
        reasons=reasons,
    )
