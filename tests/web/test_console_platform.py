"""The operator's console as a whole: every screen in both languages, and everybody who is kept out."""

import pytest
from sqlalchemy import select, text

from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.ids import NIL, parse_id, public_id
from cardmesh.money.models import Refund
from tests.fixtures import walk
from tests.fixtures.operator import Desk
from tests.fixtures.shop import Console
from tests.fixtures.walk import address, routes, send, state

TABLES = (
    *("tenants", "suppliers", "stores", "persons", "memberships", "commission_rules", "offers", "postings"),
    *("withdrawals", "outbox", "api_keys", "audit_records", "payout_runs", "payout_lines", "payout_results"),
    *("reconciliation_tasks", "comparisons"),
)
FORM = {
    "name": "x", "handle": "x", "email": "x@example.test", "owner_email": "x@example.test", "tier": "VIP2",
    "grade": "A", "status": "suspended", "amount": "1", "reason": "x", "once": "x", "basis": "cost", "rate": "5",
    "verb": "drop", "outcome": "failed", "decision": "approve", "role": "support",
    "payout_method": "stripe", "currency": "CNY", "note": "x",
}  # fmt: skip


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_every_screen_shows_what_happened(desk: Desk, locale: str) -> None:
    browser = desk.sign_in(locale=locale)
    app = desk.stall.shop.consoles.app
    screens = walk.screens(app, "admin")
    pages = {rule.rule: browser.get(address(rule, desk.ids)) for rule in screens}
    for path, page in pages.items():
        assert f'<html lang="{locale}"' in page, path
        assert "style=" not in page and "<script>" not in page, "the policy forbids both"
    expected = {
        "/admin/": ("平衡 ✓", "Balanced ✓"),
        "/admin/review": ("腾讯Q币", "腾讯Q币"),
        "/admin/orders": ("已完成", "Completed"),
        "/admin/ledger": ("平台收入", "Platform&#39;s revenue"),
        "/admin/ledger/<entry_id>": ("订单", "order"),
        "/admin/withdrawals": ("First", "First"),
        "/admin/events": ("已拒收", "Refused"),
        "/admin/jobs": ("Connection refused", "Connection refused"),
        "/admin/commission": ("默认", "Default"),
        "/admin/tenants/<tenant_id>": ("手工入账", "Credit the wallet"),
    }
    for path, titles in expected.items():
        assert titles[locale == "en"] in pages[path], path


def test_empty_lists_say_so(desk: Desk) -> None:
    for locale, told in (("zh-CN", "没有符合条件的记录"), ("en", "Nothing matches")):
        browser = desk.sign_in(locale=locale)
        for path in ("orders?q=NOPE", "withdrawals?status=failed", "events?outcome=stored"):
            assert told in browser.get(f"/admin/{path}")


def test_what_is_not_there_is_not_found(desk: Desk) -> None:
    nothing = {name: f"{one.partition('_')[0]}_00000000000000000000000000" for name, one in desk.ids.items()}
    nothing["job_id"] = "999999999"
    browser = desk.sign_in()
    before = state(TABLES)
    for method in ("GET", "POST"):
        for rule in routes(desk.stall.shop.consoles.app, "admin", method):
            if rule.arguments - {"kind"}:
                send(browser, method, rule, nothing, FORM, 404)
    assert state(TABLES) == before


def test_other_parties_and_strangers_stay_outside(desk: Desk) -> None:
    consoles = desk.stall.shop.consoles
    intruders = (desk.stall.sign_in(), desk.stall.shop.sign_in())
    before = state(TABLES)
    for method in ("GET", "POST"):
        for rule in routes(consoles.app, "admin", method):
            for intruder in intruders:
                send(intruder, method, rule, desk.ids, FORM, 404)
            send(Console(consoles.app.test_client()), method, rule, desk.ids, FORM, 302)
    assert state(TABLES) == before


