"""Refund a unit, and the claims that ask for it."""

from typing import Annotated, Literal

from flask.typing import ResponseReturnValue
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from ....identity.models import Party
from ....kit.clock import rfc3339
from ....kit.db import transaction
from ....kit.ids import parse_id, public_id
from ....money.models import Refund
from ....trade.claims import service as claims
from ....trade.models import Claim
from ....trade.refunds import service as refunds
from ...common.idempotent import once
from ...common.lists import ListOf, each, listed
from ...common.principal import caller, requires
from ...common.schema import Money, Paging, Shape
from . import blueprint


class RefundIn(Shape):
    unit: Annotated[str, Field(max_length=40)]
    reason: Annotated[str, Field(min_length=1, max_length=500)]


class RefundOut(Shape):
    object: Literal["refund"] = "refund"
    id: str
    unit: str
    amount: Money
    status: str
    reason: str
    created_at: str


class ClaimOut(Shape):
    object: Literal["claim"] = "claim"
    id: str
    order: str
    item: str
    reason: str
    evidence: str
    status: str
    created_at: str
    decided_at: str | None


class ClaimList(ListOf[ClaimOut]):
    pass


class ClaimDecision(Shape):
    decision: Literal["accept", "reject"]
    reason: Annotated[str, Field(max_length=500)] = ""


@blueprint.post("/refunds")
@blueprint.input(RefundIn)
@blueprint.output(RefundOut, status_code=201)
@requires(Party.DISTRIBUTOR, "orders:write")
def refund_unit(json_data: RefundIn) -> ResponseReturnValue:
    """Give back what was paid for one unit: every share is reversed exactly, the buyer's money goes back."""
    principal = caller()

    def effect(session: Session) -> RefundOut:
        row = refunds.refund_unit(
            session, tenant_id=principal.party_id, unit_id=parse_id("unt", json_data.unit), reason=json_data.reason
        )
        return _refund(row)

    return once(principal.trade(), principal.party_id, effect)


@blueprint.get("/claims")
@blueprint.input(Paging, location="query")
@blueprint.output(ClaimList)
@requires(Party.DISTRIBUTOR, "orders:read")
def list_claims(query_data: Paging) -> ResponseReturnValue:
    """Claims of the store's buyers, newest first."""
    with transaction(caller().scope()) as session:
        mine = select(Claim).where(Claim.tenant_id == caller().party_id)
        return listed(session, mine, Claim.id, "clm", query_data, each(_claim))


@blueprint.post("/claims/<claim_id>/decide")
@blueprint.input(ClaimDecision)
@blueprint.output(ClaimOut)
@requires(Party.DISTRIBUTOR, "orders:write")
def decide_claim(claim_id: str, json_data: ClaimDecision) -> ResponseReturnValue:
    """Accept (every delivered unit of the item is refunded) or reject."""
    principal = caller()

    def effect(session: Session) -> ClaimOut:
        row = claims.decide(
            session,
            tenant_id=principal.party_id,
            claim_id=parse_id("clm", claim_id),
            accept=json_data.decision == "accept",
            reason=json_data.reason,
        )
        return _claim(row)

    return once(principal.trade(), principal.party_id, effect, status=200)


def _refund(row: Refund) -> RefundOut:
    return RefundOut(
        id=public_id("ref", row.id),
        unit=public_id("unt", row.unit_id),
        amount=Money.of(row.amount_minor, row.currency),
        status=row.status,
        reason=row.reason,
        created_at=rfc3339(row.created_at),
    )


def _claim(row: Claim) -> ClaimOut:
    return ClaimOut(
        id=public_id("clm", row.id),
        order=public_id("ord", row.order_id),
        item=public_id("itm", row.line_id),
        reason=row.reason,
        evidence=row.evidence,
        status=row.status,
        created_at=rfc3339(row.created_at),
        decided_at=rfc3339(row.decided_at) if row.decided_at else None,
    )
