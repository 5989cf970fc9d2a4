"""List one SKU or all that match, change, pause, remove."""

import dataclasses
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ...identity.audit import service as audit
from ...identity.tenants.service import get_tenant
from ...kit import clock
from ...kit.ids import new_id
from ...kit.money import Money
from .. import changes
from ..catalog.queries import Filter, matching_ids
from ..models import Listing, ListingStatus
from ..pricing import markups
from ..pricing.errors import LossGuard, OfferNotActive, PriceRuleMissing, RetailOutOfBounds
from ..pricing.rules import Terms
from ..pricing.service import TenantLike, terms_of
from . import notes, queries, rules
from .errors import StatusInvalid, VersionMismatch
from .margins import guard, guard_bulk, margin_of, margins, offers_of, preview
from .queries import get as get_listing
from .rules import Markup

__all__ = [
    "Filter",
    "Listed",
    "Markup",
    "get_listing",
    "list_matching",
    "list_sku",
    "margin_of",
    "margins",
    "pause",
    "preview",
    "remove",
    "resume",
    "update",
]

CHUNK = 500
MAX_MATCHING = 20_000


@dataclass(frozen=True, slots=True)
class Listed:
    """What a bulk listing did. `refused` counts SKUs left out, by code; `more` says that the limit was reached.

    For whoever wants it undone: the ids of what it listed, and what it repriced as it was (`notes.note`).
    """

    created: int = 0
    updated: int = 0
    kept: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    more: bool = False
    created_ids: list[str] = field(default_factory=list)
    replaced: list[dict[str, Any]] = field(default_factory=list)


def list_sku(
    session: Session,
    *,
    tenant_id: uuid.UUID,
    store_id: uuid.UUID,
    sku_id: uuid.UUID,
    retail: Money | None = None,
    markup: Markup | None = None,
    by_rules: bool = False,
    bulk: Sequence[tuple[int, Decimal]] = (),
    currency: str = "CNY",
    supplier_id: uuid.UUID | None = None,
) -> Listing:
    """Sell a SKU in a store at a fixed price, by a markup in `currency` (the store's), or by the store's markup rules.

    `bulk`: (from quantity, percent off). The last call wins. Raises PriceRuleInvalid, RetailInvalid, MarkupInvalid,
    BulkInvalid, OfferNotActive, PriceRuleMissing, RetailOutOfBounds, LossGuard.
    """
    tenant = get_tenant(session, tenant_id)
    terms = rules.terms(retail.minor if retail else None, markup, by_rules=by_rules)
    terms = replace(terms, bulk=rules.bulk_steps(bulk))
    currency = retail.currency if retail else currency
    _guard(session, tenant, store_id, sku_id, terms, supplier_id, currency)
    row = {"id": new_id(), "sku_id": sku_id, "supplier_id": supplier_id, **rules.columns(terms)}
    listing = _upsert(session, tenant.id, store_id, currency, [row])[0]
    _audit(session, listing, "listing.set", _shown(listing))
    changes.note_listing(session, tenant.id, sku_id, "listing.set")
    return listing


def _guard(
    session: Session,
    tenant: TenantLike,
    store_id: uuid.UUID,
    sku_id: uuid.UUID,
    terms: Terms,
    supplier_id: uuid.UUID | None,
    currency: str,
) -> None:
    own = markups.NONE if terms.own else markups.load(session, tenant_id=tenant.id, store_id=store_id)
    offers = offers_of(session, tenant, [sku_id], currency, clock.now()).get(sku_id, [])
    guard(terms, offers, supplier_id, currency, own)
    guard_bulk(session, tenant, sku_id, terms, supplier_id, currency, own)