def test_a_form_without_its_token_changes_nothing(desk: Desk) -> None:
    owner, before = desk.sign_in(), state(TABLES)
    for rule in routes(desk.stall.shop.consoles.app, "admin", "POST"):
        owner.post(address(rule, desk.ids), FORM, expect=400, token=False)
    assert state(TABLES) == before


@pytest.mark.parametrize(
    ("role", "may"),
    [
        ("read-only", set[str]()),
        (
            "support",
            {
                *("jobs_decide", "jobs_bulk", "undo_action", "refunds_retry", "payments_evidence"),
                *("tenants_enter", "suppliers_enter"),
            },
        ),
        (
            "finance",
            {
                *("rules_create", "rules_end", "withdrawals_decide", "tenants_credit", "payouts_make"),
                *("payout_approve", "payout_cancel", "payout_file", "payout_results", "payouts_deposit_return"),
                *("reconciliation_compare", "reconciliation_resolve", "refunds_retry", "merchants_check"),
                *("payments_evidence", "advances_set", "settings_hold"),
            },
        ),
    ],
)
def test_a_role_does_only_what_it_may(desk: Desk, role: str, may: set[str]) -> None:
    member, before = desk.sign_in(role), state(TABLES)
    for rule in routes(desk.stall.shop.consoles.app, "admin", "POST"):
        if rule.endpoint.removeprefix("admin.") not in may:
            member.post(address(rule, desk.ids), FORM, expect=403)
    assert state(TABLES) == before


EFFECTS = """
select (select tier from tenants where id = :tenant), (select grade from suppliers where id = :supplier),
       (select status from withdrawals where id = :withdrawal), (select state from outbox where id = :job),
       (select status from offers where id = :offer), (select count(*) from commission_rules where note = 'new')"""


def effects(desk: Desk) -> tuple[object, ...]:
    """Tier, grade, withdrawal, job, offer, new rules: what the operator decides about."""
    ids = {name.removesuffix("_id"): one for name, one in (desk.ids | {"offer": desk.stall.offers["waiting"]}).items()}
    prefixes = {"tenant": "ten", "supplier": "sup", "withdrawal": "wdr", "offer": "off"}
    values: dict[str, object] = {name: parse_id(prefix, ids[name]) for name, prefix in prefixes.items()}
    with transaction(tenancy.platform()) as session:
        return tuple(session.execute(text(EFFECTS), values | {"job": int(ids["job"])}).one())


def test_each_decision_changes_what_it_says(desk: Desk) -> None:
    """Every form once with what is right; each leads on with a word of success, and has its effect."""
    browser, market = desk.sign_in(), desk.stall.shop.market
    credit = market.books()["tenant available"]
    assert effects(desk) == ("VIP1", "B", "requested", "dead", "pending_review", 0)
    for path, fields in (
        ("review", {"chosen": desk.stall.offers["waiting"], "verb": "approve"}),
        (f"tenants/{desk.ids['tenant_id']}", {"tier": "VIP3", "reason": "grown"}),
        (f"tenants/{desk.ids['tenant_id']}/credit", {"amount": "12.50", "reason": "sorry", "once": "o1"}),
        (f"tenants/{desk.ids['tenant_id']}/credit", {"amount": "12.50", "reason": "sorry", "once": "o1"}),
        (f"suppliers/{desk.ids['supplier_id']}", {"grade": "A"}),
        ("commission", {"basis": "retail", "rate": "6", "fee_rate": "1", "note": "new"}),
        (f"withdrawals/{desk.ids['withdrawal_id']}", {"outcome": "failed"}),
        (f"jobs/{desk.ids['job_id']}", {"verb": "retry"}),
        ("reconciliation/resolve", {"chosen": desk.ids["task_id"], "reason": "our bank's fee"}),
    ):
        assert "flash success" in browser.follow(f"/admin/{path}", fields), path
    assert effects(desk) == ("VIP3", "A", "failed", "ready", "active", 1)
    assert market.books()["tenant available"] == credit + 1_250, "a double click is one credit"


