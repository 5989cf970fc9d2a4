"""Signing secrets of an endpoint: sealed with the tenant's data key, two at a time while one replaces the other."""

import base64
import json
import os
import uuid
from datetime import datetime, timedelta

from sqlalchemy.orm import Session
from standardwebhooks import Webhook

from .. import clock, runtime
from ..clock import rfc3339
from .models import WebhookEndpoint

SECRET_BYTES = 32
OVERLAP = timedelta(hours=24)
"""So long after a rotation both secrets sign, so that the receiver can change over in its own time."""


def new_secret() -> str:
    """`whsec_…` as Standard Webhooks writes it."""
    return "whsec_" + base64.b64encode(os.urandom(SECRET_BYTES)).decode()


def seal(session: Session, *, tenant_id: uuid.UUID, endpoint_id: uuid.UUID, secrets: list[str]) -> tuple[bytes, int]:
    """(sealed, key version). The first secret is the current one; a second one ends after the overlap."""
    vault = runtime.current().vault
    version = vault.current_version(session, tenant_id)
    until = rfc3339(clock.now() + OVERLAP)
    kept = [{"secret": secret, "until": until if place else None} for place, secret in enumerate(secrets)]
    plaintext = json.dumps(kept).encode()
    ids = {"owner_id": tenant_id, "secret_id": endpoint_id, "place_id": endpoint_id}
    return vault.seal(session, plaintext, **ids, version=version), version


def open_all(session: Session, endpoint: WebhookEndpoint) -> list[str]:
    """The secrets in force, the current one first."""
    plaintext = runtime.current().vault.open(
        session,
        endpoint.secret_sealed,
        owner_id=endpoint.tenant_id,
        secret_id=endpoint.id,
        place_id=endpoint.id,
        version=endpoint.key_version,
    )
    now = clock.now()
    kept = json.loads(plaintext)
    return [one["secret"] for one in kept if not one["until"] or datetime.fromisoformat(one["until"]) > now]


def signed_headers(secrets: list[str], *, message_id: str, at: datetime, body: str) -> dict[str, str]:
    """The three headers of Standard Webhooks 1.0.0, with one signature for each secret."""
    signatures = [Webhook(secret).sign(message_id, at, body) for secret in secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
