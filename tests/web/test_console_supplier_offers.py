"""Offers, keys, files, imports and money in the supplier's console."""

from io import BytesIO

import pytest
from sqlalchemy import func, select

from cardmesh.goods.imports import service as imports
from cardmesh.goods.models import Import, Offer, OfferFile, StockUnit
from cardmesh.goods.offers import queries
from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.ids import parse_id
from cardmesh.money.models import Withdrawal
from tests.fixtures.stall import SHEET, Stall
from tests.fixtures.walk import state

NEW = {
    "product": "新商品", "category": "games", "sku": "50 元", "kind": "card_key", "base_price": "¥48.50",
    "tier_VIP2": "48", "step_from_0": "10", "step_price_0": "47.5", "min_quantity": "1", "max_quantity": "20",
    "warranty_hours": "24", "description": "兑换说明",
}  # fmt: skip
TERMS = {"version": "1", "base_price": "12.34", "warranty_hours": "48", "min_quantity": "2", "max_quantity": "5"}


def offer(public: str) -> Offer:
    with transaction(tenancy.platform()) as session:
        return session.scalars(select(Offer).where(Offer.id == parse_id("off", public))).one()


def stock(public: str) -> int:
    with transaction(tenancy.platform()) as session:
        query = select(func.count()).select_from(StockUnit).where(StockUnit.offer_id == parse_id("off", public))
        return session.scalar(query) or 0


def test_an_offer_goes_to_review_with_all_its_prices(stall: Stall) -> None:
    browser = stall.sign_in("manager")
    there = browser.post("/supplier/offers", NEW)
    row = offer(there.rpartition("/")[2])
    assert (row.status, row.base_price_minor, row.max_quantity) == ("pending_review", 4_850, 20)
    with transaction(tenancy.platform()) as session:
        prices = {(one.tier, one.min_quantity): one.price_minor for one in queries.prices(session, [row.id])}
    assert prices == {("VIP2", 1): 4_800, ("", 10): 4_750}
    page = browser.get(there)
    assert "Sent for review" in page and 'value="47.50"' in page and 'value="48.00"' in page


@pytest.mark.parametrize(
    ("wrong", "zh", "en"),
    [
        ({"base_price": "abc"}, "金额格式不正确", "This is not an amount"),
        ({"base_price": "0"}, "金额须大于零", "The amount must be above zero"),
        ({"product": " "}, "请填写必填项", "Fill in the required field"),
        ({"kind": "top_up"}, "请从选项中选择", "Choose one of the options"),
        ({"min_quantity": "0"}, "须为 1–1000 的整数", "A whole number from 1 to 1000"),
        ({"category": "weapons"}, "分类", "category"),
    ],
)
def test_a_wrong_offer_is_refused_in_the_readers_words(stall: Stall, wrong: dict[str, str], zh: str, en: str) -> None:
    before = state(("offers", "products", "skus"))
    for locale, message in (("zh-CN", zh), ("en", en)):
        page = stall.sign_in(locale=locale).follow("/supplier/offers", NEW | wrong)
        flash = page.partition('class="flash danger"')[2].partition("</p>")[0]
        assert message in flash, page[-3000:]
        assert 'value="50 元"' in page, "what was typed is still there"
    assert state(("offers", "products", "skus")) == before


def test_prices_and_terms_are_changed_by_the_version_seen(stall: Stall) -> None:
    browser, path = stall.sign_in(), f"/supplier/offers/{stall.offers['active']}"
    version = str(offer(stall.offers["active"]).version)
    assert "Saved" in browser.follow(path, TERMS | {"version": version})
    row = offer(stall.offers["active"])
    assert (row.base_price_minor, row.warranty_hours, row.min_quantity) == (1_234, 48, 2)
    assert "has changed meanwhile" in browser.follow(path, TERMS | {"version": version, "base_price": "99"})
    assert "This is not an amount" in browser.follow(path, TERMS | {"base_price": "x"})
    assert offer(stall.offers["active"]).base_price_minor == 1_234


def test_an_offer_is_paused_resumed_and_sent_for_review_again(stall: Stall) -> None:
    browser = stall.sign_in("manager")
    for name, verb, after in (("active", "pause", "paused"), ("active", "resume", "active"),
                              ("rejected", "resubmit", "pending_review")):  # fmt: skip
        browser.follow(f"/supplier/offers/{stall.offers[name]}/state", {"verb": verb})
        assert offer(stall.offers[name]).status == after
    for wrong, why in (("destroy", ""), ("resubmit", "The offer is Paused; this needs Rejected")):
        page = browser.follow(f"/supplier/offers/{stall.offers['paused']}/state", {"verb": wrong})
        assert "flash danger" in page and why in page and offer(stall.offers["paused"]).status == "paused"