def list_matching(
    session: Session,
    *,
    tenant_id: uuid.UUID,
    store_id: uuid.UUID,
    matching: Filter,
    markup: Markup | None,
    currency: str = "CNY",
    replace: bool = False,
    limit: int = MAX_MATCHING,
) -> Listed:
    """Sell every SKU that matches, by one markup, or (None) by the store's markup rules.

    Those listed already are kept as they are unless `replace`.

    SKUs that would be sold at a loss, or have no offer in the store's currency, are left out and counted.
    """
    tenant, terms = get_tenant(session, tenant_id), rules.terms(None, markup, by_rules=markup is None)
    total, after, at, more = Listed(), None, clock.now(), True
    while more and total.created + total.updated + total.kept + sum(total.refused.values()) < limit:
        found = matching_ids(session, matching, after, CHUNK + 1)
        more = len(found) > CHUNK
        part = _list_chunk(session, tenant, store_id, found[:CHUNK], terms, currency, matching, replace, at)
        total = _plus(total, part)
        after = found[CHUNK - 1] if more else None
    if total.created or total.updated:
        _audit_bulk(session, tenant.id, store_id, total, matching)
        changes.note_tenant(session, tenant.id, "listing.bulk_set")
    return dataclasses.replace(total, more=more)


def _audit_bulk(session: Session, tenant_id: uuid.UUID, store_id: uuid.UUID, total: Listed, matching: Filter) -> None:
    audit.record(
        session,
        party_id=tenant_id,
        action="listing.bulk_set",
        subject="store",
        subject_id=store_id,
        details={
            "created": total.created,
            "updated": total.updated,
            "refused": total.refused,
            "q": matching.q,
            "category": matching.category,
        },
    )


def _list_chunk(
    session: Session,
    tenant: TenantLike,
    store_id: uuid.UUID,
    sku_ids: Sequence[uuid.UUID],
    terms: Terms,
    currency: str,
    matching: Filter,
    replace: bool,
    at: datetime,
) -> Listed:
    there = queries.listed_skus(session, tenant.id, store_id, sku_ids)
    wanted = [sku_id for sku_id in sku_ids if replace or sku_id not in there]
    offers = offers_of(session, tenant, wanted, currency, at)
    own = markups.NONE if terms.own else markups.load(session, tenant_id=tenant.id, store_id=store_id)
    refused: dict[str, int] = {}
    rows: list[dict[str, Any]] = []
    for sku_id in wanted:
        try:
            guard(terms, offers.get(sku_id, []), matching.supplier_id, currency, own)
        except (LossGuard, OfferNotActive, PriceRuleMissing, RetailOutOfBounds) as error:
            refused[error.code] = refused.get(error.code, 0) + 1
        else:
            rows.append({"id": new_id(), "sku_id": sku_id, "supplier_id": matching.supplier_id, **rules.columns(terms)})
    again = [row["sku_id"] for row in rows if row["sku_id"] in there]
    replaced = [notes.note(row) for row in queries.of_skus(session, tenant.id, store_id, again)]
    made = _upsert(session, tenant.id, store_id, currency, rows)
    return Listed(
        created=len(rows) - len(again),
        updated=len(again),
        kept=len(sku_ids) - len(wanted),
        refused=refused,
        created_ids=[str(row.id) for row in made if row.sku_id not in there],
        replaced=replaced,
    )


def _plus(total: Listed, part: Listed) -> Listed:
    codes = total.refused.keys() | part.refused.keys()
    refused = {code: total.refused.get(code, 0) + part.refused.get(code, 0) for code in codes}
    return Listed(
        total.created + part.created,
        total.updated + part.updated,
        total.kept + part.kept,
        refused,
        created_ids=total.created_ids + part.created_ids,
        replaced=total.replaced + part.replaced,
    )


def update(
    session: Session,
    *,
    tenant_id: uuid.UUID,
    listing_id: uuid.UUID,
    retail: Money | None = None,
    markup: Markup | None = None,
    by_rules: bool = False,
    bulk: Sequence[tuple[int, Decimal]] | None = None,
    supplier_id: uuid.UUID | None = None,
    clear_supplier: bool = False,
    status: str | None = None,
    expected_version: int | None = None,
) -> Listing:
    """Change what is given: the price rule as a whole, the bulk discount, the preferred supplier, `active` or `paused`.

    Raises NotFound, VersionMismatch, and what `list_sku` raises.
    """
    listing = queries.locked(session, tenant_id, listing_id)
    if expected_version is not None and expected_version != listing.version:
        raise VersionMismatch(version=listing.version)
    terms, currency = terms_of(listing), listing.currency
    if retail is not None or markup is not None or by_rules:
        chosen = rules.terms(retail.minor if retail else None, markup, by_rules=by_rules)
        terms = replace(chosen, bulk=terms.bulk)
        currency = retail.currency if retail else currency
    if bulk is not None:
        terms = replace(terms, bulk=rules.bulk_steps(bulk))
    preferred = None if clear_supplier else supplier_id or listing.supplier_id
    after = status or listing.status
    if after not in list(ListingStatus):
        raise StatusInvalid
    if after == ListingStatus.ACTIVE:
        tenant = get_tenant(session, tenant_id)
        _guard(session, tenant, listing.store_id, listing.sku_id, terms, preferred, currency)
    fresh = {"status": after, "currency": currency, "supplier_id": preferred, **rules.columns(terms)}
    return _apply(session, listing, fresh)


