"""A supplier sees one of the own keys as a buyer would: opened, told apart, and masked. Nothing is sold."""

import uuid

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from ...identity.audit import service as audit
from ...identity.models import AuditRecord
from ..models import Offer, StockUnit
from .credentials import Credential
from .errors import NotKeyed, OutOfStock
from .service import is_counted, open_keys

TRIED = "offer.delivery_tried"
_SHOWN = 2
"""Characters of a value that are shown at either end; of a short one none."""


def try_delivery(session: Session, *, offer: Offer, locale: str) -> list[Credential]:
    """The credentials of the key that has waited longest, masked. Audited. Scope: SUPPLIER.

    Proves what an upload alone does not: that the key can be opened and its parts are what they were meant to be.
    Raises NotKeyed for goods that are no keys, OutOfStock.
    """
    if not is_counted(offer) or offer.stock_cap is not None:
        raise NotKeyed
    query = select(StockUnit.unit_id).where(StockUnit.offer_id == offer.id).order_by(StockUnit.unit_id).limit(1)
    key_id = session.scalar(query)
    if key_id is None:
        raise OutOfStock
    audit.record(session, party_id=offer.supplier_id, action=TRIED, subject="offer", subject_id=offer.id)
    [opened] = open_keys(session, key_ids=[key_id], locale=locale).values()
    return [one._replace(value=masked(one.value)) for one in opened]


def was_tried(session: Session, supplier_id: uuid.UUID) -> bool:
    """Whether the supplier has ever tried one."""
    mine = (AuditRecord.party_id == supplier_id, AuditRecord.action == TRIED)
    return bool(session.scalar(select(exists().where(*mine))))


def masked(value: str) -> str:
    """As many dots as there are characters in between."""
    if len(value) < 4 * _SHOWN:
        return "•" * len(value)
    return value[:_SHOWN] + "•" * (len(value) - 2 * _SHOWN) + value[-_SHOWN:]
