"""Issue, check and revoke API keys."""

import hashlib
import hmac
import ipaddress
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ...kit import clock, runtime
from ...kit.db import require_scope
from ...kit.errors import NotFound, Unauthenticated, ValidationFailed, invalid
from ...kit.ids import NIL, new_id
from .. import callers
from ..audit.service import record
from ..models import ApiKey, Membership
from .rules import SCOPES

_PREFIX_LENGTH = len("sk_test_") + 12
_TOUCH_EVERY = timedelta(minutes=1)
MONEY = ("owner", "finance")


@dataclass(frozen=True)
class IssuedKey:
    """`secret` is shown once and never again."""

    row: ApiKey
    secret: str


def issue(
    session: Session,
    *,
    party: str,
    party_id: uuid.UUID = NIL,
    scopes: Sequence[str] | None = None,
    name: str = "",
    allowed_ips: Sequence[str] = (),
) -> IssuedKey:
    """A new key with the given scopes (default: all of the party's).

    Raises ValidationFailed for a foreign scope, and for what is no address.
    """
    granted = list(scopes if scopes is not None else SCOPES[party])
    if not set(granted) <= set(SCOPES[party]):
        raise ValidationFailed
    livemode, maker = runtime.current().settings.livemode, require_scope(session).actor
    secret = f"sk_{'live' if livemode else 'test'}_{secrets.token_hex(24)}"
    row = ApiKey(
        id=new_id(),
        party=party,
        party_id=party_id,
        name=name,
        prefix=secret[:_PREFIX_LENGTH],
        secret_hash=_hash(secret),
        livemode=livemode,
        scopes=granted,
        allowed_ips=[_network(address) for address in allowed_ips],
        issued_by=maker.id if maker.kind == "person" else None,
    )
    session.add(row)
    session.flush()
    record(session, party_id=party_id, action="api_key.issued", subject="api_key", subject_id=row.id)
    return IssuedKey(row, secret)


def verify(session: Session, secret: str, *, ip: str | None = None) -> ApiKey:
    """The living key with this secret, used from an address it allows. Raises Unauthenticated."""
    query = select(ApiKey).where(ApiKey.prefix == secret[:_PREFIX_LENGTH])
    row = session.scalar(query)
    if row is None or not hmac.compare_digest(row.secret_hash, _hash(secret)):
        raise Unauthenticated
    moment = clock.now()
    if row.revoked_at is not None or (row.expires_at is not None and row.expires_at <= moment):
        raise Unauthenticated
    if row.allowed_ips and not _allowed(row.allowed_ips, ip):
        raise Unauthenticated
    if row.last_used_at is None or row.last_used_at < moment - _TOUCH_EVERY:
        session.execute(update(ApiKey).where(ApiKey.id == row.id).values(last_used_at=moment))
    return row


def answering(session: Session, row: ApiKey) -> uuid.UUID | None:
    """The person who made a key, as long as they may move the party's money; else None. Scope: PLATFORM."""
    if row.issued_by is None:
        return None
    found = session.get(Membership, (row.issued_by, row.party, row.party_id))
    return row.issued_by if found is not None and found.role in MONEY else None


def revoke(session: Session, *, party: str, party_id: uuid.UUID, key_id: uuid.UUID) -> None:
    """End a key at once. Raises NotFound."""
    row = session.scalar(select(ApiKey).where(ApiKey.id == key_id, ApiKey.party == party, ApiKey.party_id == party_id))
    if row is None:
        raise NotFound
    row.revoked_at = row.revoked_at or clock.now()
    session.flush()
    callers.api_keys.forget(session)
    record(session, party_id=party_id, action="api_key.revoked", subject="api_key", subject_id=key_id)


def _hash(secret: str) -> bytes:
    """Plain SHA-256: the secret has 192 random bits, so there is nothing to slow down."""
    return hashlib.sha256(secret.encode()).digest()


def _network(address: str) -> str:
    try:
        return str(ipaddress.ip_network(address))
    except ValueError:
        raise invalid("/allowed_ips", "address_unreadable", "IP 地址格式不正确", "This is no IP address") from None


def _allowed(networks: Sequence[str], ip: str | None) -> bool:
    return ip is not None and any(ipaddress.ip_address(ip) in ipaddress.ip_network(network) for network in networks)
