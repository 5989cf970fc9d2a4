"""Which rule wins, from when to when, and what an operator may not store."""

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from cardmesh.identity.audit.service import trail
from cardmesh.identity.models import Party
from cardmesh.identity.people import service as people
from cardmesh.identity.suppliers.service import create_supplier
from cardmesh.kit import clock, tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.errors import NotFound, ValidationFailed
from cardmesh.kit.i18n import Text
from cardmesh.kit.ids import NIL, new_id
from cardmesh.kit.jobs.models import OutboxJob
from cardmesh.money.commission import announce
from cardmesh.money.commission.book import RuleBook
from cardmesh.money.commission.drafts import propose
from cardmesh.money.commission.errors import NoRuleInForce, RuleNeeded
from cardmesh.money.commission.explain import explain
from cardmesh.money.commission.rules import Rule
from cardmesh.money.commission.service import create_rule, end_rule, list_rules, load_rules, rules_in_force
from cardmesh.money.models import CommissionRule, RuleBasis

SOLD: dict[str, Any] = {name: new_id() for name in ("sku_id", "product_id", "category_id", "supplier_id", "tenant_id")}
GOODS = ("sku_id", "product_id", "category_id", None)
PARTIES = (("supplier_id", "tenant_id"), ("supplier_id",), ("tenant_id",), ())
BY_SPECIFICITY = [tuple(name for name in (goods, *parties) if name) for goods, parties in product(GOODS, PARTIES)]
"""As domain.md has it: sku > product > category, each with supplier and/or tenant; then supplier × tenant, supplier,
tenant, default."""


def sold(**others: uuid.UUID) -> dict[str, Any]:
    """What was sold, but for what is another's."""
    return SOLD | others


def a_rule(*scope: str, rate: str = "0.1") -> Rule:
    return propose(basis=RuleBasis.COST, rate=Decimal(rate), **{name: SOLD[name] for name in scope})


def test_the_order_is_the_one_written_down() -> None:
    assert BY_SPECIFICITY[0] == ("sku_id", "supplier_id", "tenant_id")
    assert BY_SPECIFICITY[4:6] == [("product_id", "supplier_id", "tenant_id"), ("product_id", "supplier_id")]
    assert BY_SPECIFICITY[-4:] == [("supplier_id", "tenant_id"), ("supplier_id",), ("tenant_id",), ()]


@pytest.mark.parametrize("winner", range(len(BY_SPECIFICITY)))
def test_the_most_specific_rule_wins(winner: int) -> None:
    rules = {scope: a_rule(*scope) for scope in BY_SPECIFICITY[winner:]}
    assert RuleBook(rules.values()).pick(**SOLD) is rules[BY_SPECIFICITY[winner]]


@pytest.mark.parametrize("scope", [scope for scope in BY_SPECIFICITY if scope])
def test_a_rule_for_somebody_else_does_not_apply(scope: tuple[str, ...]) -> None:
    default, special = a_rule(), a_rule(*scope)
    for name in scope:
        assert RuleBook([default, special]).pick(**sold(**{name: new_id()})) is default


def test_the_book_is_right_when_made_from_snapshots() -> None:
    rules = [Rule.from_json(a_rule(*scope).to_json()) for scope in BY_SPECIFICITY]
    assert RuleBook(rules).pick(**SOLD) == rules[0]


def test_no_rule_at_all_is_an_error_not_a_gift() -> None:
    with pytest.raises(NoRuleInForce):
        RuleBook([]).pick(**SOLD)


def picked(at: datetime | None = None) -> Decimal:
    with transaction(tenancy.trade(SOLD["tenant_id"])) as session:
        return load_rules(session, at).pick(**SOLD).rate


def test_a_new_installation_has_a_default_rule(app: Flask) -> None:
    assert picked() == Decimal("0.05")


