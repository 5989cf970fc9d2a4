"""Price a basket: for each line the store's price, the offer to take from, and the offers to fall back on."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from sqlalchemy import Row
from sqlalchemy.orm import Session

from ...money.commission.rules import Rule
from ...money.commission.service import RuleBook, rules_in_force
from ..inventory.rules import LOW, StockBand, band
from ..inventory.service import sum_available
from ..models import Listing, ListingStatus
from . import markups, queries, rules
from .choices import OfferChoice, TenantKey, TenantLike, allows, can_serve, choices_by_sku, choices_of
from .errors import (
    ListingNotActive,
    LossGuard,
    OfferNotActive,
    PriceRuleMissing,
    QuantityOutOfRange,
    RetailOutOfBounds,
)
from .markups import Markups, asked, in_bounds
from .rules import BulkStep, Terms

__all__ = [
    "INSUFFICIENT_STOCK",
    "OfferChoice",
    "PricedLine",
    "TenantKey",
    "TenantLike",
    "can_serve",
    "choices_by_sku",
    "price_lines",
    "price_rows_wholesale",
    "price_wholesale",
    "terms_of",
]

INSUFFICIENT_STOCK = "insufficient_stock"


class Wanted(Protocol):
    """So many of a SKU."""

    @property
    def sku_id(self) -> uuid.UUID: ...

    @property
    def quantity(self) -> int: ...


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
    bulk: tuple[BulkStep, ...] = ()
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

    Problems: listing_not_active, offer_not_active, quantity_out_of_range, insufficient_stock, price_rule_missing,
    retail_out_of_bounds, loss_guard.
    """
    found = _rows_by_sku(session, queries.Place(tenant.id, tenant.tier, store_id), items)
    book = rules_in_force(session, at)
    own = _markups(session, tenant, found)
    return [
        _price(rows, sku_id, quantity, tenant, book, own.get(rows[0].store_id, markups.NONE) if rows else markups.NONE)
        for sku_id, quantity in items
        for rows in (found.get(sku_id, []),)
    ]


def _markups(
    session: Session, tenant: TenantLike, found: Mapping[uuid.UUID, list[Row]]
) -> dict[uuid.UUID | None, Markups]:
    """The rules of each store whose listings ask for them; most have a price of their own."""
    asking = {
        rows[0].store_id for rows in found.values() if rows and rows[0].listing_id and not terms_of(rows[0]).own
    }
    return {store_id: markups.load(session, tenant_id=tenant.id, store_id=store_id) for store_id in asking}


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


def _price(
    rows: list[Row], sku_id: uuid.UUID, quantity: int, tenant: TenantLike, book: RuleBook, own: Markups
) -> PricedLine:
    if not rows:
        return PricedLine(sku_id, quantity, problem=ListingNotActive.code)
    head = rows[0]
    if head.listing_id is None:
        return _named(head, quantity, "", problem=ListingNotActive.code)
    choices = choices_of(rows, head.listing_currency, quantity, tenant, book)
    choices.sort(key=lambda choice: (choice.supplier_id != head.preferred_supplier_id, choice.cost_minor, choice.id))
    terms = terms_of(head)
    line = replace(_named(head, quantity, head.listing_currency), bulk=terms.bulk)
    if not choices:
        return replace(line, problem=OfferNotActive.code)
    servable = [choice for choice in choices if can_serve(choice, quantity)]
    prices = {choice.id: asked(terms, choice, quantity, own) for choice in choices}
    sound = [choice for choice in servable if _hurdle(choice, prices[choice.id]) is None]
    best = next(iter(sound or servable or choices))
    unit_price = prices[best.id] or 0
    fallbacks = tuple(
        one for one in sound if one is best or (one.kind == best.kind and _hurdle(one, unit_price) is None)
    )
    problem = None if sound else _hurdle(best, prices[best.id]) if servable else _missing(choices, quantity)
    if head.listing_status != ListingStatus.ACTIVE:
        problem = ListingNotActive.code
    return _with_offer(line, best, choices, unit_price, fallbacks, problem)


def _hurdle(choice: OfferChoice, price: int | None) -> str | None:
    """Why nothing is sold at this price from this offer."""
    if price is None:
        return PriceRuleMissing.code
    if not in_bounds(choice, price):
        return RetailOutOfBounds.code
    loses = rules.is_loss(choice.rule, retail_minor=price, cost_minor=choice.cost_minor)
    return LossGuard.code if loses else None


def _wholesale(
    rows: list[Row], sku_id: uuid.UUID, quantity: int, tenant: TenantLike, book: RuleBook, currency: str
) -> PricedLine:
    if not rows:
        return PricedLine(sku_id, quantity, problem=OfferNotActive.code)
    line = _named(rows[0], quantity, currency)
    choices = sorted(
        choices_of(rows, currency, quantity, tenant, book), key=lambda choice: (choice.cost_minor, choice.id)
    )
    if not choices:
        return replace(line, problem=OfferNotActive.code)
    servable = [choice for choice in choices if can_serve(choice, quantity)]
    best = next(iter(servable or choices))
    problem = None if servable else _missing(choices, quantity)
    return _with_offer(
        line, best, choices, best.cost_minor, tuple(one for one in servable if one.kind == best.kind), problem
    )


def _missing(choices: list[OfferChoice], quantity: int) -> str:
    """Why no offer can serve so many."""
    allowed = any(allows(choice, quantity) for choice in choices)
    return INSUFFICIENT_STOCK if allowed else QuantityOutOfRange.code


def terms_of(row: Listing | Row) -> Terms:
    """The price rule of a listing, or of a row that carries a listing's columns."""
    return Terms(
        retail_minor=row.retail_minor,
        markup_percent=row.markup_percent,
        markup_fixed_minor=row.markup_fixed_minor,
        round_to_minor=row.round_to_minor,
        floor_minor=row.floor_minor,
        bulk=tuple(BulkStep(count, Decimal(percent)) for count, percent in row.bulk_steps or ()),
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
