"""What this process remembers of the settings for up to a second, so that the order path costs no look-up."""

import time
from collections.abc import Callable
from typing import TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from ...kit import tenancy
from ...kit.db import db, transaction

SECONDS = 1.0
T = TypeVar("T")
_kept: WeakKeyDictionary[Engine, tuple[float, object]] = WeakKeyDictionary()


def recall(read: Callable[[Session], T]) -> T:
    """What `read` said within the last second, else what it says now: in the transaction that is open, or its own."""
    found = _kept.get(db.engine)
    if found is not None and time.monotonic() - found[0] < SECONDS:
        return found[1]  # pyright: ignore[reportReturnType] - one reader alone uses this
    session = db.session()
    if getattr(session, "scope", None) is not None:  # a transaction that has asked nothing yet has not begun
        fresh = read(session)
    else:
        with transaction(tenancy.public()) as own:
            fresh = read(own)
    _kept[db.engine] = (time.monotonic(), fresh)
    return fresh


def forget(session: Session) -> None:
    """Ask again once this transaction is committed."""
    event.listen(session, "after_commit", lambda _session: _kept.clear(), once=True)
