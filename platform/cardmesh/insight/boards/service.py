"""A dashboard's figures, read in one snapshot: sums, their course, and who and what is behind them."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...identity.models import Supplier, Tenant
from ...kit import clock
from . import goods, stock, unpaid
from .figures import Figures, Lens, Snapshot, freeze, snapshot
from .goods import CategoryName, GoodsName
from .rules import Period, Step, last_days, start_of
from .stock import Risk

__all__ = ["Board", "Figures", "Headline", "Lens", "Period", "Step", "freeze", "headline", "last_days", "read"]

Named = Sequence[tuple[uuid.UUID, Figures]]


@dataclass(frozen=True, slots=True)
class Headline:
    """Sums of a period in one currency, those of as much time right before it, and the course."""

    period: Period
    currency: str
    total: Figures
    before: Figures
    series: Sequence[tuple[datetime, Figures]]


@dataclass(frozen=True, slots=True)
class Board(Headline):
    """What a whole dashboard shows. `hours` and `channels` are None where days of goods are all that is kept.

    `unpaid` is None where it makes no sense: a supplier's or a product's share of an order nobody paid.
    """

    lens: Lens
    currencies: Sequence[str]
    unpaid: int | None
    hours: Mapping[int, Figures] | None
    channels: Mapping[str, Figures] | None
    ranked: goods.Ranked
    stores: Named
    risks: Sequence[Risk]
    goods_names: Mapping[uuid.UUID, GoodsName] = field(default_factory=dict)
    party_names: Mapping[uuid.UUID, str] = field(default_factory=dict)
    categories: Mapping[uuid.UUID, CategoryName] = field(default_factory=dict)


def headline(session: Session, lens: Lens, period: Period, *, currency: str) -> Headline:
    """The key figures of a home, in a frozen transaction. `currency` stands in while nothing was sold."""
    return _headline(snapshot(session), lens, period, currency)


def read(
    session: Session, lens: Lens, period: Period, *, currency: str, rank: str = goods.RANKS[0], stores: bool = False
) -> Board:
    """Everything, in a transaction that is frozen. `stores` compares distributors, for the platform alone.

    Of one channel there are no rankings: goods are not kept by channel.
    """
    now = snapshot(session)
    currencies = now.currencies(_within(lens, period))
    head = _headline(now, lens, period, currency, currencies)
    lens = replace(_within(lens, period), currency=head.currency)
    apart = lens.channel is None
    best = goods.ranked(now, lens, rank=rank) if apart else goods.NONE
    shops = now.stores(lens) if apart and stores and not lens.tenant_id else []
    risks = stock.at_risk(now, lens) if apart and lens.skus is None else []
    by_hour, by_channel = not lens.by_day_only, not lens.by_day_only and not lens.supplier_id
    whole = apart and lens.supplier_id is None and lens.skus is None
    return Board(
        head.period,
        head.currency,
        head.total,
        head.before,
        head.series,
        lens=lens,
        currencies=currencies,
        unpaid=unpaid.count(session, lens.since, lens.until, tenant_id=lens.tenant_id) if whole else None,
        hours=now.hours(lens) if by_hour else None,
        channels=now.channels(lens) if by_channel else None,
        ranked=best,
        stores=shops,
        risks=risks,
        goods_names=goods.names(session, [*(sku for sku, _ in best.skus), *(risk.sku_id for risk in risks)]),
        party_names=_parties(session, {one for one, _ in (*best.suppliers, *shops)}),
        categories=goods.categories(session),
    )


def _within(lens: Lens, period: Period) -> Lens:
    return replace(lens, since=period.since, until=period.until)


def _headline(
    now: Snapshot, lens: Lens, period: Period, currency: str, currencies: Sequence[str] | None = None
) -> Headline:
    lens = _within(lens, period)
    if lens.currency is None:
        found = now.currencies(lens) if currencies is None else currencies
        lens = replace(lens, currency=found[0] if found else currency)
    if lens.by_day_only and period.step is Step.HOUR:
        period = replace(period, step=Step.DAY)
    found = now.series(lens, period.step)
    series = [(start, found.get(start, Figures())) for start in period.starts()]
    before = now.total(_as_far(lens, period))
    return Headline(period, lens.currency or currency, now.total(lens), before, series)


def _as_far(lens: Lens, period: Period) -> Lens:
    """The period before, as far as this one has come: half a day is compared with half a day."""
    earlier, left = period.before(), max(period.until - clock.now(), timedelta(0))
    until = start_of(earlier.until - left, Step.DAY if lens.by_day_only else Step.HOUR)
    return replace(lens, since=earlier.since, until=max(until, earlier.since))


def _parties(session: Session, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    found: dict[uuid.UUID, str] = {}
    for party in (Supplier, Tenant):
        found |= dict(session.execute(select(party.id, party.name).where(party.id.in_(ids))).all())
    return found
