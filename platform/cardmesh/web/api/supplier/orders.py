"""What a supplier sold, unit by unit: never the buyer, the order's number or the retail price."""

from typing import Literal

from flask.typing import ResponseReturnValue
from sqlalchemy import select

from ....identity.models import Party
from ....kit.clock import rfc3339
from ....kit.db import transaction
from ....kit.ids import public_id
from ....trade.models import OrderUnit
from ...common.lists import ListOf, each, listed
from ...common.principal import caller, requires
from ...common.schema import Money, Paging, Shape
from . import blueprint


class SoldUnitOut(Shape):
    object: Literal["sold_unit"] = "sold_unit"
    id: str
    offer: str
    sku: str
    status: str
    cost: Money
    income: Money
    created_at: str
    delivered_at: str | None
    hold_until: str | None
    settled_at: str | None


class SoldUnitList(ListOf[SoldUnitOut]):
    pass


@blueprint.get("/orders")
@blueprint.input(Paging, location="query")
@blueprint.output(SoldUnitList)
@requires(Party.SUPPLIER, "orders:read")
def list_sold(query_data: Paging) -> ResponseReturnValue:
    """Units sold from own offers, newest first; `income` is the cost less the platform's commission."""
    with transaction(caller().scope()) as session:
        mine = select(OrderUnit).where(OrderUnit.supplier_id == caller().party_id)
        return listed(session, mine, OrderUnit.id, "unt", query_data, each(_shape))


def _shape(unit: OrderUnit) -> SoldUnitOut:
    return SoldUnitOut(
        id=public_id("unt", unit.id),
        offer=public_id("off", unit.offer_id),
        sku=public_id("sku", unit.sku_id),
        status=unit.status,
        cost=Money.of(unit.cost_minor, unit.currency),
        income=Money.of(unit.supplier_minor, unit.currency),
        created_at=rfc3339(unit.created_at),
        delivered_at=rfc3339(unit.delivered_at) if unit.delivered_at else None,
        hold_until=rfc3339(unit.hold_until) if unit.hold_until else None,
        settled_at=rfc3339(unit.settled_at) if unit.settled_at else None,
    )
