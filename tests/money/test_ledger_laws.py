"""The laws are the database's own: what our code would never do is refused to the app's role and to the owner alike."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg import sql

from cardmesh.app import create_app
from cardmesh.kit import tenancy
from cardmesh.kit.db import db, transaction
from cardmesh.kit.ids import new_id
from cardmesh.money.ledger.rules import account_id
from cardmesh.money.ledger.service import fold, post
from cardmesh.money.models import AccountKind
from cardmesh.settings import Settings
from tests.fixtures.database import Databases
from tests.money.books import gift

ROLES = ("app", "owner")
CHECKED = psycopg.errors.CheckViolation
DENIED = (psycopg.errors.InsufficientPrivilege, psycopg.errors.RestrictViolation)


@dataclass(frozen=True)
class Books:
    """A ledger with one folded entry of 300 CNY, and raw connections past all of our code."""

    settings: Settings
    owner: UUID
    entry: UUID

    @contextmanager
    def connect(self, role: str) -> Iterator[psycopg.Connection]:
        url = self.settings.app_database_url if role == "app" else self.settings.database_url
        with psycopg.connect(str(url)) as connection:
            connection.execute("select set_config('app.realm', 'platform', false)")
            yield connection

    def new_entry(self, connection: psycopg.Connection) -> UUID:
        entry = new_id()
        connection.execute(
            "insert into journal_entries (id, idempotency_key, content_hash, kind) values (%s, %s, '', 'test')",
            [entry, str(entry)],
        )
        return entry

    def add_legs(
        self, connection: psycopg.Connection, entry: UUID, *amounts: int, first: int = 1, **other: object
    ) -> None:
        """Legs on the wallet's account, in one INSERT; `other` replaces columns of all of them."""
        available = account_id(self.owner, AccountKind.AVAILABLE, "CNY")
        usual = {"account_id": available, "owner_id": self.owner, "currency": "CNY"} | other
        columns = sql.SQL(", ").join(map(sql.Identifier, ["entry_id", "leg", "amount_minor", *usual]))
        row = sql.SQL("({})").format(sql.SQL(", ").join([sql.Placeholder()] * (3 + len(usual))))
        rows = sql.SQL(", ").join([row] * len(amounts))
        values = [v for leg, minor in enumerate(amounts, first) for v in (entry, leg, minor, *usual.values())]
        connection.execute(sql.SQL("insert into postings ({}) values {}").format(columns, rows), values)


@pytest.fixture(scope="module")
def books(databases: Databases) -> Iterator[Books]:
    """One for all: what is refused leaves no trace."""
    name, owner = databases.create(), new_id()
    settings = databases.settings(name)
    with create_app(settings).app_context():
        with transaction(tenancy.platform()) as session:
            entry = post(session, key="first", kind="credit", legs=gift(owner, 300))
        with transaction(tenancy.platform()) as session:
            assert fold(session) == 2
        db.engine.dispose()
    yield Books(settings, owner, entry)
    databases.drop(name)


@pytest.mark.parametrize("role", ROLES)
def test_a_balanced_entry_passes(books: Books, role: str) -> None:
    """The other tests would prove nothing if this one failed."""
    with books.connect(role) as connection:
        books.add_legs(connection, books.new_entry(connection), 5, -5)


@pytest.mark.parametrize("role", ROLES)
def test_an_entry_that_does_not_balance(books: Books, role: str) -> None:
    with books.connect(role) as connection, pytest.raises(CHECKED, match="does not balance"):
        books.add_legs(connection, books.new_entry(connection), 5, -4)


@pytest.mark.parametrize("role", ROLES)
def test_an_entry_that_balances_only_across_currencies(books: Books, role: str) -> None:
    dollars = account_id(books.owner, AccountKind.AVAILABLE, "USD")
    with books.connect(role) as connection, pytest.raises(CHECKED, match="does not balance"):
        connection.execute(
            "insert into ledger_accounts (id, owner_id, kind, currency) values (%s, %s, 'available', 'USD')",
            [dollars, books.owner],
        )
        entry = books.new_entry(connection)
        connection.execute(
            "insert into postings (entry_id, leg, account_id, owner_id, currency, amount_minor)"
            " values (%s, 1, %s, %s, 'CNY', 5), (%s, 2, %s, %s, 'USD', -5)",
            [entry, account_id(books.owner, AccountKind.AVAILABLE, "CNY"), books.owner, entry, dollars, books.owner],
        )


@pytest.mark.parametrize("role", ROLES)
def test_legs_added_to_a_posted_entry(books: Books, role: str) -> None:
    with books.connect(role) as connection, pytest.raises(CHECKED, match="sealed"):
        books.add_legs(connection, books.entry, 5, -5, first=3)
    with books.connect(role) as connection, pytest.raises(psycopg.errors.UniqueViolation):
        books.add_legs(connection, books.entry, 5, -5)


