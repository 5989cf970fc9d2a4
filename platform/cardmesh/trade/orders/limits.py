"""No hoarding: what one buyer may hold without paying, race-proof."""

import ipaddress
import uuid
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from .. import queries
from ..errors import UnpaidOrderLimit


class Limits(NamedTuple):
    """Unpaid at the same time in one store."""

    orders: int = 5
    units: int = 200
    orders_of_address: int = 30


DEFAULT = Limits()


def check(
    session: Session,
    *,
    tenant_id: uuid.UUID,
    store_id: uuid.UUID,
    contact: str,
    ip: str | None,
    units: int,
    limits: Limits = DEFAULT,
    retry_after: int = 900,
) -> None:
    """Raises UnpaidOrderLimit. Orders of one contact or address queue up, so that a flood counts itself."""
    address = ip if _tells_buyers_apart(ip) else None
    _queue_up(session, f"{store_id}|{contact}", f"{store_id}|{address}" if address else None)
    orders, held, from_address = queries.unpaid(
        session, tenant_id=tenant_id, store_id=store_id, contact=contact, ip=address
    )
    if orders >= limits.orders or held + units > limits.units or (address and from_address >= limits.orders_of_address):
        raise UnpaidOrderLimit(retry_after=retry_after)


def _tells_buyers_apart(ip: str | None) -> bool:
    """Only a public address says something about the buyer; any other is a proxy's or this machine's."""
    try:
        return ipaddress.ip_address(ip or "").is_global
    except ValueError:
        return False


def _queue_up(session: Session, *names: str | None) -> None:
    """Advisory locks until the transaction ends, always in the same order."""
    for name in sorted(name for name in names if name):
        session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))
