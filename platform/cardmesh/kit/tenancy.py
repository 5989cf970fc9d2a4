"""Who a transaction works for. The scope reaches the database as settings that row-level security reads.

A query without a scope raises: forgetting is loud, never a leak (see docs/decisions/0002-four-belts.md).
"""

import uuid
from dataclasses import dataclass, field
from enum import StrEnum


class Realm(StrEnum):
    """What a scope may touch. The policies in `migrations/policies.py` are written in these words."""

    PUBLIC = "public"
    """Nobody yet: find a store by host, a person by e-mail, a key by its hash."""
    TENANT = "tenant"
    """One distributor's own rows, and the shared catalog."""
    SUPPLIER = "supplier"
    """One supplier's own rows, and the shared catalog."""
    TRADE = "trade"
    """A sale in one tenant: its rows, and any supplier's stock, prices and ledger accounts."""
    PLATFORM = "platform"
    """The operator and the platform's own jobs."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, for the audit trail. `kind`: person, api_key, buyer, job, cli or gateway."""

    kind: str
    id: uuid.UUID | None = None
    ip: str | None = None
    name: str = ""


SYSTEM = Actor("job", name="system")


@dataclass(frozen=True, slots=True)
class Scope:
    """The realm, the tenant or supplier whose rows are visible, and the actor.

    `read_only`: the database refuses whatever would change a row.
    """

    realm: Realm
    tenant_id: uuid.UUID | None = None
    supplier_id: uuid.UUID | None = None
    actor: Actor = field(default=SYSTEM)
    read_only: bool = False


def public() -> Scope:
    return Scope(Realm.PUBLIC)


def tenant(tenant_id: uuid.UUID, actor: Actor = SYSTEM) -> Scope:
    return Scope(Realm.TENANT, tenant_id=tenant_id, actor=actor)


def supplier(supplier_id: uuid.UUID, actor: Actor = SYSTEM) -> Scope:
    return Scope(Realm.SUPPLIER, supplier_id=supplier_id, actor=actor)


def trade(tenant_id: uuid.UUID, actor: Actor = SYSTEM) -> Scope:
    return Scope(Realm.TRADE, tenant_id=tenant_id, actor=actor)


def platform(actor: Actor = SYSTEM) -> Scope:
    return Scope(Realm.PLATFORM, actor=actor)
