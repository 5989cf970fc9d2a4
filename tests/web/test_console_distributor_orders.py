"""Orders, refunds, revealed goods and claims in the distributor's console."""

from sqlalchemy import select

from cardmesh.identity.models import AuditRecord
from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.ids import parse_id, public_id
from cardmesh.trade.models import Claim
from tests.fixtures.shop import Shop


def audited(action: str) -> list[AuditRecord]:
    with transaction(tenancy.platform()) as session:
        return list(session.scalars(select(AuditRecord).where(AuditRecord.action == action).order_by(AuditRecord.id)))


def units(shop: Shop) -> dict[str, int]:
    found: dict[str, int] = {}
    for unit in shop.market.state(parse_id("ord", shop.ids["order_id"]))[1]:
        found[unit.status] = found.get(unit.status, 0) + 1
    return found


def claim(shop: Shop) -> str:
    with transaction(tenancy.platform()) as session:
        return session.scalars(select(Claim.status).where(Claim.id == parse_id("clm", shop.ids["claim_id"]))).one()


def test_orders_are_found_by_what_people_know(shop: Shop) -> None:
    browser = shop.sign_in()
    order, _ = shop.market.state(parse_id("ord", shop.ids["order_id"]))
    row = f"/distributor/orders/{shop.ids['order_id']}"
    for query in (order.number.lower(), "Buyer@Example.test"):
        assert row in browser.get(f"/distributor/orders?q={query}")
    assert row not in browser.get("/distributor/orders?q=OWN-1")
    for fitting in ("channel=store", "status=completed", "within=24h"):
        assert row in browser.get(f"/distributor/orders?{fitting}")
    for other in ("channel=api", "status=failed"):
        assert row not in browser.get(f"/distributor/orders?{other}")
    assert row in browser.get("/distributor/orders?status=nonsense&within=forever"), "an unknown filter filters nothing"


def test_an_order_tells_its_story_without_the_goods(shop: Shop) -> None:
    page = shop.sign_in().get(f"/distributor/orders/{shop.ids['order_id']}")
    for step in ("Placed, goods reserved", "Paid", "Delivered", "First revealed", "The key is used", "CN¥23.84"):
        assert step in page, step
    assert not any(code in page for code in shop.codes)


def test_goods_are_revealed_once_asked_and_on_record(shop: Shop) -> None:
    path, before = f"/distributor/orders/{shop.ids['order_id']}/reveal", len(audited("unit.revealed"))
    for role in ("finance", "key-uploader"):
        shop.sign_in(role).post(path, expect=403)
    assert len(audited("unit.revealed")) == before
    page = shop.sign_in("support").post(path, expect=200)
    assert all(code in page for code in shop.codes)
    records = audited("unit.revealed")[before:]
    assert [(record.actor_kind, record.actor_name) for record in records] == [("person", records[0].actor_name)] * 2
    assert "@example.test" in records[0].actor_name


def test_a_unit_is_refunded_once_and_with_a_reason(shop: Shop) -> None:
    browser = shop.sign_in()
    path = f"/distributor/orders/{shop.ids['order_id']}/units/{shop.ids['unit_id']}/refund"
    assert "Fill in" in browser.follow(path, {"reason": " "})
    assert units(shop) == {"delivered": 2}
    for _ in range(2):
        assert "Refunded" in browser.follow(path, {"reason": "used key"})
    assert units(shop) == {"delivered": 1, "refunded": 1}
    records = audited("unit.refunded")
    assert [record.reason for record in records] == ["used key"]
    shop.market.books()


def test_a_unit_of_another_order_is_not_there(shop: Shop) -> None:
    other = shop.market.wallet_order((shop.sku, 1))
    path = f"/distributor/orders/{public_id('ord', other.id)}/units/{shop.ids['unit_id']}/refund"
    shop.sign_in().post(path, {"reason": "x"}, expect=404)
    assert units(shop) == {"delivered": 2}


def test_an_accepted_claim_gives_the_money_back(shop: Shop) -> None:
    browser, path = shop.sign_in(), f"/distributor/claims/{shop.ids['claim_id']}"
    assert "Accept and give back CN¥216.00" in browser.get(path)
    assert "Choose one of" in browser.follow(path, {"reason": "?"})
    assert claim(shop) == "open"
    assert "Accepted" in browser.follow(path, {"decision": "accept", "reason": "proved"})
    assert claim(shop) == "accepted" and units(shop) == {"refunded": 2}
    assert "decided, or one is open" in browser.follow(path, {"decision": "reject", "reason": "late"})
    assert claim(shop) == "accepted"


def test_a_claim_is_rejected_with_a_reason(shop: Shop) -> None:
    browser, path = shop.sign_in("support"), f"/distributor/claims/{shop.ids['claim_id']}"
    assert "Fill in" in browser.follow(path, {"decision": "reject"})
    assert claim(shop) == "open"
    browser.follow(path, {"decision": "reject", "reason": "it works"})
    assert claim(shop) == "rejected" and units(shop) == {"delivered": 2}
    assert "Nothing matches" in browser.get("/distributor/claims?status=open")
