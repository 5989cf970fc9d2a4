"""The dashboards: figures are those of the rows that they lead to, for whoever looks and however they are narrowed."""

import re
from html import unescape

import pytest
from sqlalchemy import select

from cardmesh.insight.boards import fold
from cardmesh.insight.boards.rules import ZONE
from cardmesh.kit import clock, tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.ids import new_id, parse_id, public_id
from cardmesh.trade.models import OrderUnit
from cardmesh.trade.refunds.service import refund_unit
from cardmesh.web.common import charts
from cardmesh.web.common.charts import MONEY, SHARE, Line, Measure, Table
from tests.fixtures.operator import Desk
from tests.fixtures.shop import Console


def key(page: str, label: str) -> tuple[str, str]:
    """A key figure's value, and where its rows are."""
    found = re.search(rf'<div class="label">{label}</div>\s*<div class="value"><a href="([^"]+)">([^<]+)<', page)
    assert found, f"no figure {label}"
    return found[2], unescape(found[1])


def rows(page: str) -> int:
    """How many rows a list shows."""
    return sum(body.count("<tr>") for body in re.findall(r"<tbody>(.*?)</tbody>", page, re.DOTALL))


def consoles(desk: Desk, locale: str = "en") -> dict[str, Console]:
    return {
        "admin": desk.sign_in(locale=locale),
        "distributor": desk.stall.shop.sign_in(locale=locale),
        "supplier": desk.stall.sign_in(locale=locale),
    }


def test_every_figure_leads_to_its_rows(desk: Desk) -> None:
    market = desk.stall.shop.market
    fold.catch_up()
    unit = parse_id("unt", desk.stall.shop.ids["unit_id"])
    with transaction(tenancy.trade(market.tenant_id)) as session:
        refund_unit(session, tenant_id=market.tenant_id, unit_id=unit, reason="test")
    sold = {"admin": ("Orders sold", "2"), "distributor": ("Orders sold", "2"), "supplier": ("Units sold", "3")}
    for face, browser in consoles(desk).items():
        page = browser.get(f"/{face}/insights?range=7d")
        assert "style=" not in page and "<script>" not in page
        value, where = key(page, sold[face][0])
        last = re.search(r'name="to" value="([^"]+)"', page)
        assert last and f"to={last[1]}&" in where, "the last day, not the one after"
        assert value == sold[face][1] and rows(browser.get(where)) == int(value), face
        value, where = key(page, "Refunded")
        assert value != "CN¥0.00" and rows(browser.get(where)) == 1, face
        if face != "supplier":
            assert key(page, "New buyers")[0] == "1" and rows(browser.get(key(page, "New buyers")[1])) == 1
            assert key(page, "Never paid")[0] == "0" and rows(browser.get(key(page, "Never paid")[1])) == 0
            assert key(page, "Delivered within 5 s")[0] == "100.0%"
        for href in {unescape(one) for one in re.findall(r'href="([^"]+)"', page) if re.search("what=|insights", one)}:
            browser.get(href)
        home = browser.get(f"/{face}/")
        assert key(home, sold[face][0])[0] == sold[face][1], "the home tells the same"
        assert f'href="/{face}/insights"' in home


