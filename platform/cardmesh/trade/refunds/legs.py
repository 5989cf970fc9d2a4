"""Where money that is taken back comes from: pending, else available, then deposit, then a balance below zero."""

import uuid
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy.orm import Session

from ...money.ledger import service as ledger
from ...money.ledger.service import Leg
from ...money.models import PLATFORM_OWNER, AccountKind
from ..delivery.shares import due, income, source
from ..models import Collector, Order, OrderUnit


class Part(NamedTuple):
    """What is taken back of one delivered unit: all of it, or a part."""

    unit: OrderUnit
    supplier_minor: int
    platform_minor: int
    distributor_minor: int


def whole(order: Order, unit: OrderUnit) -> Part:
    return Part(unit, unit.supplier_minor, unit.platform_minor, income(order, unit))


def reversal(session: Session, order: Order, unit: OrderUnit) -> list[Leg]:
    """The mirror image of a delivered unit's part of the sale. What came from a wallet is free to spend there again."""
    owner, kind = source(order)
    kind = AccountKind.AVAILABLE if order.collected_by == Collector.DISTRIBUTOR else kind
    return [Leg(owner, kind, -due(order, [unit]), unit.currency), *taken_back(session, [whole(order, unit)])]


def lock_wallets(session: Session, units: Iterable[OrderUnit]) -> None:
    """Of all who have shares of settled units among these, in order: before anything is taken out of one of them."""
    settled = [unit for unit in units if unit.settled_at is not None]
    for party in sorted({party for unit in settled for party in (unit.supplier_id, unit.tenant_id)}):
        ledger.lock_wallet(session, owner_id=party, currency=settled[0].currency)


def taken_back(session: Session, parts: Sequence[Part]) -> list[Leg]:
    """The shares of these units, out of whatever holds them.

    A unit that is not settled has its shares in pending, to the minor unit. A settled one's are in the parties'
    wallets, which are locked in order of their owners; what is not there any more is carried below zero and shown.
    """
    currency = parts[0].unit.currency
    legs = [Leg(PLATFORM_OWNER, AccountKind.REVENUE, sum(part.platform_minor for part in parts), currency)]
    wallets: dict[uuid.UUID, int] = {}
    for part in parts:
        unit = part.unit
        for party, amount in ((unit.supplier_id, part.supplier_minor), (unit.tenant_id, part.distributor_minor)):
            if unit.settled_at is None:
                legs.append(Leg(party, AccountKind.PENDING, amount, currency))
            elif amount:
                wallets[party] = wallets.get(party, 0) + amount
    for party in sorted(wallets):
        legs += _from_wallet(session, party, wallets[party], currency)
    return legs


def _from_wallet(session: Session, party: uuid.UUID, amount: int, currency: str) -> Iterable[Leg]:
    available = ledger.lock_wallet(session, owner_id=party, currency=currency)
    deposit = ledger.balance(session, owner_id=party, kind=AccountKind.DEPOSIT, currency=currency)
    from_available = min(amount, max(available, 0))
    from_deposit = min(amount - from_available, max(deposit, 0))
    return [
        Leg(party, AccountKind.AVAILABLE, amount - from_deposit, currency),
        Leg(party, AccountKind.DEPOSIT, from_deposit, currency),
    ]
