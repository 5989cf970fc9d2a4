"""Exclusive goods: an offer for distributors of a tier and above, or for those it names."""

import uuid
from collections.abc import Collection

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from ...identity.audit import service as audit
from ...identity.models import Tenant
from ...kit import tenancy
from ...kit.db import transaction
from ...kit.errors import invalid
from .. import changes
from ..models import Audience, Offer
from ..pricing.models import OfferTenant
from ..pricing.rules import tier_rank
from . import queries, rules

MOST_NAMED = 500


def find_tenants(handles: Collection[str]) -> dict[str, uuid.UUID]:
    """Distributors by the handles their shops have, which a supplier knows. Opens its own transaction.

    Raises ValidationFailed naming the handles that nobody has.
    """
    wanted = {handle.strip().lower() for handle in handles if handle.strip()}
    with transaction(tenancy.public()) as session:
        rows = session.execute(select(Tenant.handle, Tenant.id).where(Tenant.handle.in_(wanted))).all()
    found = {row.handle: row.id for row in rows}
    if missing := sorted(wanted - found.keys()):
        names = ", ".join(missing[:10])
        raise invalid("/tenants", "tenant_unknown", "没有这些店铺：{names}", "No such stores: {names}", names=names)
    return found


def named(session: Session, offer_id: uuid.UUID) -> set[uuid.UUID]:
    """Whom an exclusive offer is for by name."""
    return set(session.scalars(select(OfferTenant.tenant_id).where(OfferTenant.offer_id == offer_id)))


def set_audience(
    session: Session,
    *,
    offer_id: uuid.UUID,
    audience: Audience,
    min_tier: str = "VIP1",
    tenant_ids: Collection[uuid.UUID] = (),
) -> Offer:
    """Who may see and buy the offer from now on; for all others it is gone at once, stores are built anew. Audited.

    Raises NotFound, TierUnknown, ValidationFailed.
    """
    rules.check_tier(min_tier)
    if audience is Audience.NAMED and not 0 < len(tenant_ids) <= MOST_NAMED:
        text = ("请填写 1 到 {most} 家店铺", "Name 1 to {most} stores")
        raise invalid("/tenants", "tenants_count", *text, most=MOST_NAMED)
    offer = queries.locked(session, offer_id)
    before = _shown(offer, named(session, offer_id))
    offer.audience = audience
    offer.min_tier = tier_rank(min_tier) if audience is Audience.TIER else 1
    chosen = set(tenant_ids) if audience is Audience.NAMED else set()
    session.execute(delete(OfferTenant).where(OfferTenant.offer_id == offer_id))
    if chosen:
        rows = [{"supplier_id": offer.supplier_id, "offer_id": offer_id, "tenant_id": one} for one in sorted(chosen)]
        session.execute(insert(OfferTenant), rows)
    after = _shown(offer, chosen)
    if after != before:
        offer.version += 1
        session.flush()
        audit.record(
            session,
            party_id=offer.supplier_id,
            action="offer.audience_changed",
            subject="offer",
            subject_id=offer_id,
            details={"before": before, "after": after},
        )
        changes.note_skus(session, [offer.sku_id], "offer.audience_changed")
    return offer


def _shown(offer: Offer, tenants: Collection[uuid.UUID]) -> dict[str, object]:
    return {"audience": offer.audience, "min_tier": offer.min_tier, "tenants": sorted(str(one) for one in tenants)}