def test_narrowed_saved_and_asked_for_nonsense(desk: Desk) -> None:
    sku = public_id("sku", desk.stall.shop.sku)
    for face, browser in consoles(desk, "zh-CN").items():
        label = "售出件数" if face == "supplier" else "已售订单"
        assert "游戏" in browser.get(f"/{face}/insights?category=games")
        narrowed = browser.get(f"/{face}/insights?sku={sku}")
        assert "取消筛选" in narrowed and "腾讯Q币" in narrowed
        nonsense = "&range=never&step=blink&from=x&currency=&hour=99&wait=x"
        nobody = browser.get(f"/{face}/insights?sku={public_id('sku', new_id())}{nonsense}")
        assert key(nobody, label)[0] == "0" and "未知" in nobody
        file = browser.get(f"/{face}/insights.csv?table=skus&range=90d").removeprefix("\ufeff").splitlines()
        assert file[0].startswith('"热销商品",') and file[1].startswith('"腾讯Q币'), file
        browser.get(f"/{face}/insights.csv?table=nothing", expect=404)
        ours = "_scheme=javascript&_external=1&_anchor=%0Aalert(1)&endpoint=x&_method=PUT"
        assert 'href="javascript' not in browser.get(f"/{face}/insights?{ours}"), "an address is no argument of ours"
        for day in ("0001-01-01", "9999-12-31"):
            browser.get(f"/{face}/insights?from={day}&to={day}&what=sold")
    admin, tenant = consoles(desk)["admin"], desk.ids["tenant_id"]
    of_store = admin.get(f"/admin/insights?tenant={tenant}&supplier={desk.ids['supplier_id']}")
    assert "Remove filter: One" in of_store and "From payment to delivery" not in of_store, "goods are kept by day"
    one_channel = admin.get("/admin/insights?channel=api")
    assert key(one_channel, "Orders sold")[0] == "1" and "Top goods" not in one_channel, "goods are not kept by channel"
    where = key(one_channel, "Orders sold")[1]
    assert rows(admin.get(where)) == 1
    assert rows(admin.get(where.replace("CNY", "USD"))) == 0
    hour = clock.now().astimezone(ZONE).hour
    by_hour = [rows(admin.get(f"{where}&hour={one % 24}")) for one in (hour - 1, hour, hour + 12)]
    assert (sum(by_hour), by_hour[2]) == (1, 0), "sold within this hour or the one before"
    assert [rows(admin.get(f"{where}&wait={one}")) for one in ("within_1s", "slower")] == [1, 0]
    assert key(admin.get(f"/admin/insights?tenant={public_id('ten', desk.stall.shop.rival)}"), "Orders sold")[0] == "0"


def test_a_supplier_reads_neither_retail_nor_distributors(desk: Desk) -> None:
    """A distributor's price and name are no business of its suppliers, nor are foreign filters an oracle."""
    market, browser = desk.stall.shop.market, consoles(desk)["supplier"]
    tenant = public_id("ten", market.tenant_id)
    page = browser.get(f"/supplier/insights?tenant={tenant}&what=sold")
    file = browser.get("/supplier/insights.csv?table=course&range=7d")
    with transaction(tenancy.platform()) as session:
        paid = session.scalars(select(OrderUnit.retail_minor)).all()
    for minor in {*paid, sum(paid)}:
        assert f"{minor / 100:.2f}" not in page + file, "what buyers paid"
    assert "One" not in re.sub(r"<[^>]+>", " ", page).split()
    assert page.count("Remove filter") == 0


@pytest.mark.parametrize(
    ("value", "kind", "top"),
    [(0, "count", 4), (5, "count", 8), (13, "count", 20), (1_234, MONEY, 2_000), (0.05, SHARE, 0.08), (1, SHARE, 1.2)],
)
def test_scales_are_round_in_every_quarter(value: float, kind: str, top: float) -> None:
    assert charts.nice(value, kind) == top
    assert kind == SHARE or (top / 4).is_integer()


def test_pictures_are_as_tall_as_their_values() -> None:
    measures = [Measure("all"), Measure("a", tone="s1"), Measure("b", tone="s2")]
    table = Table("t", "T", "x", measures, [Line("one", (6, 5, 1)), Line("two", (0, 0, 0)), Line("less", (-3, -5, 2))])
    bars = charts.stacked(table).bars
    assert [(bar.tone, bar.height, bar.y) for bar in bars] == [("s1", 125, 75), ("s2", 25, 50), ("s2", 50, 150)]
    assert bars[2].x > bars[0].x + 600
    lines = [Line("a", (0.05,)), Line("b", (None,)), Line("c", (0.1,))]
    rates = Table("r", "R", "x", [Measure("rate", SHARE, "s1")], lines)
    assert charts.curves(rates).paths[0].d.count("M") == 2, "a step without sales has no rate"
