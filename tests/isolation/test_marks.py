"""Every text of two distributors and two suppliers is marked; then each reads all there is to read, and finds its own.

Pages, API answers, exports, letters, webhooks, log lines: no mark of the other side is in any of them.
"""

import uuid
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import psycopg
import pytest
from sqlalchemy import select, update
from sqlalchemy.engine import make_url

from cardmesh.embedded.postgres import SUPERUSER
from cardmesh.goods.models import GoodsKind, OfferStatus
from cardmesh.goods.offers import service as offers
from cardmesh.identity.api_keys import service as api_keys
from cardmesh.identity.models import Party, Supplier
from cardmesh.identity.people import service as people
from cardmesh.kit import runtime, tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.events.models import WebhookEndpoint
from cardmesh.kit.ids import new_id, parse_id, public_id
from cardmesh.kit.jobs.run import drain
from cardmesh.kit.money import Money
from cardmesh.money.commission import service as commission
from cardmesh.money.models import RuleBasis
from cardmesh.money.wallets import service as wallets
from cardmesh.money.withdrawals import service as withdrawals
from cardmesh.settings import Settings
from cardmesh.sims.mail import MailSim, running_mail
from cardmesh.stores import look
from cardmesh.stores.models import Store, StoreHost
from cardmesh.trade.models import Order
from cardmesh.trade.orders.service import StoreRef
from cardmesh.trade.refunds.service import refund_unit
from site_builder.snapshot import ThemeChoice
from tests.fixtures.database import Databases
from tests.fixtures.market import Market, StripeDesk
from tests.fixtures.receiver import Receiver, running_receiver
from tests.fixtures.shop import Shop, aftermath
from tests.fixtures.stall import SHEET, load
from tests.isolation import marks
from tests.isolation.readers import Side
from workers.registry import JOBS

BY_NAME = {("distributor", "suppliers.name")}
"""What one sees of the other side: distributors choose between suppliers by their names."""

PERSON = {"persons.name", "persons.email", "api_keys.name", "withdrawals.note"}
TRAIL = {"audit_records.actor_name", "audit_records.reason", "audit_records.details"}
SEEN = {
    "distributor": PERSON | TRAIL | {
        *("builds.reason", "builds.failure", "claims.reason", "claims.evidence", "claims.answer", "events.data"),
        *("order_lines.snapshot", "commission_rules.note", "tenants.name"),
        *("disputes.reason", "disputes.gateway_ref", "merchants.account"),
        *("orders.contact", "orders.external_ref", "stores.name", "stores.profile", "suppliers.name"),
        *("idempotent_calls.body", "webhook_endpoints.url", "themes.name", "themes.findings", "store_looks.author"),
    },
    "supplier": PERSON | TRAIL | {
        *("imports.filename", "import_issues.params", "offer_files.filename", "offers.review_reason"),
    },
    "buyer": {"stores.name", "stores.profile", "order_lines.snapshot"},
    "letter": {"stores.name", "orders.contact", "order_lines.snapshot", "persons.email"},
    "webhook": {"events.data"},
}  # fmt: skip
"""What each reader sees of its own side, no more and no less: a supplier no buyer's contact and no store's words."""

UNSEEN = {
    *("payments.session_ref", "payments.intent_ref", "payments.url", "refunds.gateway_ref", "refunds.failure"),
    *("refunds.reason", "orders.ip", "web_sessions.user_agent", "outbox.last_error", "webhook_deliveries.error"),
    *("catalog_changes.reason", "suppliers.email", "merchants.public", "undos.changes"),
}
"""What is marked and nobody of its side reads: the operator's own, what is between us and a gateway, notes of ids."""


@pytest.fixture
def mail() -> Iterator[MailSim]:
    """Letters of the running application arrive here."""
    with running_mail() as mail:
        now = runtime.current()
        runtime.install(replace(now, settings=replace(now.settings, smtp_url=f"smtp://127.0.0.1:{mail.smtp_port}")))
        yield mail


@pytest.fixture
def receivers() -> Iterator[dict[int, Receiver]]:
    """The two distributors' own servers."""
    with running_receiver() as one, running_receiver() as two:
        yield {1: one, 2: two}


