"""What a payment sets off in the slice above, passed in as an argument: money knows no orders."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from ..models import Payment
from .models import Dispute


@dataclass(frozen=True, slots=True)
class Effects:
    """Each runs in the transaction that records its cause.

    `order_paid(session, payment)`: once, at the payment of an order. `disputed(session, payment, dispute,
    changed)`: at each message about an order of the platform's collecting; `changed` says whether its status is new.
    """

    order_paid: Callable[[Session, Payment], None]
    disputed: Callable[[Session, Payment, Dispute, bool], None]
