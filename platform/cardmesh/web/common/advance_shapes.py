"""Advances as the API shows them, to suppliers and to the operator."""

from typing import Literal

from ...kit.clock import rfc3339
from ...kit.ids import public_id
from ...money.advances.models import Advance
from .lists import ListOf
from .schema import Money, Shape


class AdvanceOut(Shape):
    """`amount` is owed; `fee` of it stayed with the platform. `limit` is what could be taken at that moment."""

    object: Literal["advance"] = "advance"
    id: str
    supplier: str
    amount: Money
    fee: Money
    limit: Money
    created_at: str


class AdvanceList(ListOf[AdvanceOut]):
    pass


def advance_shape(row: Advance) -> AdvanceOut:
    return AdvanceOut(
        id=public_id("adv", row.id),
        supplier=public_id("sup", row.owner_id),
        amount=Money.of(row.amount_minor, row.currency),
        fee=Money.of(row.fee_minor, row.currency),
        limit=Money.of(row.limit_minor, row.currency),
        created_at=rfc3339(row.created_at),
    )