def test_a_later_rule_supersedes_from_its_date_and_a_promotion_ends(app: Flask) -> None:
    today = clock.now()
    with transaction(tenancy.platform()) as session:
        create_rule(session, basis=RuleBasis.COST, rate=Decimal("0.07"), effective_from=today + timedelta(days=7))
        create_rule(
            session,
            basis=RuleBasis.COST,
            rate=Decimal("0.01"),
            effective_from=today + timedelta(days=10),
            ends_at=today + timedelta(days=12),
        )
    days = {day: picked(today + timedelta(days=day)) for day in (0, 6, 7, 9, 10, 11, 12, 99)}
    assert days == {
        0: Decimal("0.05"),
        6: Decimal("0.05"),
        7: Decimal("0.07"),
        9: Decimal("0.07"),
        10: Decimal("0.01"),
        11: Decimal("0.01"),
        12: Decimal("0.07"),
        99: Decimal("0.07"),
    }


def test_a_rule_ends_but_never_the_last_default(app: Flask) -> None:
    with transaction(tenancy.platform()) as session:
        special = create_rule(session, basis=RuleBasis.COST, rate=Decimal("0.2"), supplier_id=SOLD["supplier_id"])
        default = next(row for row in list_rules(session).rows if row.rate == Decimal("0.05"))
    assert picked() == Decimal("0.2")
    with transaction(tenancy.platform()) as session:
        end_rule(session, rule_id=special.id, reason="too much")
    assert picked() == Decimal("0.05")
    for rule_id, refusal in ((special.id, RuleNeeded), (default.id, RuleNeeded), (new_id(), NotFound)):
        with pytest.raises(refusal), transaction(tenancy.platform()) as session:
            end_rule(session, rule_id=rule_id)
    assert picked() == Decimal("0.05")
    with transaction(tenancy.platform()) as session:
        create_rule(session, basis=RuleBasis.COST, rate=Decimal("0.06"))
        end_rule(session, rule_id=default.id)
    assert picked() == Decimal("0.06")


def test_who_changed_a_rule_and_why_is_recorded(app: Flask) -> None:
    with transaction(tenancy.platform()) as session:
        row = create_rule(session, basis=RuleBasis.COST, rate=Decimal("0.2"), tenant_id=new_id(), note="launch")
        end_rule(session, rule_id=row.id, reason="over")
        records = trail(session, subject_id=row.id)
    assert [(r.action, r.reason) for r in records] == [
        ("commission_rule.ended", "over"),
        ("commission_rule.created", "launch"),
    ]
    assert records[1].details["rate"] == "0.2000"


def test_the_cached_book_follows_within_a_second(app: Flask) -> None:
    tenant = SOLD["tenant_id"]

    def cached() -> Decimal:
        with transaction(tenancy.trade(tenant)) as session:
            return rules_in_force(session).pick(**SOLD).rate

    assert cached() == Decimal("0.05")
    with transaction(tenancy.platform()) as session:
        create_rule(session, basis=RuleBasis.COST, rate=Decimal("0.3"))
        later = clock.now() + timedelta(hours=1)
        create_rule(session, basis=RuleBasis.COST, rate=Decimal("0.4"), effective_from=later)
    assert cached() == Decimal("0.3"), "at once in the process that changed it"
    with time_machine.travel(later + timedelta(seconds=1)):
        assert cached() == Decimal("0.4"), "and when its time has come"


def test_a_rule_that_is_rolled_back_is_in_no_cache(app: Flask) -> None:
    with pytest.raises(RuntimeError, match="no"), transaction(tenancy.platform()) as session:
        create_rule(session, basis=RuleBasis.COST, rate=Decimal("0.3"))
        assert rules_in_force(session).pick(**SOLD).rate == Decimal("0.3")
        raise RuntimeError("no")
    with transaction(tenancy.platform()) as session:
        assert rules_in_force(session).pick(**SOLD).rate == Decimal("0.05")


def test_parties_see_their_own_rules_and_the_common_ones(app: Flask) -> None:
    mine, other = new_id(), new_id()
    with transaction(tenancy.platform()) as session:
        for tenant in (mine, other):
            create_rule(session, basis=RuleBasis.COST, rate=Decimal("0.1"), tenant_id=tenant)
    with transaction(tenancy.tenant(mine)) as session:
        assert [row.tenant_id for row in list_rules(session).rows] == [mine, None]
    with transaction(tenancy.supplier(other)) as session:
        assert [row.tenant_id for row in list_rules(session).rows] == [None]


