"""A buyer's complaint about what was delivered."""

from typing import Annotated, Literal

from pydantic import Field

from ...kit.clock import rfc3339
from ...kit.db import transaction
from ...kit.ids import parse_id, public_id
from ...trade.claims import service as claims
from ...trade.models import Claim, Order
from ..common.limits import LOOKUP, READ, from_inside, limiter
from ..common.schema import Paragraph, Shape
from .blueprint import blueprint, selling
from .orders import own_order


class ClaimIn(Shape):
    order: Annotated[str, Field(min_length=1, max_length=40)]
    item: Annotated[str, Field(max_length=40)]
    reason: Annotated[str, Field(min_length=1, max_length=2000)]
    evidence: Annotated[Paragraph, Field(max_length=2000)] = ""


class BuyerClaimOut(Shape):
    object: Literal["claim"] = "claim"
    id: str
    order: str
    item: str
    status: str
    reason: str
    evidence: str
    answer: str
    created_at: str
    decided_at: str | None


class ClaimsOut(Shape):
    data: list[BuyerClaimOut]


@blueprint.post("/claims")
@blueprint.input(ClaimIn)
@blueprint.output(BuyerClaimOut, status_code=201)
@limiter.limit(LOOKUP)
def open_claim(json_data: ClaimIn) -> BuyerClaimOut:
    """Open a claim about one item of the order that X-Order-Token opens; one open claim an item."""
    with transaction(selling()) as session:
        order = own_order(session, json_data.order)
        claim = claims.open_claim(
            session,
            order=order,
            line_id=parse_id("itm", json_data.item),
            reason=json_data.reason,
            evidence=json_data.evidence,
        )
        return _shape(order, claim)


@blueprint.get("/orders/<number>/claims")
@blueprint.output(ClaimsOut)
@limiter.limit(READ, exempt_when=from_inside)
def get_claims(number: str) -> ClaimsOut:
    """What was claimed about the order that X-Order-Token opens, and what became of it, newest first."""
    with transaction(selling()) as session:
        order = own_order(session, number)
        return ClaimsOut(data=[_shape(order, claim) for claim in claims.claims_of(session, order)])


def _shape(order: Order, claim: Claim) -> BuyerClaimOut:
    return BuyerClaimOut(
        id=public_id("clm", claim.id),
        order=order.number,
        item=public_id("itm", claim.line_id),
        status=claim.status or claims.OPEN,
        reason=claim.reason,
        evidence=claim.evidence,
        answer=claim.answer or "",
        created_at=rfc3339(claim.created_at),
        decided_at=rfc3339(claim.decided_at) if claim.decided_at else None,
    )
