"""One at a time, across processes and machines, for work that must not hold a transaction open."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text

from .db import db

_TRY = text("select pg_try_advisory_lock(hashtextextended(:key, 0))")
_RELEASE = text("select pg_advisory_unlock(hashtextextended(:key, 0))")


@contextmanager
def only_one(key: str) -> Iterator[bool]:
    """Whether we are the one who holds `key` inside the block; nobody waits.

    The lock lives on a connection of its own, outside any transaction: it is free by itself should this process die.
    """
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        held = bool(connection.scalar(_TRY, {"key": key}))
        try:
            yield held
        finally:
            if held:
                connection.execute(_RELEASE, {"key": key})
