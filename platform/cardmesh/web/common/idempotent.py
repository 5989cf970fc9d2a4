"""`Idempotency-Key` for calls whose whole effect is one transaction: the answer is stored with its effect."""

import hashlib
import uuid
from collections.abc import Callable
from typing import Any

from flask import Response, jsonify, request
from sqlalchemy.orm import Session

from ...identity.errors import IdempotencyKeyMissing
from ...identity.idempotency import service as idempotency
from ...kit.db import transaction
from ...kit.failpoints import reach
from ...kit.tenancy import Scope
from .schema import Shape

_REPLAYED = "Idempotent-Replayed"


def required_key() -> str:
    """The request's Idempotency-Key, 1–255 printable characters. Raises IdempotencyKeyMissing."""
    key = request.headers.get("Idempotency-Key", "")
    if not (1 <= len(key) <= 255 and key.isascii() and key.isprintable()):
        raise IdempotencyKeyMissing
    return key


def request_hash(content: bytes | None = None) -> bytes:
    """A digest of what makes two requests the same: method, path and body (or its digest, when it was a stream)."""
    head = f"{request.method} {request.full_path}\n".encode()
    return hashlib.sha256(head + (request.get_data(cache=True) if content is None else content)).digest()


def once(
    scope: Scope,
    party_id: uuid.UUID,
    effect: Callable[[Session], Shape],
    *,
    status: int = 201,
    key_required: bool = True,
    content: bytes | None = None,
    first: Callable[[Session], object] = lambda _: None,
) -> Response:
    """Run `effect` in one transaction unless this key has done so already; then replay the first answer.

    A refusal rolls everything back, the claim on the key too: the same request may be sent again. Calls that move
    neither money nor goods work without a key, and honour one. `content`: see `request_hash`. `first` takes the locks
    that others take before they claim a key: in another order the two would wait for each other.
    """
    with transaction(scope) as session:
        if not key_required and "Idempotency-Key" not in request.headers:
            return reply(status, effect(session).model_dump(mode="json"))
        same = request_hash(content)
        first(session)
        begun = idempotency.begin(session, party_id=party_id, key=required_key(), request_hash=same)
        if begun.done:
            return replay(begun.row.status or status, begun.row.body or {})
        body = effect(session).model_dump(mode="json")
        idempotency.finish(session, begun.row, status=status, body=body)
    reach("call.committed")
    return reply(status, body)


def is_replay(response: Response) -> bool:
    return _REPLAYED in response.headers


def reply(status: int, body: dict[str, Any]) -> Response:
    response = jsonify(body)
    response.status_code = status
    return response


def replay(status: int, body: dict[str, Any]) -> Response:
    response = reply(status, body)
    response.headers[_REPLAYED] = "true"
    return response