def test_a_failed_refund_is_asked_for_again_by_whose_it_is(desk: Desk) -> None:
    """What the platform collected is not the distributor's to try; several are tried together or not at all."""
    refund_id, nothing = desk.ids["refund_id"], public_id("rfd", NIL)
    shop, finance = desk.stall.shop.sign_in("finance"), desk.sign_in("finance")
    assert refund_id in finance.get("/admin/payments?refunds_format=csv")
    shop.post("/distributor/refunds/retry", {"chosen": refund_id}, expect=404)
    finance.post("/admin/refunds/retry", {"chosen": [refund_id, nothing]}, expect=404)
    assert "Choose at least one" in finance.follow("/admin/refunds/retry")
    assert _refund(refund_id) == ("failed", 1)
    assert "flash success" in finance.follow("/admin/refunds/retry", {"chosen": refund_id})
    assert "flash danger" in finance.follow("/admin/refunds/retry", {"chosen": refund_id})
    assert _refund(refund_id) == ("requested", 2)


def _refund(refund_id: str) -> tuple[str, int]:
    with transaction(tenancy.platform()) as session:
        row = session.scalars(select(Refund).where(Refund.id == parse_id("rfd", refund_id))).one()
        return row.status, row.attempt


def test_who_is_admitted_gets_a_key_and_a_tried_rule_stays_a_trial(desk: Desk) -> None:
    browser = desk.sign_in()
    for path, fields, told in (
        ("tenants", {"name": "新店", "handle": "new-shop", "owner_email": "n@example.test"}, "http://new-shop.localhost"),
        ("suppliers", {"name": "新供货", "email": "v@example.test"}, "新供货"),
    ):
        page = browser.post(f"/admin/{path}", fields, expect=200)
        assert "sk_test_" in page and told in page
    before = state(TABLES)
    page = browser.post("/admin/commission", {"basis": "cost", "rate": "9", "try": "1"}, expect=200)
    assert "Tried on the last 30 days" in page
    assert state(TABLES) == before


def test_each_refusal_is_told_in_the_readers_language_and_changes_nothing(desk: Desk) -> None:
    readers = {locale: desk.sign_in(locale=locale) for locale in ("zh-CN", "en")}
    before = state(TABLES)
    for path, fields, zh, en in (
        ("review", {"verb": "approve"}, "请至少选择一项", "Choose at least one"),
        ("review", {"verb": "reject", "chosen": desk.stall.offers["waiting"]}, "原因", "reason"),
        ("tenants", {"name": "x", "handle": "one", "owner_email": "a@example.test"}, "one", "one"),
        ("tenants", {"name": "", "handle": "x1"}, "请填写必填项", "Fill in the required field"),
        (f"tenants/{desk.ids['tenant_id']}", {"tier": "VIP99"}, "请从选项中选择", "Choose one of the options"),
        (f"tenants/{desk.ids['tenant_id']}/credit", {"amount": "x", "reason": "r"}, "金额格式", "not an amount"),
        ("suppliers", {"name": "First", "email": "z@example.test"}, "First", "First"),
        ("commission", {"basis": "cost", "rate": "101"}, "须为 0–100 的数", "A number from 0 to 100"),
        (f"withdrawals/{desk.ids['withdrawal_id']}", {"outcome": "lost"}, "请从选项中选择", "Choose one of"),
        (f"jobs/{desk.ids['job_id']}", {"verb": "explode"}, "请从选项中选择", "Choose one of the options"),
    ):
        for locale, message in (("zh-CN", zh), ("en", en)):
            page = readers[locale].follow(f"/admin/{path}", fields)
            flash = page.partition('class="flash danger"')[2].partition("</p>")[0]
            assert message in flash, (path, locale, flash)
    assert state(TABLES) == before
