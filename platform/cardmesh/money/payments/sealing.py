"""The secrets of an account, sealed as one under its owner's data key, and opened only to make its gateway."""

import json
import uuid
from collections.abc import Mapping

from sqlalchemy.orm import Session

from ...kit import runtime
from .models import Merchant


def seal(
    session: Session, *, owner_id: uuid.UUID, merchant_id: uuid.UUID, secret: Mapping[str, str]
) -> tuple[bytes, int]:
    """(sealed, key version)."""
    vault = runtime.current().vault
    version = vault.current_version(session, owner_id)
    ids = {"owner_id": owner_id, "secret_id": merchant_id, "place_id": merchant_id}
    return vault.seal(session, json.dumps(dict(secret)).encode(), **ids, version=version), version


def opened(session: Session, merchant: Merchant) -> dict[str, str]:
    plain = runtime.current().vault.open(
        session,
        merchant.sealed,
        owner_id=merchant.owner_id,
        secret_id=merchant.id,
        place_id=merchant.id,
        version=merchant.key_version,
    )
    return json.loads(plain)
