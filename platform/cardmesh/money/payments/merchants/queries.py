"""Selects of accounts at gateways."""

import uuid
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...models import PLATFORM_OWNER
from ..models import Merchant, MerchantStatus


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


def lock_all(session: Session, owner_id: uuid.UUID) -> Sequence[Merchant]:
    """An owner's accounts, locked: two who choose take turns."""
    query = select(Merchant).where(Merchant.owner_id == owner_id).order_by(Merchant.id)
    return session.scalars(query.with_for_update().execution_options(populate_existing=True)).all()
