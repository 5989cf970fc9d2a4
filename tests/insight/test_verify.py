"""`verify` is silent on a sound database, and names each law that somebody with the owner's powers has broken."""

from decimal import Decimal

import psycopg
import pytest
from sqlalchemy.engine import make_url

from cardmesh.embedded.postgres import SUPERUSER
from cardmesh.insight.boards import fold as figures
from cardmesh.insight.verify.service import DATA, Finding, verify
from cardmesh.kit import tenancy
from cardmesh.kit.db import db, transaction
from cardmesh.money.ledger import service as ledger
from cardmesh.provenance import sequencer
from cardmesh.settings import Settings
from cardmesh.trade.coupons import service as coupons
from cardmesh.trade.coupons.service import CouponDraft
from tests.fixtures.database import Databases
from tests.fixtures.market import Market

AGO = "clock_timestamp() - interval '10 minutes'"
PLANTS = {
    "ledger.balanced": "update postings set amount_minor = amount_minor + 1 where leg = 1",
    "ledger.complete": "delete from postings",
    "ledger.derived_equals_stored": "update balance_snapshots set balance_minor = balance_minor + 1",
    "ledger.fold_is_of_this_server": "update ledger_fold set upto = '999999999'",
    "keys.sold_once": "insert into stock (offer_id, unit_id, supplier_id)"
    " select offer_id, stock_unit_id, supplier_id from order_units limit 1",
    "keys.of_the_right_offer": "update order_units set stock_unit_id = gen_random_uuid()",
    "orders.totals": "update orders set total_minor = total_minor + 1",
    "orders.paid_has_goods_or_a_job": "update orders set status = 'paid', paid_at = $ago",
    "orders.unpaid_hold_nothing": "update orders set status = 'pending_payment', expires_at = $ago",
    "orders.delivered_is_paid": "update orders set paid_at = null",
    "orders.coupons_counted": "update coupons set used = used + 1",
    "outbox.drained": "insert into outbox (queue, name, run_at) values ('platform', 'lost', $ago)",
    "payments.refused": "insert into gateway_events (gateway, event_ref, type, payload, outcome)"
    " values ('stripe', 'evt_1', 'x', '{}', 'refused')",
    "log.sold_once": "insert into log_leaves select index + 9, event, token, keys, hash from log_leaves"
    " where event = 'sold'",
    "log.agrees": "update order_units set delivered_at = null, settled_at = null",
    "log.is_of_this_server": "update log_state set upto = '999999999'",
    "figures.equal_rows": "update sales_figures set firsts = 1 where face = 'store'",
    "figures.sales_are_in_the_books": "update sales_figures set platform_minor = platform_minor + 1",
    "figures.are_of_this_server": "update figures_fold set upto = '999999999'",
}


def findings() -> dict[str, Finding]:
    with transaction(tenancy.platform()) as session:
        return {finding.check.name: finding for finding in verify(session)}


@pytest.fixture
def sold(market: Market) -> Market:
    """One wallet order, delivered, its postings folded, its events logged, its jobs done; a coupon nobody used."""
    sku = market.sell(keys=3)
    with transaction(tenancy.tenant(market.tenant_id)) as session:
        coupons.create(
            session,
            tenant_id=market.tenant_id,
            store_id=market.store.store_id,
            currency="CNY",
            draft=CouponDraft(code="NEW", percent=Decimal(1)),
        )
    market.fund(100_000)
    market.wallet_order((sku, 1))
    with transaction(tenancy.platform()) as session:
        ledger.fold(session)
    sequencer.catch_up()
    figures.catch_up()
    return market


def plant(databases: Databases, settings: Settings, defect: str) -> None:
    """Do what nobody may: as superuser, with every trigger asleep."""
    name = make_url(settings.database_url).database or ""
    with psycopg.connect(databases.server.url(name, user=SUPERUSER), autocommit=True) as connection:
        connection.execute("set session_replication_role = replica")
        connection.execute(defect.replace("$ago", AGO).encode())


def test_a_sound_database_has_no_defects(sold: Market) -> None:
    found = findings()
    assert {name: one.defects for name, one in found.items() if one.defects} == {}
    assert found["ledger.balanced"].looked_at > 0
    assert found["keys.sold_once"].looked_at == 1


@pytest.mark.parametrize("name", PLANTS)
def test_a_planted_defect_is_named(
    databases: Databases, settings: Settings, sold: Market, name: str
) -> None:
    db.session.remove()
    plant(databases, settings, PLANTS[name])
    assert findings()[name].defects, f"{name} did not notice"


def test_every_law_was_seen_broken() -> None:
    assert {check.name for check in DATA} == PLANTS.keys()
