"""Stock that two want, and terms that change while somebody orders."""

import uuid
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from cardmesh.goods.inventory import service as inventory
from cardmesh.goods.models import GoodsKind, Offer
from cardmesh.goods.offers import service as offers
from cardmesh.identity.tenants.service import change_tenant
from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction
from cardmesh.money.commission import service as commission
from cardmesh.money.models import RuleBasis
from tests.fixtures.market import Code, Market

from .interleave import UNCOMMITTED, Race, between
from .test_wallet import buyer

NONE_LEFT = "insufficient_stock"
YESTERDAY = date(2020, 1, 1)


def listed(market: Market, keys: int = 1, **terms: Any) -> Offer:
    """An offer whose SKU is on sale, and a full wallet."""
    market.fund(100_000)
    offer = market.offer(market.sku(), keys, **terms)
    market.put_on_sale(offer.sku_id, 10_800)
    return offer


def shopper(market: Market, sku_id: uuid.UUID) -> Callable[[], str]:
    """Somebody else each time, who does not pay yet."""
    return lambda: str(market.order((sku_id, 1), contact=f"{uuid.uuid4().hex}@example.test").order.id)


@between(
    ("store", "order.store.reserved", "wallet"),
    ("store", "order.store.placed", "wallet"),
    ("wallet", "order.wallet.placed", "store"),
    ("wallet", "order.wallet.begun", "store"),
    ("store", "order.store.reserved", "again"),
    ("wallet", "order.wallet.placed", "again"),
)
def test_the_last_key(race: Race, market: Market) -> None:
    """One gets it and the other is told at once; only two spenders of one wallet wait for each other."""
    offer = listed(market)
    verbs = {"store": shopper(market, offer.sku_id), "wallet": buyer(market, offer.sku_id)}
    ends = race.run(**verbs, again=verbs[race.first])
    late = race.first if race.point == "order.wallet.begun" else race.second
    assert ends[late] == NONE_LEFT and list(ends.values()).count(NONE_LEFT) == 1
    assert race.waited == (race.first == "wallet" and race.second == "again")
    assert market.stock(offer.sku_id) == 0
    paid = {"tenant available": 90_500, "supplier pending": 9_025, "platform revenue": 475}
    by_wallet = "wallet" in (race.first, race.second) and ends.get("wallet") != NONE_LEFT
    assert market.books() == {"platform adjustment": -100_000, **(paid if by_wallet else {"tenant available": 100_000})}


@between(
    ("void", UNCOMMITTED, "order"),
    ("order", "order.wallet.placed", "void"),
    ("order", "order.wallet.begun", "void"),
    ("lapse", UNCOMMITTED, "order"),
    ("order", "order.wallet.placed", "lapse"),
    ("void", UNCOMMITTED, "lapse"),
    ("lapse", UNCOMMITTED, "void"),
    ("void", UNCOMMITTED, "again"),
    ("lapse", UNCOMMITTED, "again"),
)
def test_keys_are_taken_off_sale(race: Race, market: Market) -> None:
    """A key is sold or taken off, never both; nobody waits to learn which."""
    offer = listed(market, keys=0)
    with transaction(tenancy.supplier(offer.supplier_id)) as session:
        inventory.add_keys(session, offer=offer, records=[Code(1, "OLD-000001", YESTERDAY)])

    def void() -> int:
        with transaction(tenancy.supplier(offer.supplier_id)) as session:
            return inventory.withdraw(session, supplier_id=offer.supplier_id, offer=offer, reason="leaked")

    def lapse() -> int:
        with transaction(tenancy.platform()) as session:
            return inventory.drop_expired(session, today=date(2026, 1, 1))

    verbs = {"void": void, "lapse": lapse, "order": buyer(market, offer.sku_id)}
    ends = race.run(**verbs, again=verbs[race.first])
    sold = race.point == "order.wallet.placed"
    if "order" in ends:
        assert (ends["order"] != NONE_LEFT) == sold
    off = [end for name, end in ends.items() if name != "order"]
    assert sum(int(str(end)) for end in off) == int(not sold) and not race.waited
    assert market.stock(offer.sku_id) == 0
    assert market.books()["tenant available"] == (90_500 if sold else 100_000)


