"""Which name a store calls itself by: in its pages, letters and links, and where its other names lead."""

import uuid

from sqlalchemy.orm import Session

from .. import publish
from ..queries import get_store
from . import queries
from .models import Domain
from .rules import DOUBTS


def settle(session: Session, *, tenant_id: uuid.UUID, store_id: uuid.UUID) -> None:
    """Put the owner's choice into force, or out of it, as the last looks have it; a change builds the pages anew.

    A domain becomes the address when proof and way are there, and stays it through a single look that misses one.
    """
    store = get_store(session, store_id=store_id, lock=True)
    domain = queries.wanted(session, store_id=store_id)
    host = domain.host if domain and _serves(domain, is_in_force=store.primary_host == domain.host) else None
    if store.primary_host == host:
        return
    store.primary_host = host
    store.version += 1
    session.flush()
    publish.request_build(session, tenant_id=tenant_id, store_id=store_id, reason="store.address")


def _serves(domain: Domain, *, is_in_force: bool) -> bool:
    sound = domain.proof_at is not None and domain.routed_at is not None
    return sound or (is_in_force and domain.failures < DOUBTS)
