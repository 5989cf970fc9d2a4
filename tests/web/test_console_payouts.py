"""Payouts on screen: made by one, approved by another; a party's terms; deposits both ways."""

import io

import pytest
from sqlalchemy import text

from cardmesh.identity.settings import service as settings
from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction
from cardmesh.money.ledger.service import balances
from cardmesh.money.models import AccountKind
from tests.fixtures.operator import Desk

TERMS = {
    "currency": "CNY", "schedule": "weekly", "minimum": "50", "payout_method": "bank",
    "payee_name": "王小明", "payee_bank": "工商银行", "payee_account": "6222 0202 0000 1234 567",
}  # fmt: skip


@pytest.fixture
def licensed(desk: Desk) -> Desk:
    with transaction(tenancy.platform()) as session:
        settings.change(session, {"batch_payouts": True})
        session.execute(text("update withdrawals set created_at = created_at - interval '2 days'"))
    return desk


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_one_makes_another_approves_the_bank_answers(licensed: Desk, locale: str) -> None:
    supplier = licensed.stall.sign_in(locale=locale)
    assert "flash success" in supplier.follow("/supplier/wallet/terms", TERMS)
    page = supplier.get("/supplier/wallet/terms")
    assert "…4567" in page and "62220202" not in page
    maker, second = licensed.sign_in("finance", locale=locale), licensed.sign_in("finance", locale=locale)
    assert "First" in maker.get("/admin/payouts")
    made = maker.post("/admin/payouts", {"payout_method": "bank", "currency": "CNY"})
    assert made.startswith("/admin/payouts/run_")
    assert "flash danger" in maker.follow(f"{made}/approve")
    assert "flash danger" in second.follow(f"{made}/file")
    assert "flash success" in second.follow(f"{made}/approve")
    answer = second.open("POST", f"{made}/file", data={"csrf_token": second.token()})
    assert answer.mimetype == "text/csv" and "6222020200001234567" in answer.get_data(as_text=True)
    line = answer.get_data(as_text=True).splitlines()[1].split(",")[0].strip('"')
    results = f"流水号,结果\r\n{line},成功".encode()
    for _ in range(2):
        upload = {"csrf_token": second.token(), "file": (io.BytesIO(results), "results.csv")}
        assert second.open("POST", f"{made}/results", data=upload).status_code == 302
        assert "flash success" in second.get(made)
    assert {"zh-CN": "已完成", "en": "Done"}[locale] in second.get(made)
    assert line in second.get(f"{made}?q={line}&status=paid")
    for other in ("?status=failed", "?q=pay_00000000000000000000000000", "?q=none"):
        assert line not in second.get(made + other), other
    assert made in second.get("/admin/payouts?method=bank") and made not in second.get("/admin/payouts?method=stripe")


def test_a_deposit_goes_in_once_and_comes_back(licensed: Desk) -> None:
    supplier, finance = licensed.stall.sign_in("finance"), licensed.sign_in("finance")
    for _ in range(2):
        assert "flash success" in supplier.follow("/supplier/wallet/deposit", {"amount": "20", "once": "o1"})
    assert deposit(licensed) == 2_000 and "¥20.00" in supplier.get("/supplier/wallet")
    path = f"/admin/payouts/deposits/{licensed.ids['supplier_id']}"
    assert "First" in finance.get("/admin/payouts/deposits")
    back = {"amount": "5", "currency": "CNY", "reason": "end of contract", "once": "b1"}
    for _ in range(2):
        assert "flash success" in finance.follow(path, back)
    assert "flash danger" in finance.follow(path, back | {"amount": "99", "once": "b2"})
    assert deposit(licensed) == 1_500


def deposit(desk: Desk) -> int:
    with transaction(tenancy.platform()) as session:
        return balances(session, owner_id=desk.stall.supplier)["CNY"][AccountKind.DEPOSIT]


def test_an_account_is_opened_at_the_provider(desk: Desk) -> None:
    supplier = desk.stall.sign_in("finance")
    there = supplier.post("/supplier/wallet/terms/stripe", {"currency": "CNY"})
    assert "/setup/acct_" in there
    back = supplier.open("GET", "/supplier/wallet/terms?back=1")
    assert back.status_code == 302 and "Something is still missing" in supplier.get(back.headers["Location"])
