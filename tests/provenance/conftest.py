"""A market whose history is in the log."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from apiflask import APIFlask
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.engine import make_url

from cardmesh.app import create_app, create_web
from cardmesh.embedded.postgres import SUPERUSER
from cardmesh.kit import tenancy
from cardmesh.kit.db import db, transaction
from cardmesh.provenance import sequencer
from cardmesh.provenance.leaves import Leaf
from cardmesh.provenance.models import LogHead, LogLeaf
from cardmesh.settings import Settings
from cardmesh.stores.models import StoreHost
from tests.fixtures.database import Databases
from tests.fixtures.market import Market


@dataclass(frozen=True)
class Superuser:
    """Who can do what nobody may: every trigger asleep, no policy in force."""

    url: str

    def do(self, *statements: str) -> None:
        db.session.remove()
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("set session_replication_role = replica")
            for statement in statements:
                connection.execute(statement.encode())


@pytest.fixture
def app(paying: Settings) -> Iterator[Flask]:
    """An installation that collects through a simulated Stripe."""
    made = create_app(paying)
    with made.app_context():
        yield made
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def whole(paying: Settings) -> Iterator[APIFlask]:
    """The same with every web face."""
    made = create_web(paying)
    with made.app_context():
        yield made
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def hosted(market: Market) -> Market:
    """The market's store answers at `one.localhost`."""
    with transaction(tenancy.platform()) as session:
        session.add(StoreHost(tenant_id=market.tenant_id, host="one.localhost", store_id=market.store.store_id))
    return market


@pytest.fixture
def superuser(databases: Databases, settings: Settings) -> Superuser:
    name = make_url(settings.database_url).database or ""
    return Superuser(databases.server.url(name, user=SUPERUSER))


def logged() -> list[Leaf]:
    """Everything that is final goes into the log; all of the log."""
    sequencer.catch_up()
    return leaves()


def leaves() -> list[Leaf]:
    with transaction(tenancy.public()) as session:
        rows = session.scalars(select(LogLeaf).order_by(LogLeaf.index)).all()
        assert [row.index for row in rows] == list(range(len(rows)))
        return [Leaf(row.event, row.token, row.keys) for row in rows]


def heads() -> list[LogHead]:
    with transaction(tenancy.public()) as session:
        return list(session.scalars(select(LogHead).order_by(LogHead.size)))


def events(of: list[Leaf] | None = None) -> list[str]:
    return [leaf.event for leaf in (leaves() if of is None else of)]


def one(sql: str) -> Any:
    with transaction(tenancy.platform()) as session:
        return session.execute(text(sql)).scalar_one()
