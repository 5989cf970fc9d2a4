"""How many days the stock lasts at the rate of the last week: what can be sold now is counted when asked."""

# ruff: noqa: S608 - statements are put together from our own words; values are bound

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from ...kit import clock
from .figures import SOURCE, Lens, Snapshot
from .rules import ZONE, midnight

RATE_DAYS = 7
"""Whole days, and today so far."""
HORIZON_DAYS = 14
"""Stock that lasts longer is no risk, and is not counted to its end."""


@dataclass(frozen=True, slots=True)
class Risk:
    """`available` units of a SKU, `sold` in the last `hours`; `days` until none is left."""

    sku_id: uuid.UUID
    available: int
    sold: int
    hours: int

    @property
    def days(self) -> float:
        return self.available * self.hours / (24 * self.sold)


def at_risk(snapshot: Snapshot, lens: Lens, limit: int = 20) -> Sequence[Risk]:
    """What runs out first, SKU by SKU: every supplier's stock, or the lens's; at the rate of its sales.

    A distributor's rate is its own: what others sell of the same stock is theirs to know. SKUs with an offer that never
    runs out (a file without a cap) are left out.
    """
    now = clock.now()
    since = midnight(now.astimezone(ZONE).date()) - timedelta(days=RATE_DAYS)
    lens = replace(lens, since=since, until=now, currency=None)
    hours = int((now - since).total_seconds()) // 3600
    owner = "and o.supplier_id = :supplier" if lens.supplier_id else ""
    rows = snapshot.rows(_held(lens.where(lens.face(goods=True)), owner), lens, hours=hours, limit=limit)
    return [Risk(row.sku_id, row.available, row.sold, hours) for row in rows]


def _held(where: str, owner: str) -> str:
    return f"""
with rate as materialized (
  select f.sku_id, cast(sum(f.units) as bigint) as sold from {SOURCE} where {where} group by 1 having sum(f.units) > 0
), held as (
  select r.sku_id, r.sold, bool_or(o.kind <> 'card_key' and o.stock_cap is null) as endless,
    cast(coalesce(sum(c.units), 0) as bigint) as available
  from rate r left join offers o on o.sku_id = r.sku_id and o.status = 'active' {owner}
  left join lateral (select count(*) as units from (
    select from stock s where s.offer_id = o.id limit r.sold * {HORIZON_DAYS * 24} / :hours + 1) counted) c on true
  group by r.sku_id, r.sold
)
select sku_id, available, sold from held
where endless is not true and available * :hours < sold * {HORIZON_DAYS * 24}
order by cast(available as numeric) / sold, sold desc, sku_id limit :limit
"""
