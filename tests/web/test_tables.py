"""Lists: every one of them sorts by an index, turns its pages both ways, and is whole in both files."""

import csv
import re
import tracemalloc
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from html import unescape
from io import BytesIO, StringIO
from typing import Any

import pytest
from flask import Flask
from python_calamine import CalamineWorkbook
from sqlalchemy import Connection, event, select

from cardmesh.goods.models import ImportIssue
from cardmesh.identity.models import Supplier, Tenant
from cardmesh.kit import tenancy
from cardmesh.kit.db import db, transaction
from cardmesh.kit.errors import ValidationFailed
from cardmesh.kit.i18n import Text
from cardmesh.kit.keyset import Order, Slice, read
from cardmesh.kit.money import Money
from cardmesh.trade.models import Order as Sale
from cardmesh.web.common.tables import Asked, Table, columns, empty, files
from tests.fixtures import walk
from tests.fixtures.operator import Desk
from tests.fixtures.shop import Console

CJK = re.compile(r"[\u4e00-\u9fff]")
LATIN = ("API", "CSV", "IP", "URL", "SKU", "Webhook")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
DECIMAL = re.compile(r"-?\d+\.\d\d")


@pytest.fixture
def named(app: Flask) -> list[tuple[str, uuid.UUID]]:
    """Tenants by name and id, many of one name."""
    with transaction(tenancy.platform()) as session:
        rows = [Tenant(handle=f"t{n}", name=f"name {n % 4}") for n in range(23)]
        session.add_all(rows)
        session.flush()
        return sorted((row.name, row.id) for row in rows)


@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize("by", [Tenant.name, Tenant.id])
def test_pages_are_turned_both_ways_and_hold_every_row_once(
    named: list[tuple[str, uuid.UUID]], by: Any, descending: bool
) -> None:
    order = Order(by, Tenant.id, descending)
    wanted = sorted(named if by is Tenant.name else [("", one) for _, one in named], reverse=descending)
    down, up = list[list[uuid.UUID]](), list[list[uuid.UUID]]()
    with transaction(tenancy.platform()) as session:
        after: str | None = None
        while True:
            page = read(session, select(Tenant), order, after=after, before=None, limit=5)
            assert (page.above is None) == (not down), "the first page has nothing above it"
            down.append([row.id for row in page.rows])
            if (after := page.below) is None:
                break
        before = page.above
        while before is not None:
            page = read(session, select(Tenant), order, after=None, before=before, limit=5)
            assert page.below is not None
            up.append([row.id for row in page.rows])
            before = page.above
    assert [one for part in down for one in part] == [one for _, one in wanted]
    assert up[::-1] == down[:-1]


def test_a_row_that_comes_meanwhile_neither_repeats_nor_skips_another(named: list[tuple[str, uuid.UUID]]) -> None:
    order = Order(Tenant.name, Tenant.id, descending=False)
    with transaction(tenancy.platform()) as session:
        first = read(session, select(Tenant), order, after=None, before=None, limit=8)
        session.add_all([Tenant(handle="early", name="name 0"), Tenant(handle="first", name="a")])
        session.flush()
        rest = read(session, select(Tenant), order, after=first.below, before=None, limit=100)
    assert [row.id for row in [*first.rows, *rest.rows] if row.handle not in ("early", "first")] == [
        one for _, one in named
    ]


@pytest.mark.parametrize("cursor", ["", "nonsense", "W10", "WyJ4Il0", "WyJhIiwieCJd", "bnVsbA", "WzFd"])
def test_what_is_no_cursor_is_refused(app: Flask, cursor: str) -> None:
    for direction in ({"after": cursor, "before": None}, {"after": None, "before": cursor}):
        with pytest.raises(ValidationFailed), transaction(tenancy.platform()) as session:
            read(session, select(Supplier), Order(Supplier.created_at, Supplier.id), limit=5, **direction)


@pytest.mark.parametrize(
    ("cursor", "order"),
    [
        ("WyJcdWQ4MDAiLCAiMDE5YWFhYWEtMDAwMC03MDAwLTgwMDAtMDAwMDAwMDAwMDAwIl0", Order(Tenant.name, Tenant.id)),
        ("WyIyMTQ3NDgzNjQ4IiwgIngiXQ", Order(ImportIssue.line, ImportIssue.code)),
    ],
    ids=["half a character", "2^31"],
)
def test_what_no_column_holds_is_no_cursor(app: Flask, cursor: str, order: Order) -> None:
    with pytest.raises(ValidationFailed), transaction(tenancy.platform()) as session:
        read(session, select(order.key), order, after=cursor, before=None, limit=5)


