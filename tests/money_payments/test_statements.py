"""Every statement equals the sum of its lines, every report the books, and a closed day stays as it was closed."""

import base64
import csv
import io
import random
import re
import uuid
import zlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import psycopg
import pytest
import time_machine
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from cardmesh.insight.reports import service as reports
from cardmesh.insight.reports.service import Dimension
from cardmesh.kit import clock, tenancy
from cardmesh.kit.days import day_of, start_of
from cardmesh.kit.db import db, transaction
from cardmesh.kit.errors import ValidationFailed
from cardmesh.money.closes import service as closes
from cardmesh.money.closes.journal import CHART, journal_csv
from cardmesh.money.closes.queries import DAY_OF_BOOKS, JOURNAL
from cardmesh.money.ledger import service as ledger
from cardmesh.money.models import PLATFORM_OWNER, AccountKind
from cardmesh.money.reconciliation.service import reconcile
from cardmesh.money.wallets import pdf, periods
from cardmesh.money.wallets.queries import KINDS
from cardmesh.money.wallets.service import statement, wallet
from cardmesh.provenance import sequencer
from cardmesh.provenance.verify import verify
from cardmesh.settings import Settings
from tests.fixtures.market import Market, StripeDesk
from tests.money_payments.busy import CNY, Busy
from tests.money_payments.month import DAYS, FIRST, Almanac, Month, bounds


@pytest.fixture
def busy(market: Market) -> Iterator[Busy]:
    made = Busy(market, random.Random(20261122))
    made.open()
    yield made


def test_a_calendar_month_closes_and_every_statement_is_the_sum_of_its_lines(
    market: Market, settings: Settings, stripe_desk: StripeDesk
) -> None:
    """One story of several hundred movements, day by day, looked at from every side."""
    almanac = Almanac(settings)
    month = Month(market, random.Random(20261001), desk=stripe_desk, almanac=almanac)
    days = list(month.live())
    with almanac.at(FIRST + timedelta(days=DAYS), 12):
        _much_happened(month)
        for owner in (market.tenant_id, *(supplier.id for supplier in market.suppliers)):
            _statements_add_up(owner, days)
        since, until = bounds()
        _reports_agree(month, since, until)
        _journal_agrees(since, until)
        _closed_and_sealed(days)
        assert reconcile(since=since, until=until).differences == 0
    almanac.close()


def _much_happened(month: Month) -> None:
    done, refused = month.done, month.refused
    often = ("sell", "sell_for_money", "settle", "give_back", "withdraw", "deposit", "paid")
    assert min(done[verb] for verb in often) >= 5, (done, refused)
    assert min(done[verb] for verb in ("advance", "failed", "bank_takes_back")) >= 2, (done, refused)
    assert done["coupon"] == 6 and refused["coupon"] >= 1 and done["won"] and done["lost"], (done, refused)


def _statements_add_up(owner: uuid.UUID, days: list[date]) -> None:
    """Of each day, of the month, and one against the other: opening, lines and closing are read apart."""
    parts = [_period(owner, start_of(day), start_of(day + timedelta(days=1))) for day in days]
    for before, after in pairwise(parts):
        assert before.closing == after.opening
    with transaction(tenancy.platform()) as session:
        whole = periods.monthly_statement(session, owner_id=owner, currency=CNY, month=f"{FIRST:%Y-%m}")
    assert all(part.balanced for part in (*parts, whole)) and len(whole.lines) > 50
    assert sum(len(part.lines) for part in parts) == len(whole.lines)
    assert whole.opening_minor + sum(line.amount_minor for line in whole.lines) == whole.closing_minor
    assert whole.opening_minor + sum(minor for _, minor in whole.by_kind.values()) == whole.closing_minor
    assert [line.balance_minor for line in whole.lines][-1] == whole.closing_minor
    with transaction(tenancy.platform()) as session:
        (held,) = wallet(session, owner_id=owner)
        page = statement(session, owner_id=owner, limit=100)
    assert {kind: getattr(held, kind) for kind in KINDS} == whole.closing and held.total == whole.closing_minor
    newest = {line.entry_id: line.balance_minor for line in whole.lines}
    assert all(newest[line.entry_id] == line.balance_minor for line in page.lines)


def _period(owner: uuid.UUID, since: datetime, until: datetime) -> periods.PeriodStatement:
    with transaction(tenancy.platform()) as session:
        return periods.period_statement(session, owner_id=owner, currency=CNY, since=since, until=until)


