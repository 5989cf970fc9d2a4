"""What a paper's file may be, told by its first bytes, and when it is asked for again. Pure."""

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta

from ..errors import DocumentInvalid
from .models import DocumentKind

MAX_BYTES = 8 * 1024 * 1024
RECHECK = timedelta(days=182)
"""Merchants' identity is checked anew every six months."""
WARNING = timedelta(days=14)
"""So long before a paper is asked for again its party hears of it."""
IDENTITY = (
    frozenset({DocumentKind.BUSINESS_LICENCE}),
    frozenset({DocumentKind.IDENTITY_FRONT, DocumentKind.IDENTITY_BACK}),
)
"""A company shows its licence, a person both sides of the identity card."""
_MAGIC = ((b"%PDF-", "application/pdf"), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"))


def content_type(body: bytes) -> str:
    """What the file is, whatever its name says. Raises DocumentInvalid."""
    if not 0 < len(body) <= MAX_BYTES:
        raise DocumentInvalid(limit=MAX_BYTES // 1024 // 1024)
    for magic, found in _MAGIC:
        if body.startswith(magic):
            return found
    raise DocumentInvalid(limit=MAX_BYTES // 1024 // 1024)


def recheck_at(reviewed_at: datetime, ends_on: date | None) -> datetime:
    """Half a year after the review, sooner where the paper ends before."""
    again = reviewed_at + RECHECK
    if ends_on is None or ends_on >= again.date():  # people write 9999-12-31 for ever
        return again
    return datetime.combine(ends_on + timedelta(days=1), time(), UTC)


def proves_identity(kinds: Collection[str]) -> bool:
    """Whether papers of these kinds together say who somebody is; a permit alone does not."""
    return any(needed <= set(kinds) for needed in IDENTITY)