def people(desk: Desk) -> dict[str, tuple[Any, dict[str, str]]]:
    return {
        "admin": (desk.sign_in, desk.ids),
        "supplier": (desk.stall.sign_in, desk.stall.ids),
        "distributor": (desk.stall.shop.sign_in, desk.stall.shop.ids),
    }


def pages(desk: Desk, face: str, browser: Console) -> Iterator[tuple[str, str]]:
    """Every page of a console with its text."""
    app, ids = desk.stall.shop.consoles.app, people(desk)[face][1]
    for rule in walk.screens(app, face):
        path = walk.address(rule, ids)
        yield path, browser.get(path)


def links(page: str, part: str) -> list[str]:
    return [unescape(one) for one in re.findall(r'href="([^"]*)"', page) if part in unescape(one)]


@contextmanager
def plans() -> Iterator[list[str]]:
    """How the database reads each page of a list, with tables too large to be read whole or sorted."""
    found = list[str]()

    def explain(connection: Connection, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        if "keyset_key" in statement and not statement.startswith("explain"):
            connection.exec_driver_sql("set local enable_seqscan = off")
            connection.exec_driver_sql("set local enable_sort = off")
            rows = connection.exec_driver_sql("explain " + statement, parameters)
            found.append("\n".join(str(row[0]) for row in rows))

    event.listen(db.engine, "before_cursor_execute", explain)
    try:
        yield found
    finally:
        event.remove(db.engine, "before_cursor_execute", explain)


@pytest.mark.timeout(300)
def test_every_order_of_every_list_is_that_of_an_index(desk: Desk) -> None:
    sorted_, asked = list[str](), set[str]()
    for face, (sign_in, _) in people(desk).items():
        browser = sign_in()
        for path, page in pages(desk, face, browser):
            for link in {path, *links(page, "sort=")}:
                with plans() as found:
                    browser.get(link)
                asked |= {link} if found else set()
                sorted_ += [f"{link}\n{plan}" for plan in found if re.search(r"\bSort\b", plan)]
    assert len(asked) > 30
    assert sorted_ == [], "\n".join(sorted_)


@pytest.mark.timeout(300)
def test_every_list_is_a_file_in_the_readers_language(desk: Desk) -> None:
    seen = 0
    for face, (sign_in, _) in people(desk).items():
        readers = {locale: sign_in(locale=locale) for locale in ("zh-CN", "en")}
        for path, page in pages(desk, face, readers["en"]):
            for link in links(page, "format=csv"):
                sheets = {locale: _read(reader, link) for locale, reader in readers.items()}
                _check(link, sheets)
                book = readers["en"].open("GET", link.replace("format=csv", "format=xlsx"))
                rows = CalamineWorkbook.from_filelike(BytesIO(book.data)).get_sheet_by_index(0).to_python()
                assert [len(rows), len(rows[0])] == [len(sheets["en"]), len(sheets["en"][0])], link
                seen += 1
            bare = path in _lists(desk, face) and 'class="empty"' not in page
            assert links(page, "format=csv") or not bare, f"{path} has no file"
    assert seen > 20


def test_an_address_narrows_sorts_and_saves_the_same_rows(desk: Desk) -> None:
    """What the address asks holds for the page, its files and every link on it; what it misspells it does not ask."""
    browser = desk.stall.shop.sign_in()

    def numbers(query: str) -> list[str]:
        return [row[0] for row in _read(browser, f"/distributor/orders?{query}&format=csv")[1:]]

    both = numbers("")
    paid, own = both  # the newer one first: of the store, and of the wallet
    assert len({paid, own}) == 2 and numbers("sort=-created") == both == numbers("sort=created")[::-1]
    for query, wanted in {
        f"q={own.lower()}": [own],
        "q=OWN-1": [own],
        "channel=store&status=completed": [paid],
        "channel=store&q=OWN-1": [],
        "status=failed": [],
        "within=24h": both,
        "channel=telepathy&status=x&sort=colour&within=1y": both,
    }.items():
        assert numbers(query) == wanted, query
        page = browser.get(f"/distributor/orders?{query}")
        assert [one for one in both if f"<code>{one}</code>" in page] == wanted, query
        assert wanted or ("Nothing matches" in page and 'href="/distributor/orders"' in page)
    with transaction(tenancy.tenant(desk.stall.shop.market.tenant_id)) as session:
        newest = read(session, select(Sale), Order(Sale.id, Sale.id), after=None, before=None, limit=1)
    page = browser.get(f"/distributor/orders?status=completed&sort=created&before={newest.below}")
    assert links(page, "sort=-created") == ["/distributor/orders?status=completed&sort=-created"], "from the top"
    assert 'aria-sort="ascending"' in page and "Own reference" not in page, "the file alone has what is too much"


def test_only_who_may_do_it_is_offered_to_do_it_to_many(desk: Desk) -> None:
    lists = {"/distributor/goods": desk.stall.shop.sign_in, "/admin/reconciliation": desk.sign_in}
    for path, sign_in in lists.items():
        assert ['name="chosen"' in sign_in(role).get(path) for role in ("owner", "read-only")] == [True, False], path


def _lists(desk: Desk, face: str) -> set[str]:
    """What a console's navigation calls a list."""
    found = walk.routes(desk.stall.shop.consoles.app, face, "GET")
    return {rule.rule for rule in found if rule.endpoint.endswith("_list")} - DESKS


DESKS = {"/admin/tiers"}
"""A form: its eight rows are fields to fill in, and are all there at once."""


def _read(reader: Console, link: str) -> list[list[str]]:
    text = reader.get(link)
    assert text.startswith("\ufeff")
    return list(csv.reader(StringIO(text.removeprefix("\ufeff"))))


def _check(link: str, sheets: dict[str, list[list[str]]]) -> None:
    zh, en = sheets["zh-CN"], sheets["en"]
    assert len(zh) == len(en) > 1, link
    assert all(CJK.search(title) or title in LATIN for title in zh[0]), f"{link}: {zh[0]}"
    assert not any(CJK.search(title) for title in en[0]), f"{link}: {en[0]}"
    for row in en[1:]:
        assert len(row) == len(en[0])
        assert not any(cell.startswith(("=", "+", "@")) for cell in row), row
    cells = [cell for row in en[1:] for cell in row]
    assert not any(re.fullmatch(r"\d{4}-\d\d-\d\d[ T].*", one) and not MOMENT.fullmatch(one) for one in cells), link
    if "Currency" in en[0]:
        place = en[0].index("Currency")
        assert all(DECIMAL.fullmatch(row[place - 1] or "0.00") for row in en[1:]), link


def _table(rows: list[dict[str, Any]], pages: int = 1) -> Table:
    """A list of dictionaries, `pages` times over."""

    def source(_session: object, _table: Table, asked: Asked, _limit: int) -> Slice:
        number = int(asked.after or 1)
        return Slice(rows, below=str(number + 1) if number < pages else None)

    return Table(
        name="things",
        title=Text("物品", "Things"),
        source=source,
        columns=(
            columns.text("name", "名称", "Name", lambda row: row["name"]),
            columns.money("price", "价格", "Price", lambda row: row["price"]),
            columns.money("face", "面值", "Face", lambda row: row["face"], apart=True),
            columns.time("at", "时间", "When", lambda row: row["at"]),
            columns.badge("state", "状态", "State", lambda row: row["state"]),
            columns.actions(),
        ),
        empty=empty("没有", "None", "没有物品", "There are no things"),
    )


def _file(app: Flask, table: Table, kind: str) -> Iterator[bytes]:
    with app.test_request_context(headers={"Accept-Language": "en"}):
        with transaction(tenancy.public()) as session:
            answer = files.answer(session, table, kind)
        yield from answer.iter_encoded()
        answer.close()


def test_a_file_holds_what_the_page_shows_and_no_formula(app: Flask) -> None:
    row = {"name": "=1+1", "price": Money(-123_456, "CNY"), "face": Money(500, "JPY"),
           "at": datetime(2026, 11, 22, 12, tzinfo=UTC), "state": "paused"}  # fmt: skip
    text = b"".join(_file(app, _table([row, dict.fromkeys(row)]), "csv")).decode("utf-8-sig")
    assert list(csv.reader(StringIO(text))) == [
        ["Name", "Price", "Currency", "Face", "Currency", "When", "State"],
        ["'=1+1", "-1234.56", "CNY", "500", "JPY", "2026-11-22T12:00:00.000Z", "Paused"],
        [""] * 7,
    ]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_long_file_takes_little_memory(app: Flask, kind: str) -> None:
    row = {"name": "n" * 100, "price": Money(1, "CNY"), "face": None, "at": None, "state": None}
    table = _table([row] * 500, pages=60)
    tracemalloc.start()
    try:
        size = sum(map(len, _file(app, table, kind)))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert size > {"csv": 3_000_000, "xlsx": 100_000}[kind]
    assert peak < 3_000_000
