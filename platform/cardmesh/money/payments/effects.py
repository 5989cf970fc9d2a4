"""What a payment sets off in the slice above, passed in as an argument: money knows no orders."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from ..models import Payment


@dataclass(frozen=True, slots=True)
class Effects:
    """`order_paid(session, payment)` runs once, in the transaction that records the payment of an order."""

    order_paid: Callable[[Session, Payment], None]
