"""The offers that can serve a SKU, each at a tenant's cost and under the rule that divides its sale."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeAlias, cast

from sqlalchemy import Row

from ...identity.models import Tenant
from ...money.commission.book import RuleBook
from ...money.commission.rules import Rule
from ...money.fx.rules import Rate
from . import rules
from .rules import PriceRow, Prices


class TenantRef(Protocol):
    """Whose prices: anything that knows the tenant's id and tier."""

    @property
    def id(self) -> uuid.UUID: ...

    @property
    def tier(self) -> str: ...


class TenantKey(NamedTuple):
    """The least there is to know of a tenant to price for it."""

    id: uuid.UUID
    tier: str


TenantLike: TypeAlias = Tenant | TenantRef


class Same:
    """No conversion."""

    def convert(self, minor: int) -> int:
        return minor


SAME = Same()


class Converted(NamedTuple):
    """What a unit costs in the supplier's own currency, and the rate that made the cost of it."""

    own_cost_minor: int
    rate: Rate


@dataclass(frozen=True, slots=True)
class OfferChoice:
    """An offer that can serve a line, its sums in the line's currency.

    Take from it with `inventory.service.take(offer=choice, count=quantity)`.
    """

    id: uuid.UUID
    supplier_id: uuid.UUID
    kind: str
    stock_cap: int | None
    currency: str
    cost_minor: int
    min_quantity: int
    max_quantity: int
    warranty_hours: int
    available: int | None
    rule: Rule
    category_id: uuid.UUID
    min_retail_minor: int | None = None
    max_retail_minor: int | None = None
    converted: Converted | None = None

    @property
    def offer_id(self) -> uuid.UUID:
        return self.id


def can_serve(choice: OfferChoice, quantity: int) -> bool:
    """The quantity is allowed and (by estimate) in stock."""
    return allows(choice, quantity) and (choice.available is None or choice.available >= quantity)


def allows(choice: OfferChoice, quantity: int) -> bool:
    return choice.min_quantity <= quantity <= choice.max_quantity


def choices_by_sku(
    rows: Iterable[Row], currency: str, tenant: TenantLike, book: RuleBook, quantity: int = 0
) -> dict[uuid.UUID, list[OfferChoice]]:
    """The offers of `queries.basket` rows that can be had in one currency, priced for `quantity` or the least that
    each one sells."""
    found: dict[uuid.UUID, dict[uuid.UUID, OfferChoice]] = {}
    for row in rows:
        if row.offer_id is not None and (rate := _rate(row, currency, book)) is not None:
            count = max(quantity, row.min_quantity)
            found.setdefault(row.sku_id, {})[row.offer_id] = _choice(row, count, tenant, book, currency, rate)
    return {sku_id: list(offers.values()) for sku_id, offers in found.items()}


def choices_of(
    rows: Sequence[Row], currency: str, quantity: int, tenant: TenantLike, book: RuleBook
) -> list[OfferChoice]:
    """The offers of one SKU's `queries.basket` rows that can be had in one currency, priced for `quantity`."""
    return [
        _choice(row, quantity, tenant, book, currency, rate)
        for row in rows
        if row.offer_id is not None and (rate := _rate(row, currency, book)) is not None
    ]


def _rate(row: Row, currency: str, book: RuleBook) -> Rate | Same | None:
    """How the offer's price becomes one in `currency`; None: not at all."""
    return SAME if row.currency == currency else book.rates.find(row.currency, currency)


def _choice(
    row: Row, quantity: int, tenant: TenantLike, book: RuleBook, currency: str, rate: Rate | Same
) -> OfferChoice:
    prices = Prices(row.base_price_minor, tuple(PriceRow(*price) for price in row.prices or ()))
    own_cost = rules.cost(prices, tier=tenant.tier, quantity=quantity)
    least, most = row.min_retail_minor, row.max_retail_minor
    return OfferChoice(
        id=row.offer_id,
        supplier_id=row.supplier_id,
        kind=row.kind,
        stock_cap=row.stock_cap,
        currency=currency,
        cost_minor=rate.convert(own_cost),
        min_quantity=row.min_quantity,
        max_quantity=row.max_quantity,
        warranty_hours=row.warranty_hours,
        available=row.available,
        rule=book.pick(
            sku_id=row.sku_id,
            product_id=row.product_id,
            category_id=row.category_id,
            supplier_id=row.supplier_id,
            tenant_id=tenant.id,
            currency=currency,
        ),
        category_id=row.category_id,
        min_retail_minor=None if least is None else rate.convert(least),
        max_retail_minor=None if most is None else rate.convert(most),
        converted=None if rate is SAME else Converted(own_cost, cast(Rate, rate)),
    )
