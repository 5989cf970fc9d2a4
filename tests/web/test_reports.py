"""Reports and closed days on screen: each party its own sums, along what it may ask for; the page as the file."""

import csv
import re
from datetime import timedelta
from decimal import Decimal
from io import StringIO

import pytest
import time_machine

from cardmesh.kit import clock, tenancy
from cardmesh.kit.days import day_of
from cardmesh.kit.db import transaction
from cardmesh.money.closes import service as closes
from cardmesh.web.admin.closes import CLOSES
from cardmesh.web.common.tables import Asked
from tests.fixtures.operator import Desk
from tests.fixtures.shop import Console

AMOUNTS = {
    "admin": ["Retail", "Cost", "Supplier's share", "Distributor's share", "Platform's share"],
    "distributor": ["Retail", "Cost", "Distributor's share"],
    "supplier": ["Cost", "Supplier's share"],
}


@pytest.fixture
def browsers(desk: Desk) -> dict[str, Console]:
    return {"admin": desk.sign_in(), "supplier": desk.stall.sign_in(), "distributor": desk.stall.shop.sign_in()}


def _read(browser: Console, path: str) -> list[list[str]]:
    return list(csv.reader(StringIO(browser.get(path).removeprefix("\ufeff"))))


def test_each_party_reads_its_own_sums_and_their_total(browsers: dict[str, Console]) -> None:
    for face, browser in browsers.items():
        lines = _read(browser, f"/{face}/reports?by=product&format=csv")
        first, *more = AMOUNTS[face]
        assert lines[0] == ["Product", "Units", "Given back", first, "Currency", *more]
        *rows, total = lines[1:]
        assert rows and total[0] == "Total" and all(row[0] != "Total" for row in rows)
        for place in (1, 2, 3, *range(5, len(total))):
            assert Decimal(total[place]) == sum(Decimal(row[place]) for row in rows), (face, lines[0][place])
        page = browser.get(f"/{face}/reports?by=product")
        assert rows[0][0] in page and "Total" in page
        for hidden in set(AMOUNTS["admin"]) - set(AMOUNTS[face]):
            assert hidden not in page.replace("&#39;", "'"), (face, hidden)


def test_what_is_not_a_partys_to_ask_and_days_that_are_none_are_ignored(browsers: dict[str, Console]) -> None:
    """A supplier is not told in whose stores its goods are sold."""
    assert _read(browsers["supplier"], "/supplier/reports?by=distributor&format=csv")[0][0] == "Day"
    assert _read(browsers["admin"], "/admin/reports?by=distributor&format=csv")[1][0] == "One"
    for odd in ("until=9999-12-31", "since=x", "since=0001-01-01"):
        assert "Total" in browsers["admin"].get(f"/admin/reports?{odd}")
    assert "Nothing was sold in this time" in browsers["admin"].get("/admin/reports?since=2020-01-01&until=2020-01-02")


def test_closed_days_are_turned_page_by_page_and_narrowed(desk: Desk) -> None:
    first = day_of(clock.now())
    with time_machine.travel(clock.now() + timedelta(days=3)):
        assert closes.close_due() == 3
        browser = desk.sign_in()
        lines = _read(browser, "/admin/ledger/closes?format=csv")[1:]
        days = [(first + timedelta(days=n)).isoformat() for n in (2, 1, 0)]
        assert [line[0] for line in lines] == days and all(re.fullmatch("[0-9a-f]{64}", line[3]) for line in lines)
        assert int(lines[2][1]) > 0 and "Pending" in lines[2][2] and lines[1][1:3] == ["0", ""]
        assert [line[0] for line in _read(browser, "/admin/ledger/closes?sort=day&format=csv")[1:]] == days[::-1]
        narrowed = f"/admin/ledger/closes?since={days[1]}&until={days[1]}"
        assert [line[0] for line in _read(browser, f"{narrowed}&format=csv")[1:]] == days[1:2]
        page = browser.get(narrowed)  # which day a row is of is told by its seal: today's date may also be a time here
        assert lines[1][3][:16] in page and not any(line[3][:16] in page for line in (lines[0], lines[2]))
        assert "As sealed" in browser.get("/admin/ledger/closes?prove=1")
    with transaction(tenancy.platform()) as session:
        page = CLOSES.source(session, CLOSES, Asked(values={}), 2)
        rest = CLOSES.source(session, CLOSES, Asked(values={}, after=page.below), 2)
        back = CLOSES.source(session, CLOSES, Asked(values={}, before=rest.above), 2)
    assert [[row.day.isoformat() for row in one.rows] for one in (page, rest, back)] == [days[:2], days[2:], days[:2]]