def test_the_list_is_filtered_by_state(stall: Stall) -> None:
    browser = stall.sign_in("read-only")
    for name in ("paused", "rejected", "active"):
        page = browser.get(f"/supplier/offers?status={name}")
        assert [one for one in stall.offers if stall.offers[one] in page and one != "file"] == [name]
    everything = browser.get("/supplier/offers?status=nonsense")
    assert all(one in everything for one in stall.offers.values()), "an unknown filter filters nothing"
    assert "Nothing matches" in browser.get("/supplier/offers?q=steam")


def test_pasted_keys_are_loaded_and_duplicates_refused(stall: Stall) -> None:
    browser, public = stall.sign_in("key-uploader"), stall.offers["active"]
    before = stock(public)
    there = browser.post(f"/supplier/offers/{public}/keys", {"keys": "NEW-00001\nNEW-00002\n\nNEW-00001\n"})
    assert "data-refresh" in browser.get(there), "the worker has not begun"
    imports.run(parse_id("imp", there.rpartition("/")[2]), stall.supplier)
    page = browser.get(there)
    assert stock(public) == before + 2 and "import_key_duplicate" in page and "NEW-00001" not in page
    assert "Paste keys or choose a file" in browser.follow(f"/supplier/offers/{public}/keys", {"keys": " \n"})
    assert stock(public) == before + 2


def test_a_new_version_of_a_file_is_kept(stall: Stall) -> None:
    browser, path = stall.sign_in(), f"/supplier/offers/{stall.offers['file']}"
    assert "v2" in browser.follow(f"{path}/file", {"file": (BytesIO(b"%PDF-2"), "new.pdf", "application/pdf")})
    assert "Choose a file" in browser.follow(f"{path}/file")
    with transaction(tenancy.platform()) as session:
        query = select(OfferFile.filename).where(OfferFile.offer_id == parse_id("off", stall.offers["file"]))
        assert session.scalars(query.order_by(OfferFile.version)).all() == ["guide.pdf", "new.pdf"]


def test_a_sheet_is_imported_and_its_refused_lines_told_in_both_languages(stall: Stall) -> None:
    browser = stall.sign_in("manager")
    there = browser.post("/supplier/imports", {"file": (BytesIO(SHEET.replace("0001", "0002").encode()), "a.csv")})
    imports.run(parse_id("imp", there.rpartition("/")[2]), stall.supplier)
    with transaction(tenancy.platform()) as session:
        row = session.scalars(select(Import).where(Import.id == parse_id("imp", there.rpartition("/")[2]))).one()
    assert (row.accepted, row.rejected) == (1, 1)
    for locale, message in (("zh-CN", "必须大于 0"), ("en", "greater than zero")):
        reader = stall.sign_in("read-only", locale)
        for page in (reader.get(there), reader.get(f"{there}?format=csv")):
            assert "import_amount_not_positive" in page and message in page, page[-1500:]


def test_a_file_that_is_no_sheet_is_refused(stall: Stall) -> None:
    before = state(("imports", "offers", "outbox"))
    browser = stall.sign_in(locale="zh-CN")
    assert "请选择文件" in browser.follow("/supplier/imports")
    page = browser.follow("/supplier/imports", {"file": (BytesIO(b"PK\x03\x04garbage"), "a.xlsx")})
    assert "文件已损坏" in page
    assert state(("imports", "offers", "outbox")) == before


def test_a_withdrawal_is_asked_for_and_taken_back(stall: Stall) -> None:
    browser = stall.sign_in("finance")
    assert "is requested" in browser.follow("/supplier/wallet/withdrawals", {"amount": "20", "note": "bank"})
    assert "flash danger" in browser.follow("/supplier/wallet/withdrawals", {"amount": "99999"})
    path = f"/supplier/wallet/withdrawals/{stall.ids['withdrawal_id']}/cancel"
    assert "is canceled" in browser.follow(path)
    assert "flash danger" in browser.follow(path)
    with transaction(tenancy.platform()) as session:
        query = select(Withdrawal.amount_minor, Withdrawal.status).where(Withdrawal.owner_id == stall.supplier)
        assert dict(session.execute(query).all()) == {1_000: "canceled", 2_000: "requested"}
    stall.sign_in("manager").post("/supplier/wallet/withdrawals", {"amount": "1"}, expect=403)