@between(
    ("cap", UNCOMMITTED, "order"),
    ("order", "order.wallet.placed", "cap"),
    ("order", "order.wallet.begun", "cap"),
)
def test_a_cap_is_set_while_somebody_orders(race: Race, market: Market) -> None:
    """From then on exactly as many can be sold as it says, whatever was under way."""
    offer = listed(market, kind=GoodsKind.FILE, stock_cap=3)

    def cap() -> int | None:
        with transaction(tenancy.supplier(offer.supplier_id)) as session:
            return offers.update_offer(session, offer_id=offer.id, stock_cap=2).stock_cap

    ends = race.run(cap=cap, order=buyer(market, offer.sku_id))
    assert ends["cap"] == 2
    refused = race.first == "cap"
    assert (ends["order"] == NONE_LEFT) == refused and race.waited == (race.point == "order.wallet.placed")
    after = race.point == "order.wallet.begun"
    assert market.stock(offer.sku_id) == 2 - after
    assert market.books()["tenant available"] == (100_000 if refused else 90_500)


@between(
    ("pause", UNCOMMITTED, "order"),
    ("order", "order.wallet.begun", "pause"),
    ("order", "order.wallet.placed", "pause"),
    ("suspend", UNCOMMITTED, "order"),
    ("order", "order.wallet.begun", "suspend"),
    ("order", "order.wallet.placed", "suspend"),
)
def test_selling_is_stopped_while_somebody_orders(race: Race, market: Market) -> None:
    """An order that read before the stop was committed is sold; one that reads after it is refused."""
    offer = listed(market)

    def pause() -> str:
        with transaction(tenancy.supplier(offer.supplier_id)) as session:
            return offers.pause(session, offer_id=offer.id, reason="race").status

    def suspend() -> str:
        with transaction(tenancy.platform()) as session:
            return change_tenant(session, tenant_id=market.tenant_id, status="suspended").status

    ends = race.run(pause=pause, suspend=suspend, order=buyer(market, offer.sku_id))
    stop = "pause" if "pause" in ends else "suspend"
    assert ends[stop] == {"pause": "paused", "suspend": "suspended"}[stop] and not race.waited
    refused = race.point == "order.wallet.begun"
    if refused:
        assert ends["order"] == {"pause": "offer_not_active", "suspend": "tenant_suspended"}[stop]
    assert market.stock(offer.sku_id) == int(refused)
    assert market.books()["tenant available"] == (100_000 if refused else 90_500)


@between(
    ("price", UNCOMMITTED, "order"),
    ("order", "order.wallet.begun", "price"),
    ("order", "order.wallet.placed", "price"),
)
def test_a_price_changes_while_somebody_orders(race: Race, market: Market) -> None:
    """The order is paid at the price it read, to the cent."""
    offer = listed(market)

    def price() -> int:
        with transaction(tenancy.supplier(offer.supplier_id)) as session:
            return offers.update_offer(session, offer_id=offer.id, base_price_minor=8_000).base_price_minor

    ends = race.run(price=price, order=buyer(market, offer.sku_id))
    assert ends["price"] == 8_000 and market.stock(offer.sku_id) == 0 and not race.waited
    paid = 8_000 if race.point == "order.wallet.begun" else 9_500
    assert market.books() == {
        "platform adjustment": -100_000,
        "platform revenue": paid // 20,
        "supplier pending": paid - paid // 20,
        "tenant available": 100_000 - paid,
    }


@between(
    ("rule", UNCOMMITTED, "order"),
    ("order", "order.wallet.begun", "rule"),
    ("order", "order.wallet.placed", "rule"),
    ("rule", UNCOMMITTED, "shop"),
    ("shop", "order.store.reserved", "rule"),
)
def test_a_commission_rule_changes_while_somebody_orders(race: Race, market: Market) -> None:
    """An order keeps the rule it was priced with."""
    offer = listed(market)

    def rule() -> str:
        with transaction(tenancy.platform()) as session:
            made = commission.create_rule(session, basis=RuleBasis.COST, rate=Decimal("0.10"), note="race")
            return made.note

    ends = race.run(rule=rule, order=buyer(market, offer.sku_id), shop=shopper(market, offer.sku_id))
    assert ends["rule"] == "race" and market.stock(offer.sku_id) == 0
    order = uuid.UUID(str(ends.get("order", ends.get("shop"))))
    _, [unit] = market.state(order)
    fee = 950 if race.point == "order.wallet.begun" else 475
    assert (unit.cost_minor, unit.supplier_minor, unit.platform_minor) == (9_500, 9_500 - fee, fee)
    books = market.books()
    assert books.get("platform revenue", 0) == (fee if "order" in ends else 0)
