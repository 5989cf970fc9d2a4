"""Selects of accounts at gateways."""

import uuid
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from ....kit.errors import NotFound
from ...models import PLATFORM_OWNER, Payment
from ..models import Merchant, MerchantStatus
from ..rules import DEFAULT, channel, merchant_id


def of_owner(session: Session, owner_id: uuid.UUID) -> Sequence[Merchant]:
    """Every account an owner ever connected, oldest first."""
    query = select(Merchant).where(Merchant.owner_id == owner_id).order_by(Merchant.id)
    return session.scalars(query).all()


def active(session: Session, tenant_id: uuid.UUID) -> Sequence[Merchant]:
    """What takes payments for a tenant: its own accounts and the platform's."""
    query = select(Merchant).where(
        Merchant.owner_id.in_((tenant_id, PLATFORM_OWNER)), Merchant.status == MerchantStatus.ACTIVE
    )
    return session.scalars(query.order_by(Merchant.id)).all()


def owner_of(session: Session, name: str) -> uuid.UUID:
    """Whose account a channel is; the platform's for the one that the settings name. Scope: PLATFORM.

    Raises NotFound.
    """
    if name == DEFAULT:
        return PLATFORM_OWNER
    row = session.get(Merchant, merchant_id(name))
    if row is None:
        raise NotFound
    return row.owner_id


def with_books(session: Session) -> list[str]:
    """Channels of accounts that take payments, or ever took one: refunds may move their money still."""
    rows = session.scalars(select(Merchant).order_by(Merchant.id)).all()
    return [channel(row.gateway, row.id) for row in rows if row.status == MerchantStatus.ACTIVE or _took(session, row)]


def _took(session: Session, row: Merchant) -> bool:
    taken = Payment.gateway == channel(row.gateway, row.id), Payment.intent_ref.is_not(None)
    return session.scalar(select(Payment.id).where(*taken).limit(1)) is not None


def lock_all(session: Session, owner_id: uuid.UUID) -> Sequence[Merchant]:
    """An owner's accounts, locked: two who choose take turns."""
    query = select(Merchant).where(Merchant.owner_id == owner_id).order_by(Merchant.id)
    return session.scalars(query.with_for_update().execution_options(populate_existing=True)).all()
