"""Lines of any rule, price, quantity and discount: every unit adds up, and the line is what the rule says.

Some thousand on a normal run; `--faults` makes it two hundred thousand.
"""

import random
from decimal import Decimal

import pytest

from cardmesh.money.commission.errors import LossGuard
from cardmesh.money.commission.rules import split
from cardmesh.trade.coupons import rules
from cardmesh.trade.coupons.models import Coupon, CouponKind
from cardmesh.trade.rules import retail_shares
from tests.money.test_commission_split import random_rule

SHORT, LONG = 4_000, 200_000


def random_coupon(chance: random.Random, total: int) -> Coupon:
    if chance.random() < 0.5:
        return Coupon(kind=CouponKind.PERCENT, percent=Decimal(chance.randint(1, 3_000)) / 100)
    return Coupon(kind=CouponKind.FIXED, amount_minor=chance.randint(1, max(1, total // 4)))


def test_random_lines_with_discounts(request: pytest.FixtureRequest) -> None:
    seed = random.randrange(10**9)
    print(f"seed {seed}")
    chance = random.Random(seed)
    divided = refused = discounted = 0
    while divided < (LONG if request.config.getoption("--faults") else SHORT):
        rule, scale = random_rule(chance), chance.choice((100, 10**4, 10**7))
        cost, count = chance.randint(1, scale), chance.choice((1, 2, 3, 7, 50))
        price = cost + chance.randint(0, scale)
        off = rules.discount(random_coupon(chance, price * count), price * count) if chance.random() < 0.7 else 0
        line = {"unit_price_minor": price, "cost_minor": cost, "count": count}
        try:
            units = retail_shares(rule, **line, discount_minor=off)
        except LossGuard:
            refused += 1
            continue
        whole = split(rule, retail_minor=price * count, cost_minor=cost * count, count=count)
        sums = [sum(column) for column in zip(*units, strict=True)]
        left = whole.distributor_minor - off
        assert sums == [price * count - off, whole.supplier_minor, whole.platform_minor, left, off]
        for unit in units:
            assert unit.supplier_minor + unit.platform_minor + unit.distributor_minor == unit.retail_minor
            assert min(unit) >= 0
        divided, discounted = divided + 1, discounted + bool(off)
    assert refused > 100 and discounted > divided // 4
