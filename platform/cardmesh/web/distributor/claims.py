"""Buyers' complaints: read, accept (the units are refunded) or reject."""

from collections.abc import Sequence
from typing import NamedTuple

from flask import request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ...kit.db import transaction
from ...kit.errors import MeshError, NotFound
from ...kit.i18n import Text
from ...kit.ids import parse_id, public_id
from ...trade.claims import service as claims
from ...trade.models import Claim, Order, OrderLine
from ...trade.orders import service as orders
from ..common import forms
from ..common.console import allow, done, person, refused, render, scope, trade_scope
from ..common.format import shortened
from ..common.tables import Table, columns, empty, filters, listed, screen
from . import blueprint

STATES = (claims.OPEN, claims.ACCEPTED, claims.REJECTED)


class Line(NamedTuple):
    """A claim with the order and the goods it is about."""

    claim: Claim
    number: str
    goods: str


def _described(session: Session, rows: Sequence[Claim]) -> list[Line]:
    order_ids = {row.order_id for row in rows}
    numbers = dict(session.execute(select(Order.id, Order.number).where(Order.id.in_(order_ids))).all())
    lines = session.scalars(select(OrderLine).where(OrderLine.order_id.in_(order_ids)))
    goods = {line.id: f"{line.snapshot['product_name']} · {line.snapshot['sku_name']}" for line in lines}
    return [Line(row, numbers.get(row.order_id, ""), goods.get(row.line_id, "")) for row in rows]


CLAIMS = Table(
    name="claims",
    title=Text("售后", "Claims"),
    source=listed(lambda: select(Claim).where(Claim.tenant_id == person().party_id), Claim.id),
    dress=_described,
    columns=(
        columns.prose(
            "reason",
            "问题",
            "Complaint",
            lambda row: shortened(row.claim.reason),
            href=lambda row: url_for("distributor.claim", claim_id=public_id("clm", row.claim.id)),
        ),
        columns.text("goods", "商品", "Goods", lambda row: row.goods),
        columns.code(
            "order",
            "订单",
            "Order",
            lambda row: row.number,
            href=lambda row: url_for("distributor.order", order_id=public_id("ord", row.claim.order_id)),
        ),
        columns.badge("status", "状态", "State", lambda row: row.claim.status),
        columns.time("created", "时间", "Time", lambda row: row.claim.created_at, sort=Claim.id),
    ),
    filters=(filters.states("status", "状态", "State", STATES, Claim.status),),
    empty=empty(
        "没有售后",
        "No claims",
        "买家对已发货商品的投诉会出现在这里。",
        "Buyers' complaints about delivered goods appear here.",
        ("distributor.orders_list", "查看订单", "See the orders"),
    ),
)


@blueprint.get("/claims")
def claims_list() -> ResponseReturnValue:
    return screen(CLAIMS)


@blueprint.get("/claims/<claim_id>")
def claim(claim_id: str) -> str:
    with transaction(scope()) as session:
        row = session.get(Claim, (person().party_id, parse_id("clm", claim_id)))
        order = row and orders.find(session, tenant_id=row.tenant_id, order_id=row.order_id)
        if row is None or order is None:
            raise NotFound
        view = orders.view(session, order)
    line = next(one for one in view.lines if one.line.id == row.line_id)
    back = sum(unit.retail_minor for unit in line.units if unit.status == "delivered")
    return render("distributor/claim.html", claim=row, order=order, line=line, back=back)


@blueprint.post("/claims/<claim_id>")
@allow("manager", "support")
def claim_decide(claim_id: str) -> Response:
    try:
        accept = forms.choice(request.form, "decision", ("accept", "reject")) == "accept"
        reason = forms.text(request.form, "reason", required=not accept, most=500)
        with transaction(trade_scope()) as session:
            claims.decide(
                session,
                tenant_id=person().party_id,
                claim_id=parse_id("clm", claim_id),
                accept=accept,
                reason=reason,
            )
    except MeshError as error:
        return refused(error, "distributor.claim", claim_id=claim_id)
    if accept:
        return done("已受理，款项原路退回", "Accepted; the money goes back", "distributor.claim", claim_id=claim_id)
    return done("已拒绝", "Rejected", "distributor.claim", claim_id=claim_id)
