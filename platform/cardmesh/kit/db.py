"""The database: one declarative base, one session class that knows its scope, one way to open a transaction."""

import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any, ClassVar, cast

import psycopg
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from psycopg.rows import namedtuple_row
from sqlalchemy import (
    BigInteger,
    Connection,
    DateTime,
    Engine,
    Identity,
    MetaData,
    String,
    Text,
    Uuid,
    event,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    ORMExecuteState,
    Session,
    SessionTransaction,
    mapped_column,
    with_loader_criteria,
)
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import UserDefinedType

from . import clock
from .ids import new_id
from .tenancy import Realm, Scope

# Column types by meaning, so that a model reads as a list of facts.
PrimaryId = Annotated[uuid.UUID, mapped_column(Uuid, primary_key=True, default=new_id)]
BigId = Annotated[int, mapped_column(BigInteger, Identity(always=True), primary_key=True)]
Minor = Annotated[int, mapped_column(BigInteger)]
Currency = Annotated[str, mapped_column(String(3))]
Moment = Annotated[datetime, mapped_column(DateTime(timezone=True))]
CreatedAt = Annotated[datetime, mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())]
Json = Annotated[dict[str, Any], mapped_column(JSONB)]


class Xid8(UserDefinedType[int]):
    """PostgreSQL's 64-bit transaction id: orders rows by transaction, which a sequence does not."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        return "xid8"


class Base(DeclarativeBase):
    """Every table. A `str` column is `text`; constraint names are derived so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "%(table_name)s_%(column_0_N_name)s_idx",
            "uq": "%(table_name)s_%(column_0_N_name)s_key",
            "ck": "%(table_name)s_%(constraint_name)s_check",
            "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
            "pk": "%(table_name)s_pkey",
        }
    )
    type_annotation_map: ClassVar = {str: Text}


class TenantOwned:
    """A row of one tenant. The tenant id is part of every key, so that no row can point at a neighbour's."""

    tenant_id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, sort_order=-2)


class SupplierOwned:
    """A row of one supplier, keyed like a tenant's."""

    supplier_id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, sort_order=-2)


class UnscopedQuery(RuntimeError):
    """A statement was about to run without saying for whom: a bug in our code, never a user's error."""


class ScopedSession(FlaskSession):
    """A session that works for one scope at a time; see `transaction`."""

    scope: Scope | None = None


db = SQLAlchemy(
    metadata=Base.metadata,
    session_options={"class_": ScopedSession, "expire_on_commit": False},
)

IDLE_SECONDS = 1.0
"""A pooled connection that rested longer is asked whether it still lives; asking every time costs a round trip."""


def ping_the_idle(engine: Engine) -> None:
    """Never hand out a connection that died while it rested, and drop all others that are as old."""

    @event.listens_for(engine, "checkin")
    def _rest(_connection: object, record: ConnectionPoolEntry) -> None:
        record.info["resting_since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _ping(connection: DBAPIConnection, record: ConnectionPoolEntry, _proxy: object) -> None:
        rested = time.monotonic() - record.info.get("resting_since", time.monotonic())
        if rested > IDLE_SECONDS and not _lives(engine, connection):
            raise InvalidatePoolError


def _lives(engine: Engine, connection: DBAPIConnection) -> bool:
    try:
        return engine.dialect.do_ping(connection)
    except psycopg.Error:
        return False


_SET_SCOPE = text(
    "select set_config('app.realm', :realm, true), set_config('app.tenant', :tenant, true),"
    " set_config('app.supplier', :supplier, true)"
)


_READ_ONLY = text("set transaction read only")


def follow_its_clock() -> None:
    """Every new connection sets `kit.clock` by the database's. Needs an app context; for processes that serve."""
    event.listen(db.engine, "connect", _read_its_clock)


def _read_its_clock(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute("select clock_timestamp()")
    row = cursor.fetchone()
    cursor.close()
    connection.rollback()
    if row:
        clock.follow(row[0])


@event.listens_for(ScopedSession, "after_begin")
def _tell_the_database(session: Session, _transaction: SessionTransaction, connection: Connection) -> None:
    scope = require_scope(session)
    connection.execute(
        _SET_SCOPE,
        {
            "realm": scope.realm,
            "tenant": str(scope.tenant_id or ""),
            "supplier": str(scope.supplier_id or ""),
        },
    )
    if scope.read_only:
        connection.execute(_READ_ONLY)


@event.listens_for(ScopedSession, "do_orm_execute")
def _narrow_to_scope(state: ORMExecuteState) -> None:
    """The first belt: every statement is narrowed, also those whose entity is only named in `select_from`."""
    scope = require_scope(state.session)
    if not (state.is_select or state.is_update or state.is_delete) or not hasattr(state.statement, "options"):
        return
    if scope.realm in (Realm.TENANT, Realm.TRADE):
        tenant_id = scope.tenant_id
        state.statement = state.statement.options(
            with_loader_criteria(TenantOwned, lambda cls: cls.tenant_id == tenant_id, include_aliases=True)
        )
    elif scope.realm is Realm.SUPPLIER:
        supplier_id = scope.supplier_id
        state.statement = state.statement.options(
            with_loader_criteria(
                SupplierOwned, lambda cls: cls.supplier_id == supplier_id, include_aliases=True
            )
        )


def require_scope(session: Session) -> Scope:
    """The scope a session works for. Raises UnscopedQuery when none was set."""
    scope = getattr(session, "scope", None)
    if scope is None:
        raise UnscopedQuery("open a transaction with kit.db.transaction(scope)")
    return scope


@contextmanager
def transaction(scope: Scope) -> Iterator[Session]:
    """One transaction in one scope: committed at the end, rolled back on any error. Needs an app context.

    Transactions do not nest: a verb that needs one takes the session as an argument. Never call out to the network
    inside: no gateway, no SMTP, no Redis.
    """
    session = cast(ScopedSession, db.session())
    if session.in_transaction():
        raise RuntimeError("a transaction is already open here; pass its session along instead")
    session.scope = scope
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.scope = None
        db.session.remove()


def call(statement: str, arguments: Sequence[object]) -> list[Any]:
    """Run one SQL function as a transaction of its own, in one round trip, and return its rows as named tuples.

    Only for functions in `migrations/functions`, which set the scope themselves: for the order path, where BEGIN, the
    scope and COMMIT each cost as much as a statement. Raises psycopg.Error; after an OperationalError it is not known
    whether the transaction was committed.
    """
    pooled = db.engine.raw_connection()
    driver = cast("psycopg.Connection[Any]", pooled.driver_connection)
    try:
        driver.autocommit = True
        with driver.cursor(binary=True, row_factory=namedtuple_row) as cursor:
            rows = cursor.execute(cast(Any, statement), arguments).fetchall()
        driver.autocommit = False
    except psycopg.Error:
        if driver.closed:
            pooled.invalidate()
        else:
            driver.autocommit = False
        raise
    finally:
        pooled.close()
    return rows
