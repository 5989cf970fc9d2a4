"""Price a basket for a buyer."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from ...goods.pricing.service import PricedLine, price_lines
from ...identity.tenants.service import get_tenant, require_active
from ...kit import clock
from ...kit.money import Money
from ..rules import Item, check_items


@dataclass(frozen=True, slots=True)
class Quote:
    """Lines in the order asked for; one with a `problem` is not available and not in the totals (one a currency)."""

    lines: list[PricedLine]
    totals: list[Money]


def quote(session: Session, *, tenant_id: uuid.UUID, items: Sequence[Item], store_id: uuid.UUID | None = None) -> Quote:
    """Raises ValidationFailed, TenantSuspended. A line that cannot be sold is in the answer, not an error."""
    check_items(items)
    tenant = get_tenant(session, tenant_id)
    require_active(tenant)
    wanted = [(item.sku_id, item.quantity) for item in items]
    lines = price_lines(session, tenant=tenant, items=wanted, at=clock.now(), store_id=store_id)
    totals: dict[str, int] = {}
    for line in lines:
        if line.problem is None:
            totals[line.currency] = totals.get(line.currency, 0) + line.total_minor
    return Quote(lines, [Money(minor, currency) for currency, minor in totals.items()])
