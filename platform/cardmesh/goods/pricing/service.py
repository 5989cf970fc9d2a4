"""Price a basket: for each line the store's price, the offer to take from, and the offers to fall back on."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple, Protocol, TypeAlias

from sqlalchemy import Row
from sqlalchemy.orm import Session

from ...identity.models import Tenant
from ...money.commission.rules import Rule
from ...money.commission.service import RuleBook, rules_in_force
from ..inventory.rules import LOW, StockBand, band
from ..inventory.service import sum_available
from ..models import Listing, ListingStatus
from . import queries, rules
from .errors import ListingNotActive, LossGuard, OfferNotActive, QuantityOutOfRange
from .rules import PriceRow, Prices, Terms

INSUFFICIENT_STOCK = "insufficient_stock"


class TenantRef(Protocol):
    """Whose prices: anything that knows the tenant's id and tier."""

    @property
    def id(self) -> uuid.UUID: ...

    @property
    def tier(self) -> str: ...


class Wanted(Protocol):
    """So many of a SKU."""

    @property
    def sku_id(self) -> uuid.UUID: ...

    @property
    def quantity(self) -> int: ...


class TenantKey(NamedTuple):
    """The least there is to know of a tenant to price for it."""

    id: uuid.UUID
    tier: str


TenantLike: TypeAlias = Tenant | TenantRef


@dataclass(frozen=True, slots=True)
class OfferChoice:
    """An offer that can serve a line. Take from it with `inventory.service.take(offer=choice, count=quantity)`."""

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

    @property
    def offer_id(self) -> uuid.UUID:
        return self.id


@dataclass(frozen=True, slots=True)
class PricedLine:
    """One line of a basket as it would be sold now. Minor units; `cost_minor` is per unit.

    With a `problem` (a stable code) the line cannot be sold; prices are then the best known, or 0. `offers` are those
    that may serve it at `unit_price_minor` without a loss, best first; `offers[0]` is spelled out in the line.
    """

    sku_id: uuid.UUID
    quantity: int
    listing_id: uuid.UUID | None = None
    store_id: uuid.UUID | None = None
    sku_name: str = ""
    product_id: uuid.UUID | None = None
    product_name: str = ""
    product_slug: str = ""
    category_id: uuid.UUID | None = None
    category_slug: str = ""
    currency: str = ""
    unit_price_minor: int = 0
    total_minor: int = 0
    cost_minor: int = 0
    kind: str = ""
    min_quantity: int = 1
    max_quantity: int = 1
    warranty_hours: int = 0
    offer_id: uuid.UUID | None = None
    supplier_id: uuid.UUID | None = None
    rule: Rule | None = None
    available_hint: StockBand = StockBand.OUT
    offers: tuple[OfferChoice, ...] = ()
    problem: str | None = None


def price_lines(
    session: Session,
    *,
    tenant: TenantLike,
    items: Sequence[tuple[uuid.UUID, int]],
    at: datetime,
    store_id: uuid.UUID | None = None,
) -> list[PricedLine]:
    """Price `(sku_id, quantity)` items for a store's buyers, in their order, with one select for all.

    Problems: listing_not_active, offer_not_active, quantity_out_of_range, insufficient_stock, loss_guard.
    """
    found = _rows_by_sku(session, queries.Place(tenant.id, tenant.tier, store_id), items)
    book = rules_in_force(session, at)
    return [_price(found.get(sku_id, []), sku_id, quantity, tenant, book) for sku_id, quantity in items]


def price_wholesale(
    session: Session,
    *,
    tenant: TenantLike,
    items: Sequence[tuple[uuid.UUID, int]],
    at: datetime,
    currency: str = "CNY",
) -> list[PricedLine]:
    """The same without a store: the distributor buys at its own cost, listed or not; `unit_price_minor` is the cost."""
    found = _rows_by_sku(session, queries.Place(tenant.id, tenant.tier, None), items)
    book = rules_in_force(session, at)
    return [_wholesale(found.get(sku_id, []), sku_id, quantity, tenant, book, currency) for sku_id, quantity in items]


def price_rows_wholesale(
    rows: Sequence[Row], *, items: Sequence[Wanted], tenant: TenantLike, book: RuleBook, currency: str
) -> list[PricedLine]:
    """The same from rows that the caller read, in the columns of `queries.basket`; for the order path."""
    found = _by_sku(rows)
    return [_wholesale(found.get(one.sku_id, []), one.sku_id, one.quantity, tenant, book, currency) for one in items]


def _rows_by_sku(
    session: Session, place: queries.Place, items: Sequence[tuple[uuid.UUID, int]]
) -> dict[uuid.UUID, list[Row]]:
    limit = max([LOW, *(quantity for _, quantity in items)])
    return _by_sku(queries.basket(session, place, {sku_id for sku_id, _ in items}, limit))


def _by_sku(basket: Iterable[Row]) -> dict[uuid.UUID, list[Row]]:
    """The rows of each SKU, of its first listing only."""
    found: dict[uuid.UUID, list[Row]] = {}
    for row in basket:
        rows = found.setdefault(row.sku_id, [])
        if not rows or rows[0].listing_id == row.listing_id:
            rows.append(row)
    return found