def _reports_agree(busy: Busy, since: datetime, until: datetime) -> None:
    """Along every dimension the same totals; and they are what the books have."""
    whole = {}
    for by in Dimension:
        with transaction(tenancy.platform()) as session:
            rows = reports.report(session, by=by, since=since, until=until)
        assert rows and all(row.label for row in rows)
        (whole[by],) = reports.totals(rows)
    assert len(set(whole.values())) == 1
    total = whole[Dimension.DAY]
    assert total.retail_minor == total.supplier_minor + total.distributor_minor + total.platform_minor
    with transaction(tenancy.platform()) as session:
        moved = dict(
            session.execute(
                text(
                    "select a.kind, -sum(p.amount_minor) from postings p join ledger_accounts a on a.id = p.account_id"
                    " join journal_entries e on e.id = p.entry_id where e.kind in ('sale', 'refund', 'dispute.lost')"
                    " and (a.kind = 'revenue' or a.owner_id = any(:suppliers)) group by a.kind"
                ),
                {"suppliers": [supplier.id for supplier in busy.market.suppliers]},
            ).all()
        )
    assert moved.pop("revenue") == total.platform_minor
    assert sum(moved.values()) == total.supplier_minor
    supplier = busy.market.suppliers[0].id
    with transaction(tenancy.supplier(supplier)) as session:
        mine = reports.report(session, by=Dimension.PRODUCT, since=since, until=until)
    with transaction(tenancy.platform()) as session:
        by_supplier = reports.report(session, by=Dimension.SUPPLIER, since=since, until=until)
    assert sum(row.supplier_minor for row in mine) == next(
        row.supplier_minor for row in by_supplier if row.label == "First"
    )


def _journal_agrees(since: datetime, until: datetime) -> None:
    with transaction(tenancy.platform()) as session:
        body = b"".join(journal_csv(session, since=since, until=until, locale="zh-CN"))
    rows = list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"))))
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows:
        sums[row["凭证号"]] += Decimal(row["借方"] or 0) - Decimal(row["贷方"] or 0)
        assert (row["借方"] == "") != (row["贷方"] == "")
    assert len(rows) > 500 and set(sums.values()) == {Decimal(0)}, "each entry balances"
    assert {row["科目编码"] for row in rows} <= {number for number, _ in CHART.values()}
    assert set(CHART) == set(AccountKind), "every kind of account has its number"


def _closed_and_sealed(days: list[date]) -> None:
    """Thirty were closed as they ended, the last one now; together they are what the books hold."""
    assert closes.close_due() == 1 and closes.close_due() == 0
    with transaction(tenancy.platform()) as session:
        rows = closes.list_closes(session)
        assert closes.prove(session) == []
        held = {kind: -minor for kind, minor in ledger.balances(session, owner_id=PLATFORM_OWNER)[CNY].items()}
    moved = {kind: sum((row.totals or {}).get(CNY, {}).get(kind, 0) for row in rows) for kind in held}
    assert moved == held and sum(row.entries or 0 for row in rows) > 100
    assert [row.day for row in reversed(rows)] == days
    sequencer.catch_up()
    with transaction(tenancy.platform()) as session:
        assert verify(session).defects == []
        sealed = session.execute(text("select token from log_leaves where event = 'closed'")).scalars().all()
    assert {bytes(token) for token in sealed} == {row.digest for row in rows}
    with pytest.raises(IntegrityError, match="append-only"), transaction(tenancy.platform()) as session:
        session.execute(text("update daily_closes set entries = 1"))


def test_a_close_waits_for_who_was_still_at_work(app: Flask, market: Market) -> None:
    """A sale that began before midnight and has not committed keeps the day open, and is in it."""
    market.fund(100_00)
    tomorrow = clock.now() + timedelta(days=1)
    with db.engine.connect() as slow:
        slow.execute(text("select pg_current_xact_id()"))
        with time_machine.travel(tomorrow, tick=True):
            assert closes.close_due() == 0
            slow.commit()
            assert closes.close_due() == 1


_HISTORY = """
with entries as (
    insert into journal_entries (id, idempotency_key, content_hash, kind, created_at)
    select gen_random_uuid(), 'history:' || n, '', 'credit', cast(:first as timestamptz) + n * interval '1 hour'
    from generate_series(0, :hours - 1) n returning id, created_at
)
insert into postings (entry_id, leg, account_id, owner_id, currency, amount_minor, created_at)
select e.id, one.leg, a.id, a.owner_id, a.currency, one.minor, e.created_at
from entries e cross join (values (1, 'adjustment', 5), (2, 'available', -5)) as one (leg, kind, minor)
join ledger_accounts a on a.kind = one.kind and a.currency = 'CNY'
"""
"""An entry an hour; its second leg may come when the day is over: see below."""
_LATE = """
insert into journal_entries (id, idempotency_key, content_hash, kind) values (:id, 'late', '', 'credit')
"""
_LATE_LEGS = """
insert into postings (entry_id, leg, account_id, owner_id, currency, amount_minor, created_at)
select :id, one.leg, a.id, a.owner_id, a.currency, one.minor, :midnight + (one.leg - 2) * interval '1 microsecond'
from (values (1, 'adjustment', 7), (2, 'available', -7)) as one (leg, kind, minor)
join ledger_accounts a on a.kind = one.kind and a.currency = 'CNY'
"""


