"""Splits dealt out to units, baskets, and the states of orders: pure, so tried at large."""

import uuid
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardmesh.kit import clock
from cardmesh.kit.errors import ValidationFailed
from cardmesh.money.commission.rules import Rule, split
from cardmesh.money.models import RuleBasis
from cardmesh.trade import numbers
from cardmesh.trade.models import OrderStatus
from cardmesh.trade.rules import Item, check_items, deal, line_status, order_status, retail_shares, wholesale_shares

MINOR = st.integers(0, 10**9)
COUNT = st.integers(1, 200)


def rule(*, rate: str = "0", fee_rate: str = "0", shares: tuple[str, str, str] | None = None) -> Rule:
    supplier, platform, distributor = (Decimal(share) for share in shares) if shares else (None, None, None)
    return Rule(
        id=uuid.UUID(int=1),
        basis=RuleBasis.SHARE if shares else RuleBasis.COST,
        rate=Decimal(rate),
        fee_rate=Decimal(fee_rate),
        supplier_share=supplier,
        platform_share=platform,
        distributor_share=distributor,
    )


@given(MINOR, MINOR, MINOR, COUNT)
def test_dealing_loses_nothing_and_favours_nobody(supplier: int, platform: int, distributor: int, count: int) -> None:
    units = deal(supplier, platform, distributor, count)
    assert [sum(column) for column in zip(*units, strict=True)] == [
        supplier + platform + distributor, supplier, platform, distributor, 0,
    ]  # fmt: skip
    for column in zip(*units, strict=True):
        assert max(column) - min(column) <= 1 and min(column) >= 0


@given(MINOR.filter(bool), COUNT, st.integers(0, 10**6), st.integers(0, 10**5), st.integers(0, 10**6))
def test_units_of_a_line_add_up_to_its_split(price: int, count: int, rate: int, fee: int, below: int) -> None:
    """Every unit's parts make its price, and together the line's one split."""
    cost = max(0, price - below - price * fee // 10**6 - 1)
    chosen = rule(rate=str(Decimal(rate) / 10**6), fee_rate=str(Decimal(fee) / 10**6))
    units = retail_shares(chosen, unit_price_minor=price, cost_minor=cost, count=count)
    whole = split(chosen, retail_minor=price * count, cost_minor=cost * count)
    assert {unit.retail_minor for unit in units} == {price}
    assert sum(unit.supplier_minor for unit in units) == whole.supplier_minor
    assert sum(unit.platform_minor for unit in units) == whole.platform_minor
    assert sum(unit.distributor_minor for unit in units) == whole.distributor_minor


@given(MINOR.filter(bool), COUNT, st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_distributor_pays_cost_and_fee_and_keeps_its_margin(cost: int, count: int, rate: int, fee: int) -> None:
    chosen = rule(rate=str(Decimal(rate) / 10**6), fee_rate=str(Decimal(fee) / 10**6))
    units = wholesale_shares(chosen, cost_minor=cost, count=count)
    paid = sum(unit.retail_minor for unit in units)
    assert 0 <= paid - cost * count - cost * count * fee / 10**6 + 0.5 <= 1
    assert all(unit.distributor_minor == 0 for unit in units)
    assert 0 <= sum(unit.supplier_minor for unit in units) <= cost * count


def test_examples() -> None:
    units = retail_shares(rule(rate="0.05"), unit_price_minor=101, cost_minor=99, count=3)
    assert [unit.platform_minor for unit in units] == [5, 5, 5] and sum(u.supplier_minor for u in units) == 282
    shared = rule(shares=("0.7", "0.1", "0.2"))
    assert retail_shares(shared, unit_price_minor=1000, cost_minor=700, count=1) == [(1000, 700, 100, 200, 0)]
    assert wholesale_shares(shared, cost_minor=800, count=1) == [(800, 700, 100, 0, 0)]
    assert wholesale_shares(rule(rate="0.05", fee_rate="0.01"), cost_minor=9500, count=2) == [
        (9595, 9025, 570, 0, 0),
        (9595, 9025, 570, 0, 0),
    ]


@pytest.mark.parametrize(
    ("units", "status"),
    [
        (["reserved"], OrderStatus.PROCESSING),
        (["delivered", "delivering"], OrderStatus.PROCESSING),
        (["delivered", "unknown"], OrderStatus.PROCESSING),
        (["delivered", "replaced"], OrderStatus.COMPLETED),
        (["delivered", "failed"], OrderStatus.PARTIALLY_COMPLETED),
        (["failed", "failed"], OrderStatus.FAILED),
        (["delivered", "refunded"], OrderStatus.PARTIALLY_REFUNDED),
        (["refunded", "refunded"], OrderStatus.REFUNDED),
        (["refunded", "failed"], OrderStatus.REFUNDED),
    ],
)
def test_an_order_follows_its_units(units: list[str], status: OrderStatus) -> None:
    assert order_status(units) == status


def test_a_line_says_its_units_state_or_the_mix() -> None:
    assert line_status(["delivered", "delivered"]) == "delivered"
    assert line_status(["delivered", "failed"]) == "partially_completed"


@pytest.mark.parametrize("items", [[], [(1, 0)], [(1, 1001)], [(1, 1), (1, 2)], [(n, 1) for n in range(51)]])
def test_a_basket_has_bounds(items: list[tuple[int, int]]) -> None:
    with pytest.raises(ValidationFailed) as refused:
        check_items([Item(uuid.UUID(int=sku), quantity) for sku, quantity in items])
    assert refused.value.errors


def test_numbers_are_read_as_people_write_them() -> None:
    number = numbers.new_number(clock.now())
    assert numbers.tidy(f" {number.lower()} ") == number and len(number) == 18
    assert len({numbers.new_number(clock.now()) for _ in range(1000)}) == 1000
