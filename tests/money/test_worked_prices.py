"""What a rule takes, what a coupon costs and what goods in dollars cost, with figures checked by hand."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from cardmesh.money.commission.drafts import propose
from cardmesh.money.commission.rules import split
from cardmesh.money.fx.rules import Rate
from cardmesh.money.models import RuleBasis
from cardmesh.trade.rules import retail_shares
from tests.money.test_worked_examples import RULE


def test_three_ways_of_a_share_rule_with_a_fen_left_over() -> None:
    """70 / 10 / 20 of 0.99 is 0.693 / 0.099 / 0.198: the two odd fen go to the largest fractions, .9 and .8."""
    rule = propose(
        basis=RuleBasis.SHARE,
        supplier_share=Decimal("0.7"),
        platform_share=Decimal("0.1"),
        distributor_share=Decimal("0.2"),
    )
    parts = split(rule, retail_minor=99, cost_minor=0)
    assert (parts.supplier_minor, parts.platform_minor, parts.distributor_minor) == (69, 10, 20)


def test_a_minimum_a_cap_and_steps_of_volume() -> None:
    """Five per cent of 95.00 is 4.75 a unit; a minimum of 5.00 makes 15.00 of three, a cap of 4.00 makes 12.00.

    At a volume of 12,000.00 in thirty days the step "from 10,000.00: 3 %" takes 2.85.
    """
    examples: tuple[tuple[dict[str, Any], int, int, int], ...] = (
        ({"min_minor": 5_00}, 0, 3, 15_00),
        ({"cap_minor": 4_00}, 0, 3, 12_00),
        ({"steps": ((10_000_00, Decimal("0.03")),)}, 12_000_00, 1, 2_85),
    )
    for terms, volume, count, commission in examples:
        rule = propose(basis=RuleBasis.COST, rate=Decimal("0.05"), currency="CNY", **terms).at_volume(volume)
        parts = split(rule, retail_minor=108_00 * count, cost_minor=95_00 * count, count=count)
        assert (parts.commission_minor, parts.supplier_minor) == (commission, 95_00 * count - commission)
        assert parts.distributor_minor == 13_00 * count


def test_a_coupon_comes_off_the_distributors_share_alone() -> None:
    """5 % off 108.00 is 5.40: paid are 102.60; supplier 90.25 and platform 5.83 as before, 11.92 − 5.40 = 6.52."""
    (unit,) = retail_shares(RULE, unit_price_minor=108_00, cost_minor=95_00, count=1, discount_minor=5_40)
    assert (unit.retail_minor, unit.discount_minor) == (102_60, 5_40)
    assert (unit.supplier_minor, unit.platform_minor, unit.distributor_minor) == (90_25, 5_83, 6_52)


def test_goods_offered_in_dollars() -> None:
    """10.00 $ at 7.1234 are 71.234 ¥, rounded up 71.24. Yen have no smaller unit: 10.00 $ at 150.5 are 1505."""
    at = datetime(2026, 11, 22, tzinfo=UTC)
    assert Rate("USD", "CNY", Decimal("7.1234"), "a bank", at).convert(10_00) == 71_24
    assert Rate("USD", "JPY", Decimal("150.5"), "a bank", at).convert(10_00) == 1505