@pytest.fixture
def sides(shop: Shop, stripe_desk: StripeDesk, receivers: dict[int, Receiver]) -> list[Side]:
    """After a busy day of both, nothing of which has been posted or built yet."""
    first, second = shop.market.suppliers
    rival, ids = _rivals_day(shop, stripe_desk)
    _open(shop.market.store)
    made = [_side(shop, 1, shop.market, first, shop.ids), _side(shop, 2, rival, second, ids)]
    with transaction(tenancy.platform()) as session:
        for side, market in zip(made, (shop.market, rival), strict=True):
            of = WebhookEndpoint.tenant_id == market.tenant_id
            session.execute(update(WebhookEndpoint).where(of).values(url=receivers[side.number].url))
    return made


def _open(store: StoreRef) -> None:
    """As `open_tenant` does: a host name, a look that can be built, an owner who is invited."""
    with transaction(tenancy.platform()) as session:
        row = session.scalars(select(Store).where(Store.id == store.store_id)).one()
        row.preset = look.check(look.bundled(row.theme), ThemeChoice(handle=row.theme))
        people.invite(session, email="one@example.test", party=Party.DISTRIBUTOR, party_id=store.tenant_id)
        session.add(StoreHost(tenant_id=store.tenant_id, store_id=store.store_id, host=f"{store.handle}.localhost"))


def _rivals_day(shop: Shop, stripe_desk: StripeDesk) -> tuple[Market, dict[str, str]]:
    """The other distributor sells goods of the other supplier."""
    with transaction(tenancy.platform()) as session:
        store = session.scalars(select(Store).where(Store.tenant_id == shop.rival)).one()
    market = Market(shop.rival, StoreRef(shop.rival, store.id, store.handle, "CNY"), shop.market.suppliers)
    sku = shop.market.sku("another")
    market.offer(sku, keys=5, supplier=1)
    market.put_on_sale(sku, 12_000)
    market.fund(50_000)
    market.wallet_order((sku, 1), ref="TWO-1")
    placed = market.order((sku, 2))
    assert stripe_desk.pay(market.checkout(placed)) == 303
    stripe_desk.tell()
    return market, aftermath(market, placed.order.id, sku)[1]


def _side(shop: Shop, number: int, market: Market, supplier: Supplier, ids: dict[str, str]) -> Side:
    parties = {"distributor": (Party.DISTRIBUTOR, market.tenant_id), "supplier": (Party.SUPPLIER, supplier.id)}
    offer_id = _more_of_the_day(market, number - 1, ids)
    with transaction(tenancy.platform()) as session:
        keys = {name: api_keys.issue(session, party=one, party_id=id).secret for name, (one, id) in parties.items()}
        of = Order.tenant_id == market.tenant_id, Order.channel == "store"
        orders = session.scalars(select(Order.number).where(*of)).all()
    distributor, supplied = (shop.consoles.sign_in(*party) for party in parties.values())
    side = Side(
        number,
        shop.consoles.app,
        distributor,
        supplied,
        keys,
        f"{market.store.handle}.localhost",
        dict.fromkeys(orders, f"zq{number}.orders.contact@example.test"),
        {**ids, "import_id": public_id("imp", load(supplier.id, SHEET)), "offer_id": public_id("off", offer_id)},
    )
    assert side.repeat().status_code == 201
    return side


def _more_of_the_day(market: Market, supplier: int, ids: dict[str, str]) -> uuid.UUID:
    """A refund, a rule of its own; the supplier's rejected offer, its key, its withdrawal; the id of a file's offer."""
    supplier_id = market.suppliers[supplier].id
    with transaction(tenancy.trade(market.tenant_id)) as session:
        refund_unit(session, tenant_id=market.tenant_id, unit_id=parse_id("unt", ids["unit_id"]), reason="broken")
    market.run_refunds()
    rejected = market.offer(market.sku(), keys=0, supplier=supplier)
    with transaction(tenancy.platform()) as session:
        offers.get_offer(session, rejected.id).status = OfferStatus.PENDING_REVIEW
        session.flush()
        offers.review(session, offer_id=rejected.id, decision="reject", reason="Name the region")
        commission.create_rule(session, basis=RuleBasis.COST, rate=Decimal("0.05"), tenant_id=market.tenant_id)
        wallets.credit(session, owner_id=supplier_id, amount=Money(9_000, "CNY"), reason="bonus", key=f"x:{new_id()}")
    with transaction(tenancy.supplier(supplier_id)) as session:
        api_keys.issue(session, party=Party.SUPPLIER, party_id=supplier_id, name="stall")
        withdrawals.request(
            session, party=Party.SUPPLIER, owner_id=supplier_id, amount=Money(1_000, "CNY"), note="bank"
        )
    return market.offer(market.sku(), kind=GoodsKind.FILE, supplier=supplier).id