@pytest.mark.parametrize("role", ROLES)
def test_a_leg_of_zero(books: Books, role: str) -> None:
    with books.connect(role) as connection, pytest.raises(CHECKED):
        books.add_legs(connection, books.new_entry(connection), 0)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("wrong", ["account_id", "owner_id", "currency"])
def test_a_posting_to_an_account_that_is_not_what_it_says(books: Books, role: str, wrong: str) -> None:
    value: dict[str, Any] = {wrong: "USD" if wrong == "currency" else new_id()}
    with books.connect(role) as connection, pytest.raises(psycopg.errors.ForeignKeyViolation):
        books.add_legs(connection, books.new_entry(connection), 5, -5, **value)


@pytest.mark.parametrize("role", ROLES)
def test_a_posting_behind_the_fold(books: Books, role: str) -> None:
    """It would be in no balance: neither in a snapshot nor in the tail."""
    with books.connect(role) as connection, pytest.raises(CHECKED, match="behind the fold"):
        books.add_legs(connection, books.new_entry(connection), 5, -5, xid="3")


@pytest.mark.parametrize("role", ROLES)
def test_a_second_reversal(books: Books, role: str) -> None:
    reversal = (
        "insert into journal_entries (id, idempotency_key, content_hash, kind, reverses_id)"
        " values (%s, %s, '', 'reversal', %s)"
    )
    with books.connect(role) as connection, pytest.raises(psycopg.errors.UniqueViolation):
        for key in ("one", "two"):
            connection.execute(reversal, [new_id(), key, books.entry])


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("table", ["journal_entries", "postings", "ledger_accounts"])
@pytest.mark.parametrize("change", ["update {} set created_at = now()", "delete from {}", "truncate {} cascade"])
def test_changing_what_was_posted(books: Books, role: str, table: str, change: str) -> None:
    with books.connect(role) as connection, pytest.raises(DENIED):
        connection.execute(change.format(table).encode())


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(
    "change",
    ["update commission_rules set rate = 0.5", "delete from commission_rules", "truncate commission_rules"],
)
def test_editing_a_commission_rule(books: Books, role: str, change: str) -> None:
    with books.connect(role) as connection, pytest.raises(DENIED):
        connection.execute(change.encode())


@pytest.mark.parametrize("realm", ["tenant", "supplier", "trade", "public"])
def test_snapshots_and_the_fold_belong_to_the_platform(books: Books, realm: str) -> None:
    with books.connect("app") as connection:
        connection.execute("select set_config('app.realm', %s, false)", [realm])
        connection.execute("select set_config('app.tenant', %s, false)", [str(books.owner)])
        assert connection.execute("update balance_snapshots set balance_minor = 0").rowcount == 0
        assert connection.execute("update ledger_fold set upto = '3'").rowcount == 0


def test_the_app_cannot_restart_the_fold(books: Books) -> None:
    for change in ("delete from ledger_fold", "insert into ledger_fold (upto) values ('3')"):
        with books.connect("app") as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(change.encode())


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("supplier_share", "0.5"),
        ("product_id", "00000000-0000-0000-0000-000000000007"),
        ("rate", "1.1"),
        ("fee_rate", "-0.1"),
        ("basis", "share"),
    ],
)
def test_a_rule_that_makes_no_sense(books: Books, column: str, value: str) -> None:
    """A copy of a valid rule passes; with one field spoilt it does not."""
    with books.connect("app") as connection:
        connection.execute("create temporary table draft as select * from commission_rules limit 1")
        connection.execute("update draft set id = gen_random_uuid(), sku_id = gen_random_uuid()")
        connection.execute("insert into commission_rules select * from draft")
        spoil = sql.SQL("update draft set id = gen_random_uuid(), {} = {}")
        connection.execute(spoil.format(sql.Identifier(column), sql.Literal(value)))
        with pytest.raises(CHECKED):
            connection.execute("insert into commission_rules select * from draft")
        connection.rollback()


def test_a_neighbour_sees_and_posts_nothing(books: Books) -> None:
    other = new_id()
    with books.connect("app") as connection:
        connection.execute("select set_config('app.realm', 'tenant', false)")
        connection.execute("select set_config('app.tenant', %s, false)", [str(other)])
        for table in ("ledger_accounts", "postings", "journal_entries", "balance_snapshots"):
            counted = connection.execute(sql.SQL("select count(*) from {}").format(sql.Identifier(table)))
            assert counted.fetchone() == (0,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            books.add_legs(connection, books.new_entry(connection), 5, -5)


@pytest.mark.parametrize("role", ROLES)
def test_a_posting_without_its_entry(books: Books, role: str) -> None:
    missing = pytest.raises(psycopg.errors.ForeignKeyViolation, match="without its entry")
    with books.connect(role) as connection, missing:
        books.add_legs(connection, new_id(), 5, -5)