def _price(rows: list[Row], sku_id: uuid.UUID, quantity: int, tenant: TenantLike, book: RuleBook) -> PricedLine:
    if not rows:
        return PricedLine(sku_id, quantity, problem=ListingNotActive.code)
    head = rows[0]
    if head.listing_id is None:
        return _named(head, quantity, "", problem=ListingNotActive.code)
    choices = _choices(rows, head.listing_currency, quantity, tenant, book)
    choices.sort(key=lambda choice: (choice.supplier_id != head.preferred_supplier_id, choice.cost_minor, choice.id))
    terms = terms_of(head)
    line = _named(head, quantity, head.listing_currency)
    if not choices:
        return replace(line, problem=OfferNotActive.code)
    servable = [choice for choice in choices if can_serve(choice, quantity)]
    sound = [choice for choice in servable if not _loses(choice, rules.retail(terms, choice.cost_minor))]
    best = next(iter(sound or servable or choices))
    unit_price = rules.retail(terms, best.cost_minor)
    fallbacks = tuple(one for one in sound if one is best or (one.kind == best.kind and not _loses(one, unit_price)))
    problem = _problem(choices, servable, sound, quantity)
    if head.listing_status != ListingStatus.ACTIVE:
        problem = ListingNotActive.code
    return _with_offer(line, best, choices, unit_price, fallbacks, problem)


def _wholesale(
    rows: list[Row], sku_id: uuid.UUID, quantity: int, tenant: TenantLike, book: RuleBook, currency: str
) -> PricedLine:
    if not rows:
        return PricedLine(sku_id, quantity, problem=OfferNotActive.code)
    line = _named(rows[0], quantity, currency)
    choices = sorted(
        _choices(rows, currency, quantity, tenant, book), key=lambda choice: (choice.cost_minor, choice.id)
    )
    if not choices:
        return replace(line, problem=OfferNotActive.code)
    servable = [choice for choice in choices if can_serve(choice, quantity)]
    best = next(iter(servable or choices))
    problem = _problem(choices, servable, servable, quantity)
    return _with_offer(
        line, best, choices, best.cost_minor, tuple(one for one in servable if one.kind == best.kind), problem
    )


def can_serve(choice: OfferChoice, quantity: int) -> bool:
    """The quantity is allowed and (by estimate) in stock."""
    return _allows(choice, quantity) and (choice.available is None or choice.available >= quantity)


def _allows(choice: OfferChoice, quantity: int) -> bool:
    return choice.min_quantity <= quantity <= choice.max_quantity


def _loses(choice: OfferChoice, unit_price: int) -> bool:
    return rules.is_loss(choice.rule, retail_minor=unit_price, cost_minor=choice.cost_minor)


def _problem(
    choices: list[OfferChoice], servable: list[OfferChoice], sound: list[OfferChoice], quantity: int
) -> str | None:
    if sound:
        return None
    if servable:
        return LossGuard.code
    allowed = any(_allows(choice, quantity) for choice in choices)
    return INSUFFICIENT_STOCK if allowed else QuantityOutOfRange.code


def choices_by_sku(
    rows: Iterable[Row], currency: str, tenant: TenantLike, book: RuleBook
) -> dict[uuid.UUID, list[OfferChoice]]:
    """The offers of `queries.basket` rows in one currency, priced for the least quantity each one sells."""
    found: dict[uuid.UUID, dict[uuid.UUID, OfferChoice]] = {}
    for row in rows:
        if row.offer_id is not None and row.currency == currency:
            found.setdefault(row.sku_id, {})[row.offer_id] = _choice(row, row.min_quantity, tenant, book)
    return {sku_id: list(offers.values()) for sku_id, offers in found.items()}


def _choices(
    rows: Sequence[Row], currency: str, quantity: int, tenant: TenantLike, book: RuleBook
) -> list[OfferChoice]:
    return [
        _choice(row, quantity, tenant, book) for row in rows if row.offer_id is not None and row.currency == currency
    ]


def _choice(row: Row, quantity: int, tenant: TenantLike, book: RuleBook) -> OfferChoice:
    prices = Prices(row.base_price_minor, tuple(PriceRow(*price) for price in row.prices or ()))
    return OfferChoice(
        id=row.offer_id,
        supplier_id=row.supplier_id,
        kind=row.kind,
        stock_cap=row.stock_cap,
        currency=row.currency,
        cost_minor=rules.cost(prices, tier=tenant.tier, quantity=quantity),
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
        ),
    )


def terms_of(row: Listing | Row) -> Terms:
    """The price rule of a listing, or of a row that carries a listing's columns."""
    return Terms(
        retail_minor=row.retail_minor,
        markup_percent=row.markup_percent,
        markup_fixed_minor=row.markup_fixed_minor,
        round_to_minor=row.round_to_minor,
        floor_minor=row.floor_minor,
    )


def _named(row: Row, quantity: int, currency: str, problem: str | None = None) -> PricedLine:
    return PricedLine(
        sku_id=row.sku_id,
        quantity=quantity,
        listing_id=row.listing_id,
        store_id=row.store_id,
        sku_name=row.sku_name,
        product_id=row.product_id,
        product_name=row.product_name,
        product_slug=row.product_slug,
        category_id=row.category_id,
        category_slug=row.category_slug,
        currency=currency,
        problem=problem,
    )


def _with_offer(
    line: PricedLine,
    best: OfferChoice,
    choices: list[OfferChoice],
    unit_price: int,
    offers: tuple[OfferChoice, ...],
    problem: str | None,
) -> PricedLine:
    return replace(
        line,
        unit_price_minor=unit_price,
        total_minor=unit_price * line.quantity,
        cost_minor=best.cost_minor,
        kind=best.kind,
        min_quantity=best.min_quantity,
        max_quantity=best.max_quantity,
        warranty_hours=best.warranty_hours,
        offer_id=best.id,
        supplier_id=best.supplier_id,
        rule=best.rule,
        available_hint=band(sum_available(choice.available for choice in choices)),
        offers=offers,
        problem=problem,
    )