@pytest.mark.parametrize(
    ("proposal", "codes"),
    [
        ({"rate": "1.1"}, ["/rate rate_invalid"]),
        ({"rate": "-0.1", "fee_rate": "NaN"}, ["/fee_rate rate_invalid", "/rate rate_invalid"]),
        ({"rate": "0.0000001"}, ["/rate rate_invalid"]),
        ({"supplier_share": "0.5"}, ["/supplier_share share_not_allowed"]),
        ({"basis": RuleBasis.SHARE}, ["/supplier_share shares_incomplete"]),
        ({"basis": RuleBasis.SHARE, "rate": "0.1"}, ["/rate rate_not_allowed", "/supplier_share shares_incomplete"]),
        (
            {"basis": RuleBasis.SHARE, "supplier_share": "0.5", "platform_share": "0.5", "distributor_share": "0.5"},
            ["/supplier_share shares_incomplete"],
        ),
        (
            {"sku_id": NIL, "product_id": new_id(), "category_id": new_id()},
            ["/category_id scope_ambiguous", "/product_id scope_ambiguous"],
        ),
    ],
)
def test_a_rule_that_makes_no_sense_names_each_wrong_field(proposal: dict[str, Any], codes: list[str]) -> None:
    values: dict[str, Any] = {"basis": RuleBasis.COST} | proposal
    values = {name: Decimal(value) if type(value) is str else value for name, value in values.items()}
    with pytest.raises(ValidationFailed) as caught:
        propose(**values)
    assert sorted(f"{error.pointer} {error.code}" for error in caught.value.errors) == codes
    assert all(error.message("zh-CN") != error.message("en") for error in caught.value.errors)


def test_a_rule_does_not_begin_in_the_past_or_end_before_it_begins(app: Flask) -> None:
    now = datetime.now(UTC)
    wrong: tuple[dict[str, Any], ...] = (
        {"effective_from": now - timedelta(hours=1)},
        {"ends_at": now - timedelta(hours=1)},
        {"effective_from": now + timedelta(days=2), "ends_at": now + timedelta(days=1)},
    )
    for dates in wrong:
        with pytest.raises(ValidationFailed), transaction(tenancy.platform()) as session:
            create_rule(session, basis=RuleBasis.COST, rate=Decimal("0.1"), **dates)
    with transaction(tenancy.platform()) as session:
        assert len(list_rules(session).rows) == 1


def test_a_rule_in_words() -> None:
    assert explain(a_rule("category_id", "supplier_id", rate="0.05")) == (
        "按进货价抽佣 5%（适用：指定分类 × 指定供货商）",
        "Commission 5% of cost (applies to: this category × this supplier)",
    )
    rule = a_rule("category_id", "supplier_id", rate="0.05")
    assert rule.category_id
    named = explain(rule, {rule.category_id: Text("游戏{x}", "Games {x}")})
    assert [named.render(locale) for locale in ("zh-CN", "en")] == [
        "按进货价抽佣 5%（适用：分类“游戏{x}” × 指定供货商）",
        "Commission 5% of cost (applies to: category “Games {x}” × this supplier)",
    ]
    both = propose(basis=RuleBasis.RETAIL, rate=Decimal("0.025"), fee_rate=Decimal("0.01"))
    assert explain(both).zh == "按售价抽佣 2.5%；服务费为售价的 1%（适用：默认规则）"
    shared = propose(
        basis=RuleBasis.SHARE,
        supplier_share=Decimal("0.7"),
        platform_share=Decimal("0.1"),
        distributor_share=Decimal("0.2"),
    )
    assert explain(shared).en == (
        "Retail is shared 70% / 10% / 20% by supplier / platform / distributor (applies to: the default rule)"
    )


