"""Price lists: all prices of an offer, planned for a moment to come."""

from typing import Annotated, Literal

from flask.typing import ResponseReturnValue
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from ....goods.offers import price_lists
from ....goods.offers import service as offers
from ....goods.pricing.models import PriceList
from ....goods.pricing.rules import PriceRow
from ....identity.models import Party
from ....kit.clock import rfc3339
from ....kit.db import transaction
from ....kit.errors import NotFound
from ....kit.ids import parse_id, public_id
from ...common.idempotent import once
from ...common.lists import ListOf, each, listed
from ...common.principal import caller, requires
from ...common.schema import Moment, Paging, Shape
from . import blueprint

PREFIX = "pls"
Minor = Annotated[int, Field(gt=0, le=10**12)]


class RowShape(Shape):
    """A price for a tier (empty: every tier) from a quantity on, in minor units of the offer's currency."""

    tier: Annotated[str, Field(pattern="^(VIP[1-9][0-9]?)?$")] = ""
    min_quantity: Annotated[int, Field(ge=1, le=1000)] = 1
    price: Minor


class PriceListIn(Shape):
    effective_from: Moment
    base_price: Minor
    prices: Annotated[list[RowShape], Field(max_length=400, default_factory=list)]


class PriceListOut(Shape):
    object: Literal["price_list"] = "price_list"
    id: str
    offer: str
    status: str
    effective_from: str
    base_price: int
    prices: list[RowShape]
    created_at: str


class PriceLists(ListOf[PriceListOut]):
    pass


@blueprint.get("/offers/<offer_id>/price-lists")
@blueprint.input(Paging, location="query")
@blueprint.output(PriceLists)
@requires(Party.SUPPLIER, "offers:read")
def list_price_lists(offer_id: str, query_data: Paging) -> ResponseReturnValue:
    """Those to come and those that were, the newest first."""
    with transaction(caller().scope()) as session:
        offer = offers.get_offer(session, parse_id("off", offer_id))
        rows = select(PriceList).where(PriceList.offer_id == offer.id)
        return listed(session, rows, PriceList.id, PREFIX, query_data, each(_shape))


@blueprint.post("/offers/<offer_id>/price-lists")
@blueprint.input(PriceListIn)
@blueprint.output(PriceListOut, status_code=201)
@requires(Party.SUPPLIER, "offers:write")
def plan_price_list(offer_id: str, json_data: PriceListIn) -> ResponseReturnValue:
    """All prices of the offer from a moment on: whatever the list leaves out is gone then."""
    rows = [PriceRow(row.tier, row.min_quantity, row.price) for row in json_data.prices]

    def effect(session: Session) -> PriceListOut:
        offer = offers.get_offer(session, parse_id("off", offer_id))
        made = price_lists.plan(
            session,
            offer_id=offer.id,
            base_price_minor=json_data.base_price,
            rows=rows,
            effective_from=json_data.effective_from,
        )
        return _shape(made)

    principal = caller()
    return once(principal.scope(), principal.party_id, effect, key_required=False)


@blueprint.post("/offers/<offer_id>/price-lists/<list_id>/cancel")
@blueprint.output(PriceListOut)
@requires(Party.SUPPLIER, "offers:write")
def cancel_price_list(offer_id: str, list_id: str) -> PriceListOut:
    """Before it is in force; one that is no longer planned stays as it is."""
    with transaction(caller().scope()) as session:
        offer = offers.get_offer(session, parse_id("off", offer_id))
        found = session.get(PriceList, (offer.supplier_id, parse_id(PREFIX, list_id)))
        if found is None or found.offer_id != offer.id:
            raise NotFound
        return _shape(price_lists.cancel(session, list_id=found.id))


def _shape(row: PriceList) -> PriceListOut:
    return PriceListOut(
        id=public_id(PREFIX, row.id),
        offer=public_id("off", row.offer_id),
        status=row.status,
        effective_from=rfc3339(row.effective_from),
        base_price=row.base_price_minor,
        prices=[RowShape(tier=one.tier, min_quantity=one.min_quantity, price=one.price_minor) for one in
                price_lists.rows_of(row)],
        created_at=rfc3339(row.created_at),
    )  # fmt: skip
