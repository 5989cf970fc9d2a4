"""One dispatcher at a time: a session-level advisory lock in PostgreSQL, gone by itself with its process."""

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from cardmesh.kit.db import db

_TRY = text("select pg_try_advisory_lock(hashtext('cardmesh dispatcher'))")


class Leader:
    """`leads()` takes the lock when it is free and checks that the connection holding it still lives."""

    def __init__(self) -> None:
        self._connection: Connection | None = None

    def leads(self) -> bool:
        try:
            if self._connection is not None:
                self._connection.execute(text("select 1"))
                return True
            return self._try()
        except SQLAlchemyError:
            self.resign()
            return False

    def resign(self) -> None:
        """Give the lock back by closing its connection for good: a pooled one would keep it."""
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None

    def _try(self) -> bool:
        connection = db.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        if connection.scalar(_TRY):
            self._connection = connection
            return True
        connection.close()
        return False
