"""Timestamped HMAC signatures of webhooks, as Stripe writes them: `t=<unix>,v1=<hex of HMAC-SHA256 "t.body">`; and how
old any signature may be.
"""

import hmac
from datetime import timedelta

from ....kit import clock
from ..errors import SignatureRefused

OLDEST = timedelta(minutes=5)
FUTURE = timedelta(minutes=1)
"""What a clock may be wrong by; a later timestamp was made up to be replayed later."""


def verify(header: str | None, body: bytes, secret: str | None) -> None:
    """Return when one `v1` signature is right and fresh. Raises SignatureRefused for everything else."""
    if not header or not secret or not secret.strip():
        raise SignatureRefused
    fields = [part.strip().split("=", 1) for part in header.split(",")]
    stamps = [field[1] for field in fields if field[0] == "t" and len(field) == 2]
    given = [field[1] for field in fields if field[0] == "v1" and len(field) == 2]
    if len(stamps) != 1 or not stamps[0].isascii() or not stamps[0].isdigit() or len(stamps[0]) > 12:
        raise SignatureRefused
    expected = hmac.digest(secret.encode(), stamps[0].encode() + b"." + body, "sha256").hex()
    if not any(hmac.compare_digest(expected.encode(), one.encode()) for one in given):
        raise SignatureRefused
    require_fresh(int(stamps[0]))


def require_fresh(stamp: int) -> None:
    """`stamp` is unix seconds. Raises SignatureRefused."""
    age = clock.now().timestamp() - stamp
    if age > OLDEST.total_seconds() or age < -FUTURE.total_seconds():
        raise SignatureRefused
