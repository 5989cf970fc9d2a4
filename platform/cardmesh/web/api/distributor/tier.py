"""The distributor's tier."""

from typing import Literal

from ....identity.models import Party
from ....identity.tenants.service import get_tenant
from ....kit.clock import rfc3339
from ....kit.db import transaction
from ....kit.errors import NotFound
from ....trade.tiers import service as tiers
from ...common.principal import caller, requires
from ...common.schema import Money, Shape
from . import blueprint


class TierOut(Shape):
    """`missing` to `next_tier`; with `grace_until` sales are below the tier's, which then falls to `falls_to`."""

    object: Literal["tier"] = "tier"
    tier: str
    fixed: bool
    sales: Money
    next_tier: str | None
    missing: Money | None
    grace_until: str | None
    falls_to: str | None


@blueprint.get("/tier")
@blueprint.output(TierOut)
@requires(Party.DISTRIBUTOR, "catalog:read")
def get_tier() -> TierOut:
    """The tier, the sales of thirty days that count for it, and what is missing to the next."""
    with transaction(caller().scope()) as session:
        now = tiers.progress(session, get_tenant(session, caller().party_id))
    if now is None:
        raise NotFound
    return TierOut(
        tier=now.tier,
        fixed=now.fixed,
        sales=Money.of(now.sold_minor, now.currency),
        next_tier=now.next_tier,
        missing=Money.of(now.missing_minor, now.currency) if now.next_tier else None,
        grace_until=rfc3339(now.grace_until) if now.grace_until else None,
        falls_to=now.falls_to,
    )
