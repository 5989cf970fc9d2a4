"""A refused form comes back with the reason and with what was typed, in every console."""

import re
from datetime import UTC, datetime
from html import unescape

import pytest
from sqlalchemy import select

from cardmesh.goods.pricing.models import PriceList
from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction
from cardmesh.trade.coupons.models import Coupon
from tests.fixtures.operator import Desk
from tests.fixtures.shop import Console

RULE = {"basis": "retail", "rate": "101", "fee_rate": "2", "note": "a try"}
OFFER = {"product": "腾讯 & Q币", "sku": "9 元", "category": "games", "kind": "file", "base_price": "x",
         "tier_VIP2": "8.5", "step_from_1": "7", "step_price_1": "8", "description": "<b>how</b>"}  # fmt: skip


@pytest.fixture
def browsers(desk: Desk) -> dict[str, Console]:
    return {"admin": desk.sign_in(), "supplier": desk.stall.sign_in(), "distributor": desk.stall.shop.sign_in()}


def values(page: str, name: str) -> list[str]:
    """What every field of this name holds: inputs, the chosen option, a text."""
    found = re.findall(rf'<input type="[a-z]+" name="{name}" value="([^"]*)"', page)
    found += re.findall(rf'<textarea name="{name}"[^>]*>([^<]*)</textarea>', page)
    for options in re.findall(rf'<select name="{name}".*?</select>', page, re.DOTALL):
        found += re.findall(r'<option value="([^"]*)" selected>', options)
    return [unescape(one) for one in found]


@pytest.mark.parametrize(
    ("face", "path", "form"),
    [
        ("admin", "tenants", {"name": "店 <1>", "handle": "one", "owner_email": "a@example.test", "tier": "VIP3"}),
        ("admin", "suppliers", {"name": "First", "email": "z@example.test"}),
        ("admin", "commission", RULE),
        ("admin", "review", {"verb": "reject", "reason": "because"}),
        ("supplier", "offers", OFFER),
        ("supplier", "wallet/withdrawals", {"amount": "99999", "note": "to my bank"}),
        ("distributor", "webhooks", {"url": "nowhere"}),
        ("distributor", "keys", {"name": "n" * 101}),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_what_was_typed_comes_back(browsers: dict[str, Console], face: str, path: str, form: dict[str, str]) -> None:
    page = browsers[face].follow(f"/{face}/{path}", form)
    assert "flash danger" in page
    sent = "".join(re.findall(rf'<form[^>]*action="/{face}/{path}"[^>]*>.*?</form>', page, re.DOTALL))
    for name, value in form.items():
        if name != "verb":  # a button
            assert values(sent, name)[0] == value, name


def test_a_field_says_what_is_wrong_with_it(browsers: dict[str, Console]) -> None:
    page = browsers["admin"].follow("/admin/commission", RULE)
    assert re.findall(r'name="(\w+)" value="[^"]*" aria-invalid', page) == ["rate"]
    assert len(re.findall(r'<span class="fault">[^<]+</span>', page)) == 1


def test_only_the_form_that_was_sent(desk: Desk, browsers: dict[str, Console]) -> None:
    """Two forms of one page may have fields of one name."""
    page = browsers["admin"].follow(
        f"/admin/tenants/{desk.ids['tenant_id']}/credit", {"amount": "x", "reason": "sorry", "once": "1"}
    )
    assert values(page, "reason") == ["", "sorry", ""] and values(page, "amount") == ["x"]
    assert page.count('class="fault"') == 1
    page = browsers["admin"].follow(f"/admin/tenants/{desk.ids['tenant_id']}/enter", {"reason": ""})
    assert page.count('class="fault"') == 1 and page.index("/enter") < page.index('class="fault"')
    page = browsers["distributor"].follow("/distributor/wallet/withdrawals", {"amount": "99999", "note": "bank"})
    assert values(page, "amount") == ["", "99999"] and values(page, "note") == ["bank"]


def test_boxes_stay_as_they_were_ticked(desk: Desk, browsers: dict[str, Console]) -> None:
    waiting = desk.stall.offers["waiting"]
    box = f'value="{waiting}" form="bulk-review"'
    assert f"{box} checked" not in browsers["admin"].get("/admin/review")
    assert f"{box} checked" in browsers["admin"].follow("/admin/review", {"verb": "reject", "chosen": waiting})
    form = {"name": "", "scope": ["orders:read"]}
    assert re.findall(r'value="([a-z:]+)" checked', browsers["distributor"].follow("/distributor/keys", form)) == [
        "orders:read"
    ]


def test_a_rule_that_is_tried_is_still_in_the_form(browsers: dict[str, Console]) -> None:
    page = browsers["admin"].post("/admin/commission", RULE | {"rate": "6", "try": "1"}, expect=200)
    assert [values(page, name)[0] for name in ("basis", "rate", "note")] == ["retail", "6", "a try"]


def test_a_day_in_a_form_is_a_business_day(desk: Desk, browsers: dict[str, Console]) -> None:
    """It begins at midnight of UTC+8, as the day of the boards; a time there is by the same clock."""
    browsers["distributor"].follow(
        "/distributor/coupons", {"code": "DAYS", "percent": "1", "starts": "2099-01-02", "ends": "2099-01-03"}
    )
    plan = f"/supplier/offers/{desk.stall.offers['active']}/prices"
    browsers["supplier"].follow(plan, {"price__0": "11", "effective_from": "2099-01-02T09:30"})
    with transaction(tenancy.platform()) as session:
        coupon = session.scalars(select(Coupon).where(Coupon.code == "DAYS")).one()
        since = session.scalars(select(PriceList.effective_from).order_by(PriceList.id.desc())).first()
    days = [datetime(2099, 1, day, 16, tzinfo=UTC) for day in (1, 2)]
    assert [coupon.starts_at, coupon.ends_at] == days
    assert since == datetime(2099, 1, 2, 1, 30, tzinfo=UTC)
    assert "2099-01-02 09:30" in browsers["supplier"].get(plan)


def test_keys_are_never_shown_again(desk: Desk, browsers: dict[str, Console]) -> None:
    path = f"/supplier/offers/{desk.stall.offers['active']}/keys"
    page = browsers["supplier"].follow(path, {"keys": "PASTED-0001\n" * 10_001})
    assert "flash danger" in page and values(page, "keys") == [""]


def test_the_page_of_a_refused_form_leads_on(desk: Desk, browsers: dict[str, Console]) -> None:
    """Changing the language there opens the screen, not the form's address, which only takes forms."""
    admin = browsers["admin"]
    page = admin.follow(f"/admin/tenants/{desk.ids['tenant_id']}/credit", {"amount": "x"})
    found = re.search(r'name="next" value="([^"]*)"', page)
    assert found
    admin.get(unescape(found[1]))
