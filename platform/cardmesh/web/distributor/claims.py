"""Buyers' complaints: read, accept (the units are refunded) or reject."""

from flask import request
from sqlalchemy import select
from werkzeug.wrappers import Response

from ...kit.db import transaction
from ...kit.errors import MeshError, NotFound
from ...kit.ids import parse_id, public_id
from ...trade.claims import service as claims
from ...trade.models import Claim, Order, OrderLine
from ...trade.orders import service as orders
from ..common import forms
from ..common.console import allow, done, person, refused, render, scope, trade_scope
from ..common.lists import cursor_id
from . import blueprint

PAGE = 50
STATES = (claims.OPEN, claims.ACCEPTED, claims.REJECTED)


@blueprint.get("/claims")
def claims_list() -> str:
    status = request.args.get("status")
    with transaction(scope()) as session:
        page = claims.list_claims(
            session,
            tenant_id=person().party_id,
            status=status if status in STATES else None,
            after=cursor_id("clm", request.args.get("after")),
            limit=PAGE,
        )
        order_ids = {row.order_id for row in page.rows}
        numbers = select(Order.id, Order.number).where(Order.id.in_(order_ids))
        lines = select(OrderLine).where(OrderLine.order_id.in_(order_ids))
        found = dict(session.execute(numbers).all())
        goods = {line.id: line.snapshot for line in session.scalars(lines)}
    cursor = public_id("clm", page.rows[-1].id) if page.has_more else None
    return render("distributor/claims.html", page=page, numbers=found, goods=goods, cursor=cursor, states=STATES)


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
