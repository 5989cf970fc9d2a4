"""What a unit would earn now: by the terms of a listing, or by terms that are only being tried."""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from ...identity.tenants.service import get_tenant
from ...kit import clock
from ...kit.money import Money, display
from ...money.commission.service import rules_in_force
from ..models import Listing
from ..pricing import markups
from ..pricing import rules as pricing
from ..pricing.errors import OfferNotActive, PriceRuleMissing, RetailOutOfBounds
from ..pricing.markups import Markups, asked, in_bounds
from ..pricing.queries import Place, basket
from ..pricing.rules import Margin, Terms
from ..pricing.service import OfferChoice, TenantLike, choices_by_sku, terms_of
from . import rules
from .rules import Markup


def offers_of(
    session: Session,
    tenant: TenantLike,
    sku_ids: Collection[uuid.UUID],
    currency: str,
    at: datetime,
    quantity: int = 0,
) -> dict[uuid.UUID, list[OfferChoice]]:
    """The active offers of these SKUs in one currency, in stock or not, at the tenant's cost for `quantity`."""
    rows = basket(session, Place(tenant.id, tenant.tier, None), sku_ids, 1)
    return choices_by_sku(rows, currency, tenant, rules_in_force(session, at), quantity)


def best(offers: Sequence[OfferChoice], supplier_id: uuid.UUID | None) -> OfferChoice | None:
    """The offer that is sold first: the preferred supplier's, else the cheapest."""
    return min(offers, key=lambda offer: (offer.supplier_id != supplier_id, offer.cost_minor, offer.id), default=None)


def guard(
    terms: Terms,
    offers: Sequence[OfferChoice],
    supplier_id: uuid.UUID | None,
    currency: str,
    own: Markups = markups.NONE,
    quantity: int = 0,
) -> Margin:
    """The margin at the offer that would be sold first, in stock or not, to a buyer of `quantity` (0: the least).

    Raises OfferNotActive, PriceRuleMissing, RetailOutOfBounds, LossGuard.
    """
    first = best(offers, supplier_id)
    if first is None:
        raise OfferNotActive
    retail = asked(terms, first, max(quantity, first.min_quantity), own)
    if retail is None:
        raise PriceRuleMissing
    if not in_bounds(first, retail):
        bounds = [display(one, currency) if one else "" for one in (first.min_retail_minor, first.max_retail_minor)]
        raise RetailOutOfBounds(retail=display(retail, currency), bounds=" – ".join(bounds))
    return pricing.check_loss(first.rule, retail_minor=retail, cost_minor=first.cost_minor, currency=currency)


def guard_bulk(
    session: Session,
    tenant: TenantLike,
    sku_id: uuid.UUID,
    terms: Terms,
    supplier_id: uuid.UUID | None,
    currency: str,
    own: Markups,
) -> None:
    """The same for each step of the bulk discount, at what so many cost. Raises what `guard` raises."""
    for step in terms.bulk:
        offers = offers_of(session, tenant, [sku_id], currency, clock.now(), step.min_quantity).get(sku_id, [])
        guard(terms, offers, supplier_id, currency, own, step.min_quantity)


def margin_of(session: Session, *, tenant_id: uuid.UUID, listing: Listing) -> Margin | None:
    """Retail, cost, fees and profit of one unit now; None while nobody offers it."""
    return margins(session, tenant_id=tenant_id, listings=[listing])[listing.id]


def margins(
    session: Session, *, tenant_id: uuid.UUID, listings: Collection[Listing], tried: Markups | None = None
) -> dict[uuid.UUID, Margin | None]:
    """The margin of each listing by its id, with one select for all of a currency.

    `tried`: as if all of them followed these markup rules.
    """
    tenant, at, found = get_tenant(session, tenant_id), clock.now(), {}
    stores = {listing.store_id for listing in listings if tried is None and not terms_of(listing).own}
    own = {store_id: markups.load(session, tenant_id=tenant_id, store_id=store_id) for store_id in stores}
    for currency in {listing.currency for listing in listings}:
        mine = [listing for listing in listings if listing.currency == currency]
        offers = offers_of(session, tenant, {listing.sku_id for listing in mine}, currency, at)
        for listing in mine:
            terms = terms_of(listing) if tried is None else Terms()
            rules_of_store = tried or own.get(listing.store_id, markups.NONE)
            found[listing.id] = _margin(terms, offers.get(listing.sku_id, []), listing.supplier_id, rules_of_store)
    return found


def preview(
    session: Session,
    *,
    tenant_id: uuid.UUID,
    sku_ids: Collection[uuid.UUID],
    retail: Money | None = None,
    markup: Markup | None = None,
    by_rules: Markups | None = None,
    currency: str = "CNY",
    supplier_id: uuid.UUID | None = None,
) -> dict[uuid.UUID, Margin | None]:
    """The margin of each SKU, were it listed so; a loss has a negative profit, None means that nobody offers it, or
    that no markup rule fits.

    Raises PriceRuleInvalid, RetailInvalid, MarkupInvalid. Changes nothing.
    """
    terms = rules.terms(retail.minor if retail else None, markup, by_rules=by_rules is not None)
    own = by_rules or markups.NONE
    offers = offers_of(session, get_tenant(session, tenant_id), sku_ids, currency, clock.now())
    return {sku_id: _margin(terms, offers.get(sku_id, []), supplier_id, own) for sku_id in sku_ids}


def _margin(
    terms: Terms, offers: Sequence[OfferChoice], supplier_id: uuid.UUID | None, own: Markups
) -> Margin | None:
    first = best(offers, supplier_id)
    retail = asked(terms, first, first.min_quantity, own) if first else None
    if first is None or retail is None:
        return None
    return pricing.margin(first.rule, retail_minor=retail, cost_minor=first.cost_minor)
