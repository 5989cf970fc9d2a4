"""Parties by their names, as the operator's screens show them."""

import uuid
from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...identity.models import Supplier, Tenant


def party_names(session: Session, ids: Collection[uuid.UUID] | None = None) -> dict[uuid.UUID, str]:
    """Suppliers and distributors, all or those with these ids."""
    found: dict[uuid.UUID, str] = {}
    for model in (Supplier, Tenant):
        query = select(model.id, model.name)
        found |= dict(session.execute(query if ids is None else query.where(model.id.in_(ids))).all())
    return found
