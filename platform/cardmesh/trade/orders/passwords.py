"""Query passwords: what a guest chooses to find an order again. Hashed like any password."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from ...kit.errors import invalid

SHORTEST, LONGEST = 4, 128
_hasher = PasswordHasher()
_NOBODY = _hasher.hash("no order has this password")
"""Verified when there is no such order, so that the answer takes as long."""


def hashed(password: str | None) -> str | None:
    """None stays None. Raises ValidationFailed."""
    if not password:
        return None
    if not SHORTEST <= len(password) <= LONGEST:
        raise invalid(
            "/query_password",
            "query_password_length",
            "查询密码须为 {shortest}–{longest} 个字符",
            "A query password has {shortest} to {longest} characters",
            shortest=SHORTEST,
            longest=LONGEST,
        )
    return _hasher.hash(password)


def matches(stored: str | None, password: str) -> bool:
    """Takes as long for a missing hash as for a wrong password."""
    try:
        _hasher.verify(stored or _NOBODY, password[:LONGEST])
    except (VerifyMismatchError, InvalidHashError):
        return False
    return stored is not None
