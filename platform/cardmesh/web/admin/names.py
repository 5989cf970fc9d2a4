"""Parties by their names, as the operator's screens show them."""

import uuid
from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...identity.models import Person, Supplier, Tenant


def party_names(session: Session, ids: Collection[uuid.UUID] | None = None) -> dict[uuid.UUID, str]:
    """Suppliers and distributors, all or those with these ids."""
    found: dict[uuid.UUID, str] = {}
    for model in (Supplier, Tenant):
        query = select(model.id, model.name)
        found |= dict(session.execute(query if ids is None else query.where(model.id.in_(ids))).all())
    return found


def person_names(session: Session, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """People by name, or by e-mail where they gave none."""
    rows = session.execute(select(Person.id, Person.name, Person.email).where(Person.id.in_(ids)))
    return {row.id: row.name or row.email for row in rows}