def test_every_text_is_marked_or_a_machines_word() -> None:
    assert marks.unknown() == []


@pytest.mark.timeout(600)
def test_nobody_reads_the_other_sides_words(
    sides: list[Side],
    shop: Shop,
    databases: Databases,
    settings: Settings,
    mail: MailSim,
    receivers: dict[int, Receiver],
    capfd: pytest.CaptureFixture[str],
) -> None:
    owners = {1: (shop.market.tenant_id, shop.market.suppliers[0].id), 2: (shop.rival, shop.market.suppliers[1].id)}
    marked = _mark(databases, settings, owners)
    drain(JOBS)
    marked |= _mark(databases, settings, owners)
    for side in sides:
        side.read()
        _hear(side, mail, receivers)
    leaks = {leak for side in sides for leak in _foreign(side)} | _logged(sides, capfd)
    assert sorted(leaks) == []
    for side in sides:
        assert {reader: names & marked for reader, names in _own(side).items()} == SEEN
        assert len(side.seen) > 120
    assert marked == UNSEEN.union(*SEEN.values())


def _foreign(side: Side) -> set[tuple[int, str, str]]:
    """The other side's marks: who read them, where, which."""
    told = {(place, *one) for place, text in side.seen.items() for one in marks.found(text)}
    others = {(place, name) for place, number, name in told if number != side.number}
    return {(side.number, place, name) for place, name in others if (place.partition(" ")[0], name) not in BY_NAME}


def _mark(databases: Databases, settings: Settings, owners: dict[int, tuple[uuid.UUID, uuid.UUID]]) -> set[str]:
    url = databases.server.url(make_url(settings.database_url).database or "", user=SUPERUSER)
    with psycopg.connect(url) as superuser:
        one, two = (marks.mark(superuser, side, of) for side, of in owners.items())
    assert one == two, "both had the same kinds of things happen"
    return one


def _hear(side: Side, mail: MailSim, receivers: dict[int, Receiver]) -> None:
    """The letters to its people, and what was posted to its server."""
    for letter in mail.store.search(to=f"ZQ{side.number}.", limit=200):
        text = "".join(part.get_content() for part in letter.parsed.walk() if part.get_content_maintype() == "text")
        side.seen[f"letter {letter.id}"] = f"{letter.parsed.items()}\n{text}"
    for number, (headers, body) in enumerate(receivers[side.number].requests):
        side.seen[f"webhook {number}"] = f"{headers}\n{body.decode()}"


def _own(side: Side) -> dict[str, set[str]]:
    own: dict[str, set[str]] = {}
    for place, text in side.seen.items():
        names = {name for number, name in marks.found(text) if number == side.number}
        own.setdefault(place.partition(" ")[0], set()).update(names)
    return own


def _logged(sides: list[Side], capfd: pytest.CaptureFixture[str]) -> set[tuple[int, str, str]]:
    """The marks of anybody in all that was logged, an error on a page full of marks included."""
    with pytest.MonkeyPatch.context() as broken:
        broken.setattr("cardmesh.trade.orders.service.view", _fail)
        for side in sides:
            assert side.distributor.open("GET", f"/distributor/orders/{side.ids['order_id']}").status_code == 500
    logged = "".join(capfd.readouterr())
    assert "Traceback" in logged and "provoked" in logged
    return {(number, "log", name) for number, name in marks.found(logged)}


def _fail(*_: object, **__: object) -> None:
    raise RuntimeError("provoked")
