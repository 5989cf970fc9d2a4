"""Which party calls the API, and what its key allows."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from hashlib import sha256
from typing import ParamSpec, TypeVar, cast

from flask import g, request

from ...identity import callers
from ...identity.api_keys import service as api_keys
from ...identity.errors import MissingScope
from ...identity.models import ApiKey, Party
from ...identity.suppliers.service import get_supplier
from ...identity.suppliers.service import require_active as require_active_supplier
from ...identity.tenants.service import get_tenant
from ...identity.tenants.service import require_active as require_active_tenant
from ...kit import tenancy
from ...kit.db import db, transaction
from ...kit.errors import Forbidden, Unauthenticated
from ...kit.tenancy import Actor, Scope
from .requests import client_ip

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class Principal:
    """The caller of an API request."""

    party: str
    party_id: uuid.UUID
    key_id: uuid.UUID
    scopes: frozenset[str]
    livemode: bool

    @property
    def actor(self) -> Actor:
        return Actor("api_key", self.key_id, client_ip())

    def scope(self) -> Scope:
        """The caller's own rows."""
        if self.party == Party.PLATFORM:
            return tenancy.platform(self.actor)
        if self.party == Party.SUPPLIER:
            return tenancy.supplier(self.party_id, self.actor)
        return tenancy.tenant(self.party_id, self.actor)

    def in_person(self) -> Scope:
        """The platform's, for what a person has to answer for: the one who made the key. Raises Forbidden."""
        with transaction(tenancy.platform(self.actor)) as session:
            row = session.get_one(ApiKey, self.key_id)
            person_id = api_keys.answering(session, row)
        if person_id is None:
            raise Forbidden
        return tenancy.platform(Actor("person", person_id, client_ip(), f"API key {row.name or row.prefix}"))

    def trade(self) -> Scope:
        """A distributor's sale: its rows, and suppliers' stock."""
        return tenancy.trade(self.party_id, self.actor)


def caller() -> Principal:
    """The authenticated caller of this request."""
    return cast(Principal, g.principal)


def requires(party: Party | None = None, scope: str | None = None) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let in keys of `party` that hold `scope`. Raises Unauthenticated, Forbidden, MissingScope, TenantSuspended."""

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            principal = g.principal = _authenticate()
            if party is not None and principal.party != party:
                raise Forbidden
            if scope is not None and scope not in principal.scopes:
                raise MissingScope(scope=scope)
            return view(*args, **kwargs)

        return guarded

    return decorate


def _authenticate() -> Principal:
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not secret.startswith("sk_") or not secret.isascii() or "\x00" in secret:
        raise Unauthenticated
    secret, ip = secret.strip(), client_ip()
    shown = (sha256(secret.encode()).digest(), ip, db.engine)
    return cast(Principal, callers.api_keys.recall(shown, lambda: _check(secret, ip)))


def _check(secret: str, ip: str | None) -> Principal:
    with transaction(tenancy.public()) as session:
        key = api_keys.verify(session, secret, ip=ip)
        if key.party == Party.DISTRIBUTOR:
            require_active_tenant(get_tenant(session, key.party_id))
        elif key.party == Party.SUPPLIER:
            require_active_supplier(get_supplier(session, key.party_id))
        return _principal(key)


def _principal(key: ApiKey) -> Principal:
    return Principal(key.party, key.party_id, key.id, frozenset(key.scopes), key.livemode)
