"""The wallet order in two round trips: what changes between reading the basket and writing the order."""

import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from cardmesh.goods.inventory import service as inventory
from cardmesh.goods.offers import service as offers
from cardmesh.identity.idempotency import service as idempotency
from cardmesh.identity.models import Party
from cardmesh.identity.tenants.service import change_tenant
from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction
from cardmesh.money.commission import service as commission
from cardmesh.money.models import RuleBasis
from cardmesh.trade.orders import service as orders
from cardmesh.trade.orders.service import Item, OrderView
from tests.fixtures.market import Market

from .interleave import UNCOMMITTED, Race, between
from .test_stock import NONE_LEFT, listed, shopper
from .test_wallet import POOR, buyer, withdrawer

DECIDED = "order.express.decided"
FUNDED = 100_000


def caller(market: Market, sku_id: uuid.UUID, ref: str | None = None) -> Callable[[], str]:
    """As the API does it: the express order, and the plain one when that could not see to it. Its id."""
    ref = ref or uuid.uuid4().hex

    def place() -> str:
        placed = orders.place_express(
            tenant_id=market.tenant_id,
            request=orders.Call(ref, b"asked"),
            external_ref=ref,
            items=[Item(sku_id, 1)],
            on_shortage="cancel_all",
            answer=_answer,
        )
        return (placed or _plain(market, sku_id, ref))["order"]

    return place


def _answer(view: OrderView) -> dict[str, Any]:
    return {"order": str(view.order.id)}


def _plain(market: Market, sku_id: uuid.UUID, ref: str) -> dict[str, Any]:
    with transaction(tenancy.trade(market.tenant_id)) as session:
        begun = idempotency.begin(session, party_id=market.tenant_id, key=ref, request_hash=b"asked")
        if begun.done:
            return begun.row.body or {}
        order = orders.place_wallet_order(
            session,
            tenant_id=market.tenant_id,
            store_id=market.store.store_id,
            external_ref=ref,
            items=[Item(sku_id, 1)],
        )
        body = _answer(orders.view(session, order))
        idempotency.finish(session, begun.row, status=201, body=body)
    return body


def paid(price: int = 9_500, fee: int = 475) -> dict[str, int]:
    """The books after one order."""
    return {
        "platform adjustment": -FUNDED,
        "platform revenue": fee,
        "supplier pending": price - fee,
        "tenant available": FUNDED - price,
    }


UNTOUCHED = {"platform adjustment": -FUNDED, "tenant available": FUNDED}

AFTER: dict[str | None, tuple[str | None, dict[str, int]]] = {
    None: (None, paid()),
    "pause": ("offer_not_active", UNTOUCHED),
    "suspend": ("tenant_suspended", UNTOUCHED),
    "void": (NONE_LEFT, UNTOUCHED),
    "price": (None, paid(price=8_000, fee=400)),
    "rule": (None, paid(fee=950)),
}
"""The refusal, if any, and the books when a change is seen; None: it came too late to be seen."""


@between(
    ("express", DECIDED, "again"),
    ("express", DECIDED, "order"),
    ("order", "order.wallet.placed", "express"),
)
def test_one_call_twice(race: Race, market: Market) -> None:
    """One order, and both are told of it. The plain version takes the reference as well."""
    offer = listed(market, keys=2)
    express, order = caller(market, offer.sku_id, "A-1"), buyer(market, offer.sku_id, "A-1")
    ends = race.run(express=express, again=express, order=order)
    assert ends["express"] == ends[race.second if race.first == "express" else race.first]
    assert market.stock(offer.sku_id) == 1 and market.books() == paid()


@between(
    ("express", DECIDED, "other"),
    ("express", DECIDED, "order"),
    ("express", DECIDED, "store"),
    ("store", "order.store.reserved", "express"),
    ("order", "order.wallet.placed", "express"),
)
def test_the_last_key(race: Race, market: Market) -> None:
    offer = listed(market)
    verbs = {name: caller(market, offer.sku_id) for name in ("express", "other")}
    ends = race.run(**verbs, order=buyer(market, offer.sku_id), store=shopper(market, offer.sku_id))
    assert ends["express"] == NONE_LEFT and list(ends.values()).count(NONE_LEFT) == 1
    assert market.stock(offer.sku_id) == 0
    assert market.books() == (UNTOUCHED if "store" in ends else paid())


@between(
    ("express", DECIDED, "withdraw"),
    ("withdraw", "withdrawal.requested", "express"),
)
def test_the_whole_balance_is_withdrawn(race: Race, market: Market) -> None:
    offer = listed(market)
    withdraw = withdrawer(Party.DISTRIBUTOR, market.tenant_id, FUNDED)
    ends = race.run(express=caller(market, offer.sku_id), withdraw=withdraw)
    assert ends == {"withdraw": "requested", "express": POOR} and race.waited == (race.first == "withdraw")
    assert market.stock(offer.sku_id) == 1
    assert market.books() == {"platform adjustment": -FUNDED, "tenant in_transit": FUNDED}


@between(
    ("express", DECIDED, "pause"),
    ("express", DECIDED, "suspend"),
    ("express", DECIDED, "void"),
    ("express", DECIDED, "price"),
    ("express", DECIDED, "rule"),
    ("pause", UNCOMMITTED, "express"),
    ("suspend", UNCOMMITTED, "express"),
    ("void", UNCOMMITTED, "express"),
    ("price", UNCOMMITTED, "express"),
    ("rule", UNCOMMITTED, "express"),
)
def test_terms_change_between_the_two_statements(race: Race, market: Market) -> None:
    """A change that is committed before the order is written is obeyed, one that is not is not seen."""
    offer = listed(market)
    supplier = tenancy.supplier(offer.supplier_id)

    def pause() -> None:
        with transaction(supplier) as session:
            offers.pause(session, offer_id=offer.id)

    def void() -> None:
        with transaction(supplier) as session:
            inventory.withdraw(session, supplier_id=offer.supplier_id, offer=offer, reason="leaked")

    def price() -> None:
        with transaction(supplier) as session:
            offers.update_offer(session, offer_id=offer.id, base_price_minor=8_000)

    def suspend() -> None:
        with transaction(tenancy.platform()) as session:
            change_tenant(session, tenant_id=market.tenant_id, status="suspended")

    def rule() -> None:
        with transaction(tenancy.platform()) as session:
            commission.create_rule(session, basis=RuleBasis.COST, rate=Decimal("0.10"))

    verbs = {"pause": pause, "void": void, "price": price, "suspend": suspend, "rule": rule}
    ends = race.run(**verbs, express=caller(market, offer.sku_id))
    change = race.second if race.point == DECIDED else "void" if race.first == "void" else None
    refusal, books = AFTER[change]
    assert (ends["express"] == refusal if refusal else uuid.UUID(str(ends["express"]))) and not race.waited
    assert market.books() == books
    assert market.stock(offer.sku_id) == int(refusal is not None and change != "void")