def _apply(session: Session, listing: Listing, fresh: dict[str, Any]) -> Listing:
    """Store what is different; nothing different, no new version and no record."""
    before = _shown(listing)
    for name, value in fresh.items():
        setattr(listing, name, value)
    if _shown(listing) == before:
        return listing
    listing.version += 1
    session.flush()
    _audit(session, listing, "listing.changed", {"before": before, "after": _shown(listing)})
    changes.note_listing(session, listing.tenant_id, listing.sku_id, "listing.changed")
    return listing


def pause(session: Session, *, tenant_id: uuid.UUID, listing_id: uuid.UUID) -> Listing:
    """Stop selling for now. Raises NotFound."""
    return update(session, tenant_id=tenant_id, listing_id=listing_id, status=ListingStatus.PAUSED)


def resume(session: Session, *, tenant_id: uuid.UUID, listing_id: uuid.UUID) -> Listing:
    """Sell again. Raises NotFound, OfferNotActive, LossGuard."""
    return update(session, tenant_id=tenant_id, listing_id=listing_id, status=ListingStatus.ACTIVE)


def remove(session: Session, *, tenant_id: uuid.UUID, listing_id: uuid.UUID) -> None:
    """Take a SKU out of the store; orders keep their own snapshot. Raises NotFound."""
    listing = queries.locked(session, tenant_id, listing_id)
    session.execute(delete(Listing).where(Listing.tenant_id == tenant_id, Listing.id == listing_id))
    session.expunge(listing)
    _audit(session, listing, "listing.removed", _shown(listing))
    changes.note_listing(session, tenant_id, listing.sku_id, "listing.removed")


def _upsert(
    session: Session, tenant_id: uuid.UUID, store_id: uuid.UUID, currency: str, rows: Sequence[dict[str, Any]]
) -> Sequence[Listing]:
    """Insert, or give the listing that is there these terms, active and one version on."""
    if not rows:
        return []
    head = {"tenant_id": tenant_id, "store_id": store_id, "currency": currency, "status": ListingStatus.ACTIVE}
    statement = insert(Listing).values([head | row for row in rows])
    fresh = {name: statement.excluded[name] for name in rows[0] if name not in ("id", "sku_id")}
    fresh |= {
        "currency": statement.excluded.currency,
        "status": statement.excluded.status,
        "version": Listing.version + 1,
        "updated_at": func.clock_timestamp(),
    }
    returned = statement.on_conflict_do_update(
        index_elements=["tenant_id", "store_id", "sku_id"], set_=fresh
    ).returning(Listing)
    return session.scalars(returned, execution_options={"populate_existing": True}).all()


def _shown(listing: Listing) -> dict[str, Any]:
    """A listing as the audit trail keeps it."""
    return {
        "status": listing.status,
        "currency": listing.currency,
        "retail": listing.retail_minor,
        "percent": str(listing.markup_percent.normalize()) if listing.markup_percent is not None else None,
        "fixed": listing.markup_fixed_minor,
        "round_to": listing.round_to_minor,
        "floor": listing.floor_minor,
        "bulk": listing.bulk_steps,
        "supplier_id": str(listing.supplier_id) if listing.supplier_id else None,
    }


def _audit(session: Session, listing: Listing, action: str, details: dict[str, Any]) -> None:
    audit.record(
        session,
        party_id=listing.tenant_id,
        action=action,
        subject="listing",
        subject_id=listing.id,
        details=details,
    )
