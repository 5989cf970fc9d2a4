"""Find an order again, as its buyer. Everything wrong answers alike, and takes as long."""

import hmac
import uuid

from sqlalchemy.orm import Session

from .. import numbers, queries
from ..errors import OrderNotFound
from ..models import Order
from . import contacts, passwords
from .store import Placed


def find_by_token(session: Session, *, tenant_id: uuid.UUID, number: str, token: str) -> Order:
    """The order with this number, for who has its token. Raises OrderNotFound."""
    order = queries.by_number(session, tenant_id=tenant_id, number=numbers.tidy(number))
    stored = (order.token_hash if order else None) or b""
    if not hmac.compare_digest(stored, numbers.token_hash(token)) or order is None:
        raise OrderNotFound
    return order


def lookup(
    session: Session,
    *,
    tenant_id: uuid.UUID,
    number: str,
    contact: str | None = None,
    query_password: str | None = None,
) -> Placed:
    """The order and its token, for a guest who knows the number and the contact, or the query password.

    An order with a query password is not shown for the contact alone: whoever set one meant it. Raises OrderNotFound.
    """
    order = queries.by_number(session, tenant_id=tenant_id, number=numbers.tidy(number))
    if query_password is not None:
        proved = passwords.matches(order.query_password_hash if order else None, query_password)
    else:
        proved = _knows_contact(order, contact or "")
    if order is None or not proved:
        raise OrderNotFound
    token = numbers.token(order.id)
    if order.token_hash != numbers.token_hash(token):  # the installation's secret was changed since
        order.token_hash = numbers.token_hash(token)
        session.flush()
    return Placed(order, token)


def _knows_contact(order: Order | None, contact: str) -> bool:
    stored = (order.contact if order and order.query_password_hash is None else None) or ""
    same = hmac.compare_digest(stored.encode(), contacts.guess(contact).encode())
    return same and stored != ""  # no contact is nobody's, whatever is given
