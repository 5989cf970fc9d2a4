"""Where a refund takes each party's share from: pending, else available, then deposit, then a balance below zero."""

import uuid
from collections.abc import Iterable

from sqlalchemy.orm import Session

from ...money.ledger import service as ledger
from ...money.ledger.service import Leg
from ...money.models import PLATFORM_OWNER, AccountKind
from ..delivery.shares import source
from ..models import Order, OrderUnit


def reversal(session: Session, order: Order, unit: OrderUnit) -> list[Leg]:
    """The mirror image of a delivered unit's part of the sale.

    A unit that is not settled has its shares in pending, to the minor unit. A settled one's are in the parties'
    wallets, which are locked in order of their owners; what is not there any more is carried below zero and shown.
    """
    owner, kind = source(order)
    legs = [
        Leg(owner, kind, -unit.retail_minor, unit.currency),
        Leg(PLATFORM_OWNER, AccountKind.REVENUE, unit.platform_minor, unit.currency),
    ]
    shares = sorted([(unit.supplier_id, unit.supplier_minor), (unit.tenant_id, unit.distributor_minor)])
    for party, amount in shares:
        if unit.settled_at is None:
            legs.append(Leg(party, AccountKind.PENDING, amount, unit.currency))
        elif amount:
            legs += _from_wallet(session, party, amount, unit.currency)
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
