"""The split is exact: for any price, any cost and any rule the parts add up, and nobody pays for a sale."""

import random
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardmesh.kit.ids import NIL
from cardmesh.money.commission.drafts import propose
from cardmesh.money.commission.errors import LossGuard
from cardmesh.money.commission.rules import PPM, Rule, Split, Step, split
from cardmesh.money.models import RuleBasis

CASES = 200_000


def of_cost(rate: str, fee: str = "0") -> Rule:
    return propose(basis=RuleBasis.COST, rate=Decimal(rate), fee_rate=Decimal(fee))


def of_retail(rate: str, fee: str = "0") -> Rule:
    return propose(basis=RuleBasis.RETAIL, rate=Decimal(rate), fee_rate=Decimal(fee))


def shares(supplier: str, platform: str, distributor: str) -> Rule:
    return propose(
        basis=RuleBasis.SHARE,
        supplier_share=Decimal(supplier),
        platform_share=Decimal(platform),
        distributor_share=Decimal(distributor),
    )


@pytest.mark.parametrize(
    ("rule", "retail", "cost", "expected"),
    [  # supplier, platform, distributor, commission, fee
        (of_cost("0.05"), 108_00, 95_00, Split(90_25, 4_75, 13_00, 4_75, 0)),
        (of_cost("0.05", "0.01"), 108_00, 95_00, Split(90_25, 5_83, 11_92, 4_75, 1_08)),
        (of_retail("0.10"), 108_00, 95_00, Split(84_20, 10_80, 13_00, 10_80, 0)),
        (of_retail("0.95"), 108_00, 95_00, Split(0, 95_00, 13_00, 95_00, 0)),  # never more than cost
        (shares("0.7", "0.1", "0.2"), 100_00, 95_00, Split(70_00, 10_00, 20_00, 10_00, 0)),
        (of_cost("0"), 100, 100, Split(100, 0, 0, 0, 0)),
        (of_cost("1"), 100, 100, Split(0, 100, 0, 100, 0)),
        (of_cost("0.05"), 0, 0, Split(0, 0, 0, 0, 0)),
        (of_cost("0.05"), 100, 10, Split(10, 0, 90, 0, 0)),  # 9.5 and 0.5: a tie goes to the earlier party
        (of_cost("0.05", "0.01"), -108_00, -95_00, Split(-90_25, -5_83, -11_92, -4_75, -1_08)),
    ],
)
def test_by_hand(rule: Rule, retail: int, cost: int, expected: Split) -> None:
    assert split(rule, retail_minor=retail, cost_minor=cost) == expected


@pytest.mark.parametrize(
    ("rule", "retail", "cost", "short"),
    [
        (of_cost("0.05"), 94_99, 95_00, 1),
        (of_cost("0.05", "0.01"), 95_00, 95_00, 95),
        (of_cost("0.05", "0.01"), 95_01, 95_00, 95),  # 0.9501 of fee against 0.01 of margin: 94.01 fen, rounded up
        (of_retail("0", "0.5"), 10, 6, 1),
    ],
)
def test_a_sale_that_somebody_would_have_to_pay_for(rule: Rule, retail: int, cost: int, short: int) -> None:
    with pytest.raises(LossGuard) as caught:
        split(rule, retail_minor=retail, cost_minor=cost)
    assert caught.value.code == "loss_guard"
    assert caught.value.extra["short_minor"] == short


