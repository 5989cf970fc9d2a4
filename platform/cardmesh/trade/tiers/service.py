"""Set the tiers, review who has earned which, say what is missing to the next."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from ...goods import changes
from ...identity import callers
from ...identity.audit import service as audit
from ...identity.models import Membership, Party, PartyStatus, Tenant
from ...kit import clock, tenancy
from ...kit.db import transaction
from ...kit.ids import NIL
from ...kit.jobs import outbox
from ...money.fx import service as fx
from ..models import OrderUnit, UnitStatus
from . import rules
from .models import TierLevel
from .rules import News, Standing, Threshold

TOLD = ("owner", "manager")
"""Who gets the letters."""


@dataclass(frozen=True, slots=True)
class Progress:
    """A distributor's tier, the sales that count, and what is missing to the next; minor units of `currency`."""

    tier: str
    fixed: bool
    sold_minor: int
    currency: str
    next_tier: str | None = None
    next_threshold_minor: int = 0
    grace_until: datetime | None = None
    falls_to: str | None = None

    @property
    def missing_minor(self) -> int:
        return max(0, self.next_threshold_minor - self.sold_minor) if self.next_tier else 0


def levels(session: Session) -> list[TierLevel]:
    """The tiers, lowest first."""
    return sorted(session.scalars(select(TierLevel)), key=lambda level: rules.rank(level.tier))


def set_levels(session: Session, drafts: Sequence[Threshold], *, currency: str) -> None:
    """Replace all thresholds; who has earned another tier by them moves with the next review. Platform, audited.

    Raises ValidationFailed.
    """
    rules.check(drafts)
    before = [_shown(level) for level in levels(session)]
    session.execute(delete(TierLevel))
    rows = [
        {"tier": one.tier, "threshold_minor": one.threshold_minor, "currency": currency, "grace_days": one.grace_days}
        for one in drafts
    ]
    session.execute(insert(TierLevel), rows)
    audit.record(
        session,
        party_id=NIL,
        action="tiers.changed",
        subject="settings",
        details={"before": before, "after": rows},
    )


def sold(session: Session, tenant_id: uuid.UUID, at: datetime, currency: str) -> int:
    """What a distributor's buyers, and its own programs, paid in thirty days for units that were delivered and not
    given back. Sales in other currencies count at today's rate; those without one do not."""
    query = (
        select(OrderUnit.currency, func.sum(OrderUnit.retail_minor))
        .where(
            OrderUnit.tenant_id == tenant_id,
            OrderUnit.delivered_at >= at - rules.WINDOW,
            OrderUnit.delivered_at <= at,
            OrderUnit.status.in_((UnitStatus.DELIVERED, UnitStatus.REPLACED)),
        )
        .group_by(OrderUnit.currency)
    )
    rates = fx.rates_in_force(session, at)
    found = [rates.convert(int(total), own, currency) for own, total in session.execute(query)]
    return sum(one for one in found if one is not None)


def progress(session: Session, tenant: Tenant, at: datetime | None = None) -> Progress | None:
    """None where the platform has no tiers."""
    known = levels(session)
    if not known:
        return None
    currency, at = known[0].currency, at or clock.now()
    sum_minor = sold(session, tenant.id, at, currency)
    above = rules.next_up(known, tenant.tier)
    return Progress(
        tier=tenant.tier,
        fixed=tenant.tier_fixed,
        sold_minor=sum_minor,
        currency=currency,
        next_tier=above.tier if above else None,
        next_threshold_minor=above.threshold_minor if above else 0,
        grace_until=tenant.tier_grace_until,
        falls_to=rules.earned(known, sum_minor) if tenant.tier_grace_until else None,
    )


def review_all() -> int:
    """Review every active distributor whose tier is not fixed by the operator, each in a transaction of its own; how
    many moved or were told. Repeat at will."""
    with transaction(tenancy.platform()) as session:
        free = (Tenant.status == PartyStatus.ACTIVE, Tenant.tier_fixed.is_(False))
        ids = session.scalars(select(Tenant.id).where(*free).order_by(Tenant.id)).all()
        if not levels(session):
            return 0
    return sum(_review_alone(tenant_id) for tenant_id in ids)


def _review_alone(tenant_id: uuid.UUID) -> bool:
    with transaction(tenancy.platform()) as session:
        return review(session, tenant_id, clock.now()) is not None


def review(session: Session, tenant_id: uuid.UUID, at: datetime) -> News | None:
    """Move a distributor to the tier it has earned, or begin and end its grace. Platform scope; two at once are one."""
    tenant = session.get(Tenant, tenant_id, with_for_update=True, populate_existing=True)
    known = levels(session)
    if tenant is None or tenant.tier_fixed or not known:
        return None
    before = Standing(tenant.tier, tenant.tier_grace_until)
    sum_minor = sold(session, tenant_id, at, known[0].currency)
    after, news = rules.move(before, known, sum_minor, at)
    if news is None:
        return None
    tenant.tier, tenant.tier_grace_until = after.tier, after.grace_until
    session.flush()
    if after.tier != before.tier:
        callers.api_keys.forget(session)
        changes.note_tenant(session, tenant_id, "tier.changed")
    _record(session, tenant_id, news, before, after, sum_minor)
    _tell(session, tenant_id, news, after.tier)
    return news


def _record(
    session: Session, tenant_id: uuid.UUID, news: News, before: Standing, after: Standing, sold_minor: int
) -> None:
    """For the platform and for the distributor."""
    details = {
        "before": before.tier,
        "after": after.tier,
        "sold": sold_minor,
        "grace_until": after.grace_until.isoformat() if after.grace_until else None,
    }
    for party_id in (NIL, tenant_id):
        audit.record(
            session,
            party_id=party_id,
            action=f"tier.{news}",
            subject="tenant",
            subject_id=tenant_id,
            details=details,
        )


def _tell(session: Session, tenant_id: uuid.UUID, news: News, tier: str) -> None:
    team = (Membership.party == Party.DISTRIBUTOR, Membership.party_id == tenant_id, Membership.role.in_(TOLD))
    for person_id in session.scalars(select(Membership.person_id).where(*team)):
        outbox.send(
            session,
            "mail.tier",
            tenant_id=tenant_id,
            dedupe_key=f"mail.tier:{person_id}:{news}",
            person_id=person_id,
            news=str(news),
            tier=tier,
        )


def _shown(level: TierLevel) -> dict[str, object]:
    return {
        "tier": level.tier,
        "threshold_minor": level.threshold_minor,
        "currency": level.currency,
        "grace_days": level.grace_days,
    }
