"""What a unit would earn now: by the terms of a listing, or by terms that are only being tried."""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from ...identity.tenants.service import get_tenant
from ...kit import clock
from ...kit.money import Money
from ...money.commission.service import rules_in_force
from ..models import Listing
from ..pricing import rules as pricing
from ..pricing.errors import OfferNotActive
from ..pricing.queries import Place, basket
from ..pricing.rules import Margin, Terms
from ..pricing.service import OfferChoice, TenantLike, choices_by_sku, terms_of
from . import rules
from .rules import Markup


def offers_of(
    session: Session, tenant: TenantLike, sku_ids: Collection[uuid.UUID], currency: str, at: datetime
) -> dict[uuid.UUID, list[OfferChoice]]:
    """The active offers of these SKUs in one currency, in stock or not, at the tenant's cost."""
    rows = basket(session, Place(tenant.id, tenant.tier, None), sku_ids, 1)
    return choices_by_sku(rows, currency, tenant, rules_in_force(session, at))


def best(offers: Sequence[OfferChoice], supplier_id: uuid.UUID | None) -> OfferChoice | None:
    """The offer that is sold first: the preferred supplier's, else the cheapest."""
    return min(offers, key=lambda offer: (offer.supplier_id != supplier_id, offer.cost_minor, offer.id), default=None)


def guard(terms: Terms, offers: Sequence[OfferChoice], supplier_id: uuid.UUID | None, currency: str) -> Margin:
    """The margin at the offer that would be sold first, in stock or not. Raises OfferNotActive, LossGuard."""
    first = best(offers, supplier_id)
    if first is None:
        raise OfferNotActive
    retail = pricing.retail(terms, first.cost_minor)
    return pricing.check_loss(first.rule, retail_minor=retail, cost_minor=first.cost_minor, currency=currency)


def margin_of(session: Session, *, tenant_id: uuid.UUID, listing: Listing) -> Margin | None:
    """Retail, cost, fees and profit of one unit now; None while nobody offers it."""
    return margins(session, tenant_id=tenant_id, listings=[listing])[listing.id]


def margins(session: Session, *, tenant_id: uuid.UUID, listings: Collection[Listing]) -> dict[uuid.UUID, Margin | None]:
    """The margin of each listing by its id, with one select for all of a currency."""
    tenant, at, found = get_tenant(session, tenant_id), clock.now(), {}
    for currency in {listing.currency for listing in listings}:
        mine = [listing for listing in listings if listing.currency == currency]
        offers = offers_of(session, tenant, {listing.sku_id for listing in mine}, currency, at)
        for listing in mine:
            found[listing.id] = _margin(terms_of(listing), offers.get(listing.sku_id, []), listing.supplier_id)
    return found


def preview(
    session: Session,
    *,
    tenant_id: uuid.UUID,
    sku_ids: Collection[uuid.UUID],
    retail: Money | None = None,
    markup: Markup | None = None,
    currency: str = "CNY",
    supplier_id: uuid.UUID | None = None,
) -> dict[uuid.UUID, Margin | None]:
    """The margin of each SKU, were it listed so; a loss has a negative profit, None means that nobody offers it.

    Raises PriceRuleInvalid, RetailInvalid, MarkupInvalid. Changes nothing.
    """
    terms = rules.terms(retail.minor if retail else None, markup)
    offers = offers_of(session, get_tenant(session, tenant_id), sku_ids, currency, clock.now())
    return {sku_id: _margin(terms, offers.get(sku_id, []), supplier_id) for sku_id in sku_ids}


def _margin(terms: Terms, offers: Sequence[OfferChoice], supplier_id: uuid.UUID | None) -> Margin | None:
    first = best(offers, supplier_id)
    if first is None:
        return None
    retail = pricing.retail(terms, first.cost_minor)
    return pricing.margin(first.rule, retail_minor=retail, cost_minor=first.cost_minor)