def random_rule(chance: random.Random) -> Rule:
    """Any rule an operator may store: rates with up to six decimals, often round ones."""
    step = chance.choice((1, 100, 10_000, 50_000))

    def rate(most: int = PPM) -> Decimal:
        return Decimal(chance.randint(0, most // step) * step) / PPM

    basis = chance.choice(list(RuleBasis))
    if basis is not RuleBasis.SHARE:
        plain = Rule(id=NIL, basis=basis, rate=rate(), fee_rate=rate(PPM // 5))
        return plain if chance.random() < 0.5 else with_sums(plain, chance)
    supplier = rate()
    platform = rate(int((1 - supplier) * PPM))
    return Rule(
        id=NIL,
        basis=basis,
        supplier_share=supplier,
        platform_share=platform,
        distributor_share=1 - supplier - platform,
    )


def with_sums(rule: Rule, chance: random.Random) -> Rule:
    """A least, a most, steps by volume, and the volume that was reached."""
    least = chance.choice((None, chance.randint(0, 10**6)))
    steps = tuple(Step(volume, Decimal(chance.randint(0, PPM)) / PPM) for volume in sorted({10, 10**4, 10**6}))
    most = chance.choice((None, (least or 0) + chance.randint(0, 10**6)))
    chosen = replace(rule, currency="CNY", min_minor=least, cap_minor=most, steps=chance.choice(((), steps)))
    return chosen.at_volume(chance.randint(0, 10**7)) if chosen.steps else chosen


@pytest.mark.parametrize(
    ("sums", "count", "commission"),
    [  # 5 % of 95.00 is 4.75 a unit
        ({"min_minor": 5_00}, 1, 5_00),
        ({"min_minor": 5_00}, 3, 15_00),
        ({"cap_minor": 4_00}, 3, 12_00),
        ({"min_minor": 4_00, "cap_minor": 5_00}, 2, 9_50),
        ({"min_minor": 99_00}, 1, 95_00),  # never more than the cost
        ({"steps": ((10_000_00, Decimal("0.03")), (50_000_00, Decimal("0.02")))}, 1, 4_75),
        ({"steps": ((10_000_00, Decimal("0.03")), (50_000_00, Decimal("0.02"))), "at": 10_000_00}, 1, 2_85),
        ({"steps": ((10_000_00, Decimal("0.03")), (50_000_00, Decimal("0.02"))), "at": 60_000_00}, 1, 1_90),
    ],
)
def test_minimum_cap_and_steps_by_hand(sums: dict[str, Any], count: int, commission: int) -> None:
    terms = {name: value for name, value in sums.items() if name != "at"}
    rule = propose(basis=RuleBasis.COST, rate=Decimal("0.05"), currency="CNY", **terms).at_volume(sums.get("at", 0))
    parts = split(rule, retail_minor=108_00 * count, cost_minor=95_00 * count, count=count)
    assert (parts.platform_minor, parts.supplier_minor) == (commission, 95_00 * count - commission)


def test_two_hundred_thousand_random_sales() -> None:
    seed = random.randrange(10**9)
    print(f"seed {seed}")
    chance = random.Random(seed)
    divided = refused = 0
    while divided < CASES:
        rule, scale = random_rule(chance), chance.choice((3, 100, 10**4, 10**7, 10**12))
        for _ in range(50):
            cost = chance.randint(0, scale)
            retail = cost + chance.randint(-scale // 20, scale)
            sign = chance.choice((1, -1))
            try:
                parts = split(rule, retail_minor=sign * retail, cost_minor=sign * cost)
            except LossGuard:
                refused += 1
                continue
            assert parts.supplier_minor + parts.platform_minor + parts.distributor_minor == sign * retail
            assert parts.commission_minor + parts.fee_minor == parts.platform_minor
            signs = {part > 0 for part in vars_of(parts) if part}
            assert len(signs) <= 1, "a party pays"
            divided += 1
    assert refused > CASES // 100, "the loss guard was hardly met"


def vars_of(parts: Split) -> tuple[int, ...]:
    return (
        parts.supplier_minor,
        parts.platform_minor,
        parts.distributor_minor,
        parts.commission_minor,
        parts.fee_minor,
    )


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(0, 10**9))
def test_nobody_is_off_by_a_whole_unit(seed: int, cost: int, margin: int) -> None:
    """Each part is within one minor unit of the exact fraction, worked out here by another way."""
    rule, retail = random_rule(random.Random(seed)), cost + margin
    try:
        parts = split(rule, retail_minor=retail, cost_minor=cost)
    except LossGuard:
        return
    if rule.basis is RuleBasis.SHARE:
        supplier = Fraction(rule.supplier_share or 0) * retail
        platform = Fraction(rule.platform_share or 0) * retail
    else:
        base = cost if rule.basis is RuleBasis.COST else retail
        commission = Fraction(rule.rate) * base
        commission = max(commission, Fraction(rule.min_minor or 0))
        commission = commission if rule.cap_minor is None else min(commission, Fraction(rule.cap_minor))
        commission = min(commission, Fraction(cost))
        supplier, platform = cost - commission, commission + Fraction(rule.fee_rate) * retail
    assert abs(parts.supplier_minor - supplier) < 1
    assert abs(parts.platform_minor - platform) < 1
    assert abs(parts.distributor_minor - (retail - supplier - platform)) < 1


@given(st.integers(0, 10**9))
def test_a_snapshot_gives_the_same_rule(seed: int) -> None:
    rule = random_rule(random.Random(seed))
    again = Rule.from_json(rule.to_json())
    assert again == rule
    assert all(isinstance(value, str | int | list) for value in rule.to_json().values())
