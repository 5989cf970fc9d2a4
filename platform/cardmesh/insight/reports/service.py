"""Sum up what was sold and given back, along one dimension. Row-level security decides whose sales are seen."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum

from sqlalchemy import text
from sqlalchemy.orm import Session

from ...identity.models import Party
from ...kit.i18n import Text


class Dimension(StrEnum):
    DAY = "day"
    MONTH = "month"
    PRODUCT = "product"
    DISTRIBUTOR = "distributor"
    SUPPLIER = "supplier"
    STORE = "store"


OF_PARTY = {
    Party.PLATFORM: tuple(Dimension),
    Party.DISTRIBUTOR: (Dimension.DAY, Dimension.MONTH, Dimension.PRODUCT, Dimension.SUPPLIER, Dimension.STORE),
    Party.SUPPLIER: (Dimension.DAY, Dimension.MONTH, Dimension.PRODUCT),
}
"""What each party may ask for: a supplier is not told in whose stores its goods are sold."""

# A business day is UTC+8, see `kit.days`. A unit counts when it is handed over, and once more, the other way, when it
# is given back.
_DAY = "to_char(m.at at time zone 'UTC' + interval '8 hours', 'YYYY-MM-DD')"
_MONTH = "to_char(m.at at time zone 'UTC' + interval '8 hours', 'YYYY-MM')"
_ORDER = "join orders o on o.tenant_id = m.tenant_id and o.id = m.order_id"
_LABELS = {
    Dimension.DAY: (_DAY, ""),
    Dimension.MONTH: (_MONTH, ""),
    Dimension.PRODUCT: (
        "p.name || ' · ' || k.name",
        "join skus k on k.id = m.sku_id join products p on p.id = k.product_id",
    ),
    Dimension.DISTRIBUTOR: ("t.name", "join tenants t on t.id = m.tenant_id"),
    Dimension.SUPPLIER: ("s.name", "join suppliers s on s.id = m.supplier_id"),
    Dimension.STORE: ("s.name", f"{_ORDER} join stores s on s.tenant_id = o.tenant_id and s.id = o.store_id"),
}
_GROUPS = {
    Dimension.PRODUCT: "k.id, p.name, k.name",
    Dimension.DISTRIBUTOR: "t.id, t.name",
    Dimension.SUPPLIER: "s.id, s.name",
    Dimension.STORE: "s.id, s.name",
}
_REPORT = """
select {label} as label, m.currency,
    cast(count(*) filter (where m.sign > 0) as bigint) as units,
    cast(count(*) filter (where m.sign < 0) as bigint) as refunded,
    cast(sum(m.sign * m.retail_minor) as bigint) as retail_minor,
    cast(sum(m.sign * m.cost_minor) as bigint) as cost_minor,
    cast(sum(m.sign * m.supplier_minor) as bigint) as supplier_minor,
    cast(sum(m.sign * m.distributor_minor) as bigint) as distributor_minor,
    cast(sum(m.sign * m.platform_minor) as bigint) as platform_minor
from (
    select 1 as sign, u.delivered_at as at, u.* from order_units u
    where u.delivered_at >= :since and u.delivered_at < :until
    union all
    select -1, u.refunded_at, u.* from order_units u
    where u.refunded_at >= :since and u.refunded_at < :until and u.delivered_at is not null
) m {join}
group by {group}, m.currency order by {order}
"""


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One line. Amounts are net of what was given back; `units` were handed over, `refunded` given back."""

    label: str
    currency: str
    units: int
    refunded: int
    retail_minor: int
    cost_minor: int
    supplier_minor: int
    distributor_minor: int
    platform_minor: int


_AMOUNTS = ("retail_minor", "cost_minor", "supplier_minor", "distributor_minor", "platform_minor")
SHOWN = {
    Party.PLATFORM: _AMOUNTS,
    Party.DISTRIBUTOR: ("retail_minor", "cost_minor", "distributor_minor"),
    Party.SUPPLIER: ("cost_minor", "supplier_minor"),
}
"""Which sums are a party's to see: a supplier no retail, a distributor no other's share."""
TITLES = {
    "units": Text("售出件数", "Units"),
    "refunded": Text("退款件数", "Given back"),
    "retail_minor": Text("零售额", "Retail"),
    "cost_minor": Text("进货额", "Cost"),
    "supplier_minor": Text("供货商所得", "Supplier's share"),
    "distributor_minor": Text("分销商所得", "Distributor's share"),
    "platform_minor": Text("平台所得", "Platform's share"),
}
NAMES = {
    Dimension.DAY: Text("日期", "Day"),
    Dimension.MONTH: Text("月份", "Month"),
    Dimension.PRODUCT: Text("商品", "Product"),
    Dimension.DISTRIBUTOR: Text("分销商", "Distributor"),
    Dimension.SUPPLIER: Text("供货商", "Supplier"),
    Dimension.STORE: Text("店铺", "Store"),
}


def report(session: Session, *, by: Dimension, since: datetime, until: datetime) -> list[ReportRow]:
    """One row per label and currency: days in order, all else by what it brought, the most first."""
    label, join = _LABELS[by]
    dated = by in (Dimension.DAY, Dimension.MONTH)
    statement = _REPORT.format(
        label=label, join=join, group=_GROUPS.get(by, label), order="1" if dated else "retail_minor desc, 1"
    )
    rows = session.execute(text(statement), {"since": since, "until": until})
    return [ReportRow(**row._mapping) for row in rows]


def totals(rows: Sequence[ReportRow]) -> list[ReportRow]:
    """One row per currency: the sum of its lines."""
    sums: dict[str, dict[str, int]] = {}
    names = [field.name for field in fields(ReportRow) if field.name not in ("label", "currency")]
    for row in rows:
        held = sums.setdefault(row.currency, dict.fromkeys(names, 0))
        for name in names:
            held[name] += getattr(row, name)
    return [ReportRow("", currency, **held) for currency, held in sorted(sums.items())]
