"""Idempotency keys: the first result is replayed, other parameters are refused, a second request under way is 409.

The result is stored in the transaction of its effects: there is no moment at which one exists without the other.
"""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from .errors import SimError
from .store import Doc, Store

LONGEST_KEY = 255
KEPT_SECONDS = 24 * 60 * 60


@dataclass(frozen=True)
class Kept:
    """A finished request's answer."""

    status: int
    body: str
    request_id: str


def fingerprint(params: Doc) -> str:
    return hashlib.sha256(json.dumps(params, sort_keys=True, default=str).encode()).hexdigest()


class InFlight:
    """Which (account, key) pairs are being worked on right now, in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pairs: set[tuple[str, str]] = set()

    @contextmanager
    def only_one(self, account: str, key: str) -> Iterator[None]:
        """SimError 409 `idempotency_key_in_use` while another request with the key runs."""
        pair = (account, key)
        with self._lock:
            if pair in self._pairs:
                raise SimError(
                    f"There is currently another in-progress request using this Stripe Idempotent Key {key}. Please "
                    "try again later.", status=409, type="idempotency_error", code="idempotency_key_in_use",
                    saved=False,
                )  # fmt: skip
            self._pairs.add(pair)
        try:
            yield
        finally:
            with self._lock:
                self._pairs.discard(pair)


def check_key(key: str) -> None:
    if len(key) > LONGEST_KEY:
        raise SimError(f"Idempotency keys can be at most {LONGEST_KEY} characters long.", saved=False)


def recall(store: Store, account: str, key: str, path: str, params: Doc) -> Kept | None:
    """The kept answer; SimError when the key was first used for something else."""
    oldest = store.clock.now() - KEPT_SECONDS
    store.run("DELETE FROM idempotency WHERE account = ? AND key = ? AND created < ?", account, key, oldest)
    rows = store.rows("SELECT * FROM idempotency WHERE account = ? AND key = ?", account, key)
    if not rows:
        return None
    if rows[0]["path"] != path:
        raise _conflict(
            f"Keys for idempotent requests can only be used for the same endpoint they were first used for "
            f"('{path}' vs '{rows[0]['path']}'). Try using a key other than '{key}' if you meant to execute a "
            "different request."
        )
    if rows[0]["fingerprint"] != fingerprint(params):
        raise _conflict(
            "Keys for idempotent requests can only be used with the same parameters they were first used with. Try "
            f"using a key other than '{key}' if you meant to execute a different request."
        )
    return Kept(rows[0]["status"], rows[0]["body"], rows[0]["request_id"])


def keep(store: Store, account: str, key: str, path: str, params: Doc, answer: Kept) -> None:
    store.run(
        "INSERT INTO idempotency VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        account, key, path, fingerprint(params), store.clock.now(), answer.request_id, answer.status, answer.body,
    )  # fmt: skip


def _conflict(message: str) -> SimError:
    return SimError(message, status=400, type="idempotency_error", saved=False)
