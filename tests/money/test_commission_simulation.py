"""Trying a rule on sales of the past: who would have got what."""

from dataclasses import replace
from decimal import Decimal

from cardmesh.identity.models import Party
from cardmesh.kit.ids import NIL, new_id
from cardmesh.money.commission.book import RuleBook
from cardmesh.money.commission.drafts import propose
from cardmesh.money.commission.simulation import SaleFact, simulate
from cardmesh.money.models import RuleBasis

DEFAULT = propose(basis=RuleBasis.COST, rate=Decimal("0.05"))
SALE = SaleFact(
    sku_id=new_id(),
    product_id=new_id(),
    category_id=new_id(),
    supplier_id=new_id(),
    tenant_id=new_id(),
    currency="CNY",
    retail_minor=108_00,
    cost_minor=95_00,
    supplier_minor=90_25,
    platform_minor=4_75,
    distributor_minor=13_00,
)


def test_each_party_before_and_after() -> None:
    other_supplier = new_id()
    draft = propose(basis=RuleBasis.COST, rate=Decimal("0.10"), supplier_id=SALE.supplier_id)
    sales = [SALE, SALE, replace(SALE, supplier_id=other_supplier)]
    result = simulate(draft, book=RuleBook([DEFAULT]), sales=sales)
    assert (result.units, result.affected, result.blocked) == (3, 2, 0)
    changes = {(c.party, c.party_id): (c.before_minor, c.after_minor, c.change_minor) for c in result.changes}
    assert changes == {
        (Party.SUPPLIER, SALE.supplier_id): (180_50, 171_00, -9_50),
        (Party.SUPPLIER, other_supplier): (90_25, 90_25, 0),
        (Party.PLATFORM, NIL): (14_25, 23_75, 9_50),
        (Party.DISTRIBUTOR, SALE.tenant_id): (39_00, 39_00, 0),
    }


def test_a_more_specific_rule_keeps_its_sales() -> None:
    special = propose(basis=RuleBasis.COST, rate=Decimal("0.05"), sku_id=SALE.sku_id)
    draft = propose(basis=RuleBasis.COST, rate=Decimal("0.50"))
    result = simulate(draft, book=RuleBook([DEFAULT, special]), sales=[SALE])
    assert (result.units, result.affected) == (1, 0)
    assert all(change.change_minor == 0 for change in result.changes)


def test_the_draft_supersedes_its_equal() -> None:
    draft = propose(basis=RuleBasis.COST, rate=Decimal("0"))
    result = simulate(draft, book=RuleBook([DEFAULT]), sales=[SALE])
    assert {change.party: change.change_minor for change in result.changes} == {
        Party.SUPPLIER: 4_75,
        Party.PLATFORM: -4_75,
        Party.DISTRIBUTOR: 0,
    }


def test_sales_that_the_loss_guard_would_have_stopped_count_as_none() -> None:
    draft = propose(basis=RuleBasis.COST, rate=Decimal("0.05"), fee_rate=Decimal("0.2"))
    result = simulate(draft, book=RuleBook([DEFAULT]), sales=[SALE])
    assert (result.affected, result.blocked) == (1, 1)
    assert [change.after_minor for change in result.changes] == [0, 0, 0]


def test_currencies_are_kept_apart() -> None:
    result = simulate(DEFAULT, book=RuleBook([DEFAULT]), sales=[SALE, replace(SALE, currency="USD")])
    assert [(change.currency, change.change_minor) for change in result.changes] == [("CNY", 0)] * 3 + [("USD", 0)] * 3