def test_a_rule_for_a_currency_comes_before_the_one_for_any() -> None:
    """Of the same goods and parties; a narrower rule for any currency still comes before it."""
    default, dollars = a_rule(), propose(basis=RuleBasis.COST, rate=Decimal("0.2"), currency="USD", min_minor=10)
    book = RuleBook([default, dollars])
    assert book.pick(**SOLD, currency="USD") == dollars and book.pick(**SOLD, currency="CNY") is default
    named = a_rule("supplier_id")
    assert RuleBook([default, dollars, named]).pick(**SOLD, currency="USD") is named
    assert RuleBook([default, dollars, named]).fitting(**SOLD, currency="USD") == [named, dollars, default]
    assert RuleBook([default, dollars, named]).fitting(**SOLD, currency="CNY") == [named, default]


def test_steps_go_by_the_suppliers_volume() -> None:
    steps = ((1_000, Decimal("0.04")), (5_000, Decimal("0.03")))
    rule = propose(basis=RuleBasis.COST, rate=Decimal("0.05"), currency="CNY", steps=steps)
    for volume, rate in ((0, "0.05"), (999, "0.05"), (1_000, "0.04"), (9_999, "0.03")):
        book = RuleBook([a_rule(), rule], {(SOLD["supplier_id"], "CNY"): volume})
        chosen = book.pick(**SOLD, currency="CNY")
        assert (chosen.rate, chosen.volume_minor) == (Decimal(rate), volume)
        assert Rule.from_json(chosen.to_json()) == chosen
    assert "销量" in explain(chosen).zh and "volume was" in explain(chosen).en


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"min_minor": 5}, "/currency"),
        ({"currency": "CNY", "min_minor": 6, "cap_minor": 5}, "/min_minor"),
        ({"currency": "CNY", "steps": ((5, Decimal("0.1")), (5, Decimal("0.2")))}, "/steps"),
        ({"currency": "CNY", "steps": ((5, Decimal("1.1")),)}, "/steps"),
    ],
)
def test_sums_that_mean_nothing(wrong: dict[str, Any], pointer: str) -> None:
    with pytest.raises(ValidationFailed) as refused:
        propose(basis=RuleBasis.COST, rate=Decimal("0.05"), **wrong)
    assert [error.pointer for error in refused.value.errors] == [pointer]


def test_a_change_is_announced_seven_days_ahead(app: Flask) -> None:
    """Those concerned get a letter; what has not begun is taken back at once; the others end with notice too."""
    with transaction(tenancy.platform()) as session:
        supplier = create_supplier(session, name="S", email="s@example.test")
        other = create_supplier(session, name="T", email="t@example.test")
        mine, theirs = (
            people.invite(session, email=f"{one.name}@example.test", party=Party.SUPPLIER, party_id=one.id)
            for one in (supplier, other)
        )
        soon = clock.now() + timedelta(days=6)
        with pytest.raises(ValidationFailed):
            announce.announce(session, basis=RuleBasis.COST, rate=Decimal("0.1"), effective_from=soon)
        row = announce.announce(session, basis=RuleBasis.COST, rate=Decimal("0.1"), supplier_id=supplier.id)
        assert timedelta(days=6, hours=23) < row.effective_from - clock.now() <= timedelta(days=7)
        told = session.scalars(select(OutboxJob.args).where(OutboxJob.name == "mail.rule")).all()
        assert [job["person_id"] for job in told] == [str(mine.id)] and theirs.id != mine.id
        assert load_rules(session).pick(**sold(supplier_id=supplier.id)).rate == Decimal("0.05")
        later = load_rules(session, row.effective_from)
        assert later.pick(**sold(supplier_id=supplier.id)).rate == Decimal("0.1")
    with transaction(tenancy.supplier(supplier.id)) as session:
        assert [one.id for one in announce.coming(session)] == [row.id]
    with transaction(tenancy.supplier(other.id)) as session:
        assert announce.coming(session) == []
    with transaction(tenancy.platform()) as session:
        assert announce.announce_end(session, rule_id=row.id).ends_at == row.effective_from
        assert announce.coming(session) == []
        default = next(one for one in session.scalars(select(CommissionRule)) if one.id != row.id)
        create_rule(session, basis=RuleBasis.COST, rate=Decimal("0.07"))
        with pytest.raises(ValidationFailed):
            announce.announce_end(session, rule_id=default.id, ends_at=clock.now())
        assert announce.announce_end(session, rule_id=default.id).ends_at == default.ends_at
        assert announce.coming(session) == [default]
