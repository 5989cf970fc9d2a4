"""Make and change tenants."""

import uuid

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ...kit.errors import NotFound, invalid
from ...kit.ids import NIL, new_id
from .. import callers
from ..audit.service import record
from ..errors import HandleTaken, TenantSuspended
from ..models import PartyStatus, Tenant
from .rules import check_handle

FIRST_TIER = "VIP1"


def create_tenant(session: Session, *, name: str, handle: str, tier: str = "VIP1", locale: str = "zh-CN") -> Tenant:
    """A new tenant; a tier above the first is the operator's choice and stays. Raises HandleInvalid, HandleReserved,
    HandleTaken."""
    fixed = tier != FIRST_TIER
    tenant = Tenant(
        id=new_id(), name=name, handle=check_handle(handle), tier=tier, tier_fixed=fixed, locale=locale
    )
    try:
        with session.begin_nested():
            session.add(tenant)
    except IntegrityError as error:
        raise HandleTaken(handle=handle) from error
    details = {"handle": handle, "tier": tier}
    record(session, party_id=NIL, action="tenant.created", subject="tenant", subject_id=tenant.id, details=details)
    return tenant


def get_tenant(session: Session, tenant_id: uuid.UUID) -> Tenant:
    """Raises NotFound."""
    if (tenant := session.get(Tenant, tenant_id)) is None:
        raise NotFound
    return tenant


def require_active(tenant: Tenant) -> None:
    """Raises TenantSuspended: a suspended tenant sells nothing and changes nothing."""
    if tenant.status != PartyStatus.ACTIVE:
        raise TenantSuspended


def change_tenant(
    session: Session,
    *,
    tenant_id: uuid.UUID,
    tier: str | None = None,
    earns_tier: bool = False,
    status: str | None = None,
    reason: str = "",
) -> Tenant:
    """Set the tier, which then stays; let sales decide about it again (`earns_tier`); suspend / re-activate.

    Raises NotFound, ValidationFailed.
    """
    tenant = session.get(Tenant, tenant_id, with_for_update=True)
    if tenant is None:
        raise NotFound
    if status is not None and status not in (PartyStatus.ACTIVE, PartyStatus.SUSPENDED):
        raise invalid("/status", "status_unknown", "未知状态", "Unknown status")
    before = {"tier": tenant.tier, "tier_fixed": tenant.tier_fixed, "status": tenant.status}
    if tier is not None:
        tenant.tier, tenant.tier_fixed, tenant.tier_grace_until = tier, True, None
    if earns_tier:
        tenant.tier_fixed = False
    tenant.status = status or tenant.status
    session.flush()
    callers.api_keys.forget(session)
    after = {"tier": tenant.tier, "tier_fixed": tenant.tier_fixed, "status": tenant.status}
    details = {"before": before, "after": after}
    record(
        session,
        party_id=NIL,
        action="tenant.changed",
        subject="tenant",
        subject_id=tenant_id,
        details=details,
        reason=reason,
    )
    return tenant
