"""Who may see an order, and how much one buyer may hold without paying."""

import pytest

from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.errors import ValidationFailed
from cardmesh.kit.ids import new_id
from cardmesh.trade.errors import OrderNotFound, UnpaidOrderLimit
from cardmesh.trade.orders import contacts, limits
from cardmesh.trade.orders import service as orders
from cardmesh.trade.orders.service import Placed
from tests.fixtures.market import Market

PUBLIC = "203.0.114.7"
CONTACTS = [{"contact": given} for given in ("buyer@example.test", "", "\0", "None")]


def look_up(market: Market, **asked: str) -> Placed:
    with transaction(tenancy.trade(market.tenant_id)) as session:
        return orders.lookup(session, tenant_id=market.tenant_id, **asked)


def by_token(market: Market, number: str, token: str) -> Placed:
    with transaction(tenancy.trade(market.tenant_id)) as session:
        order = orders.find_by_token(session, tenant_id=market.tenant_id, number=number, token=token)
    return Placed(order, token)


def test_the_token_opens_its_own_order_only(market: Market) -> None:
    sku_id = market.sell(keys=3)
    one, two = market.order((sku_id, 1)), market.order((sku_id, 1))
    assert by_token(market, one.order.number, one.token).order.id == one.order.id
    assert len(one.token) >= 43 and one.token != two.token
    for number, token in [
        (one.order.number, two.token),
        (two.order.number, one.token),
        (one.order.number, ""),
        (one.order.number, one.token[:-1]),
        ("CM2611220000000000", one.token),
        ("', --", one.token),
    ]:
        with pytest.raises(OrderNotFound):
            by_token(market, number, token)


def test_the_stored_hash_is_not_the_token(market: Market) -> None:
    placed = market.order((market.sell(), 1))
    assert placed.token.encode() not in (placed.order.token_hash or b"")


def test_number_and_contact_find_it_again(market: Market) -> None:
    placed = market.order((market.sell(), 1), contact="Buyer@Example.test")
    found = look_up(market, number=placed.order.number.lower(), contact=" BUYER@example.TEST ")
    assert (found.order.id, found.token) == (placed.order.id, placed.token)
    for wrong in ("other@example.test", "", "\0", "buyer"):
        with pytest.raises(OrderNotFound):
            look_up(market, number=placed.order.number, contact=wrong)


def test_a_query_password_replaces_the_contact(market: Market) -> None:
    placed = market.order((market.sell(), 1), query_password="s3same")
    assert look_up(market, number=placed.order.number, query_password="s3same").token == placed.token
    assert "s3same" not in (placed.order.query_password_hash or "")
    for asked in ({"query_password": "sesame"}, {"query_password": ""}, *CONTACTS):
        with pytest.raises(OrderNotFound):
            look_up(market, number=placed.order.number, **asked)


def test_an_order_without_a_contact_has_none_to_guess(market: Market) -> None:
    market.fund(50_000)
    order = market.wallet_order((market.sell(), 1))
    for asked in CONTACTS:
        with pytest.raises(OrderNotFound):
            look_up(market, number=order.number, **asked)


def test_an_order_without_password_has_none_to_guess(market: Market) -> None:
    placed = market.order((market.sell(), 1))
    for guess in ("", "no order has this password"):
        with pytest.raises(OrderNotFound):
            look_up(market, number=placed.order.number, query_password=guess)


def test_missing_and_wrong_take_the_same_work(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not timed: both verify exactly one password."""
    from cardmesh.trade.orders import passwords

    placed = market.order((market.sell(), 1), query_password="s3same")
    calls: list[str] = []

    class Counting:
        def verify(self, stored: str, given: str) -> None:
            calls.append(given)
            real.verify(stored, given)

    real = passwords._hasher  # the one place that verifies
    monkeypatch.setattr(passwords, "_hasher", Counting())
    for number in (placed.order.number, "CM2611220000000000"):
        with pytest.raises(OrderNotFound):
            look_up(market, number=number, query_password="wrong")
    assert calls == ["wrong", "wrong"]


def test_another_tenants_buyer_finds_nothing(market: Market) -> None:
    placed = market.order((market.sell(), 1))
    for tenant_id in (new_id(), market.tenant_id):
        with pytest.raises(OrderNotFound), transaction(tenancy.trade(new_id())) as session:
            orders.find_by_token(session, tenant_id=tenant_id, number=placed.order.number, token=placed.token)


@pytest.mark.parametrize(
    ("given", "kept"),
    [("+86 138-0000-0000", "13800000000"), ("13800000000", "13800000000"), ("+1 (415) 555-2671", "+14155552671")],
)
def test_a_phone_has_one_spelling(given: str, kept: str) -> None:
    assert contacts.phone(given).value == kept == contacts.guess(given)


@pytest.mark.parametrize("value", ["", "x", "a@b", "a b@c.de", "@c.de", "a@c.de\n", "a@c..de", "a" * 250 + "@c.de"])
def test_what_is_no_address_is_refused(value: str) -> None:
    with pytest.raises(ValidationFailed):
        contacts.email(value if value != "a@c.de\n" else "a@\nc.de")


@pytest.mark.parametrize("asked", [{}, {"email_address": "a@b.de", "phone_number": "13800000000"}])
def test_one_contact_exactly(asked: dict[str, str]) -> None:
    with pytest.raises(ValidationFailed):
        contacts.parse(**asked)


def test_one_contact_holds_so_many_orders(market: Market) -> None:
    sku_id = market.sell(keys=20)
    for _ in range(limits.DEFAULT.orders):
        market.order((sku_id, 1))
    with pytest.raises(UnpaidOrderLimit) as refused:
        market.order((sku_id, 1))
    assert refused.value.status == 429 and refused.value.retry_after
    assert market.stock(sku_id) == 20 - limits.DEFAULT.orders
    market.order((sku_id, 1), contact="other@example.test")


def test_one_contact_holds_so_many_units(market: Market) -> None:
    sku_id = market.sell(keys=0, kind="file")
    market.order((sku_id, 100))
    market.order((sku_id, 100))
    with pytest.raises(UnpaidOrderLimit):
        market.order((sku_id, 1))


@pytest.mark.parametrize(
    ("one", "same", "other"),
    [(PUBLIC, PUBLIC, "203.0.114.8"), ("2a01:4f8:1:2::1", "2a01:4f8:1:2:ffff::9", "2a01:4f8:1:3::1")],
)
def test_one_public_address_cannot_hide_behind_many_contacts(market: Market, one: str, same: str, other: str) -> None:
    """Nor behind the other addresses of its own IPv6 network."""
    sku_id = market.sell(keys=0, kind="file")
    for number in range(limits.DEFAULT.orders_of_address):
        market.order((sku_id, 1), contact=f"b{number}@example.test", ip=one)
    with pytest.raises(UnpaidOrderLimit):
        market.order((sku_id, 1), contact="one-more@example.test", ip=same)
    market.order((sku_id, 1), contact="one-more@example.test", ip=other)


def test_a_private_address_is_a_proxys_not_a_buyers(market: Market) -> None:
    sku_id = market.sell(keys=0, kind="file")
    for number in range(limits.DEFAULT.orders_of_address + 1):
        market.order((sku_id, 1), contact=f"b{number}@example.test", ip="127.0.0.1")