def test_a_day_of_whole_entries_is_read_without_the_history(market: Market, settings: Settings) -> None:
    """Sixty days, one entry with midnight between its legs: it is the old day's, and each day balances."""
    market.fund(100)
    first = day_of(clock.now()) - timedelta(days=60)
    midnight = start_of(first + timedelta(days=30))
    with transaction(tenancy.platform()) as session:
        session.execute(text(_HISTORY), {"first": start_of(first), "hours": 60 * 24})
        session.execute(text(_LATE), {"id": (late := uuid.uuid4())})
        session.execute(text(_LATE_LEGS), {"id": late, "midnight": midnight})
    with psycopg.connect(settings.database_url.replace("+psycopg", ""), autocommit=True) as owner:
        owner.execute("analyze postings, journal_entries")
    for query in (DAY_OF_BOOKS, JOURNAL):
        with transaction(tenancy.platform()) as session:
            values = {"since": midnight, "until": midnight + timedelta(days=1)}
            [plan] = session.execute(text(f"explain (analyze, format json) {query.text}"), values).scalars().one()
        assert read_of(plan["Plan"], "postings") == 3 * 24, "first legs, then all legs"
        assert 24 <= read_of(plan["Plan"], "journal_entries") <= 2 * 24
    assert closes.close_due() == 60
    with transaction(tenancy.platform()) as session:
        rows = {row.day: row for row in closes.list_closes(session)}
    assert {sum(row.totals[CNY].values()) for row in rows.values() if row.totals} == {0}
    old, new = (rows[first + timedelta(days=number)] for number in (29, 30))
    assert (old.entries, new.entries) == (25, 24)


def read_of(plan: dict[str, Any], table: str) -> int:
    """How many rows of a table a plan looked at."""
    below = sum(read_of(one, table) for one in plan.get("Plans", ()))
    if plan.get("Relation Name") != table:
        return below
    gone = sum(plan.get(name, 0) for name in ("Rows Removed by Filter", "Rows Removed by Index Recheck"))
    return below + (plan["Actual Rows"] + gone) * plan["Actual Loops"]


def test_a_month_as_pdf_says_what_the_books_say(busy: Busy) -> None:
    busy.run(40)
    owner = busy.market.suppliers[0].id
    with transaction(tenancy.supplier(owner)) as session:
        found = periods.monthly_statement(
            session, owner_id=owner, currency=CNY, month=f"{day_of(clock.now()):%Y-%m}"
        )
    titles = pdf.Titles("星河数码 · <script> 😀", "2026-11")
    first, second = (pdf.to_pdf(found, titles, locale="zh-CN") for _ in "ab")
    assert first == second and first.startswith(b"%PDF-1") and b"STSong-Light" in first
    words = "".join(text_of(first))
    assert "期末余额" in words and "星河数码 ・ <script> 〓" in words and "¥" in words
    many = replace(found, lines=list(found.lines) * 40)
    assert len(re.findall(rb"/Type /Page\b", pdf.to_pdf(many, titles, locale="en"))) > 3
    with pytest.raises(ValidationFailed):
        periods.month_bounds("2026-13")
    assert periods.month_bounds("2026-12")[1] == start_of(datetime(2027, 1, 1).date())


def text_of(document: bytes) -> Iterator[str]:
    """What a CID font's strings say: UTF-16 in the content streams."""
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", document, re.S):
        content = unpacked(stream)
        for shown in re.findall(rb"\(((?:\\.|[^\\)])*)\) Tj", content, re.S):
            yield re.sub(rb"\\(\d{3}|.)", literal, shown, flags=re.S).decode("utf-16-be", "replace")


def literal(match: re.Match[bytes]) -> bytes:
    found = match[1]
    return bytes([int(found, 8)]) if found.isdigit() else {b"n": b"\n", b"r": b"\r", b"t": b"\t"}.get(found, found)


def unpacked(stream: bytes) -> bytes:
    try:
        return zlib.decompress(base64.a85decode(stream.strip().removesuffix(b"~>")))
    except (ValueError, zlib.error):
        return b""
