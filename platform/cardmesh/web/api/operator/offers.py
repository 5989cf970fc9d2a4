"""The review queue: an offer is sold only after approval."""

from typing import Annotated, Literal

from flask.typing import ResponseReturnValue
from pydantic import Field
from sqlalchemy import select

from ....goods.models import Offer
from ....goods.offers import service as offers
from ....identity.models import Party
from ....kit.db import transaction
from ....kit.ids import parse_id
from ...common.lists import listed
from ...common.offers import OfferList, OfferOut, offer_shape, offer_shapes
from ...common.principal import caller, requires
from ...common.schema import Paging, Shape
from . import blueprint


class OfferFilter(Paging):
    status: Literal["pending_review", "active", "rejected", "paused"] | None = None


class ReviewIn(Shape):
    decision: Literal["approve", "reject"]
    reason: Annotated[str, Field(max_length=500)] = ""


@blueprint.get("/offers")
@blueprint.input(OfferFilter, location="query")
@blueprint.output(OfferList)
@requires(Party.PLATFORM, "platform:read")
def list_offers(query_data: OfferFilter) -> ResponseReturnValue:
    """All offers, newest first; `status=pending_review` is the review queue."""
    with transaction(caller().scope()) as session:
        query = select(Offer).where(Offer.status == query_data.status) if query_data.status else select(Offer)
        return listed(session, query, Offer.id, "off", query_data, lambda rows: offer_shapes(session, rows))


@blueprint.post("/offers/<offer_id>/review")
@blueprint.input(ReviewIn)
@blueprint.output(OfferOut)
@requires(Party.PLATFORM, "platform:write")
def review(offer_id: str, json_data: ReviewIn) -> OfferOut:
    """Approve or reject; a rejection needs a reason that the supplier reads."""
    with transaction(caller().scope()) as session:
        offer = offers.review(
            session, offer_id=parse_id("off", offer_id), decision=json_data.decision, reason=json_data.reason
        )
        return offer_shape(session, offer)
