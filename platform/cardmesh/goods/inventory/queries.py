"""Selects over stock and keys, and the one statement that takes."""

import uuid
from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import and_, case, exists, func, literal, null, or_, select, text
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from ..models import Audience, CardKey, GoodsKind, Offer, OfferFile, OfferStatus, StockUnit

TAKE = text("""
    with ahead as materialized (
      select unit_id from stock where offer_id = :offer_id and unit_id >= :start
      order by unit_id limit :count for update skip locked
    ), around as materialized (
      select unit_id from stock where offer_id = :offer_id and unit_id < :start
      order by unit_id limit :count - (select count(*) from ahead) for update skip locked
    ), picked as materialized (
      select unit_id from ahead union all select unit_id from around
    )
    delete from stock where offer_id = :offer_id
      and unit_id = any(array(select unit_id from picked)) and (select count(*) from picked) = :count
    returning unit_id
""")
"""From a random place on, then around from the beginning; all of `count` or nothing. Waits for nobody: a unit that
another buyer is taking is skipped, and what is locked here nobody else can delete meanwhile."""


def available(limit: int) -> ColumnElement[int | None]:
    """How many units of the enclosing select's `Offer` can be sold, counted up to `limit`; NULL is unlimited.

    A file offer without a file has none.
    """
    some = select(literal(1).label("one")).where(StockUnit.offer_id == Offer.id).correlate(Offer).limit(limit)
    counted = select(func.count()).select_from(some.subquery()).scalar_subquery()
    has_file = exists().where(OfferFile.offer_id == Offer.id).correlate(Offer)
    return case(
        (and_(Offer.kind == GoodsKind.FILE, ~has_file), 0),
        (and_(Offer.kind != GoodsKind.CARD_KEY, Offer.stock_cap.is_(None)), null()),
        else_=counted,
    )


def open_here() -> ColumnElement[bool]:
    """The enclosing select's `Offer` is for everybody, or for the distributor whose scope this is."""
    return or_(Offer.audience == Audience.ALL, func.offer_open(Offer.id, Offer.audience, Offer.min_tier))


def available_by_offer(session: Session, offer_ids: Collection[uuid.UUID], limit: int) -> dict[uuid.UUID, int | None]:
    """What each offer can sell, whatever its status."""
    rows = session.execute(select(Offer.id, available(limit)).where(Offer.id.in_(offer_ids)))
    return dict(rows.all())


def available_by_sku(session: Session, sku_ids: Collection[uuid.UUID], limit: int) -> dict[uuid.UUID, list[int | None]]:
    """What each active offer of each SKU can sell here."""
    active = (Offer.status == OfferStatus.ACTIVE, open_here())
    query = select(Offer.sku_id, available(limit)).where(Offer.sku_id.in_(sku_ids), *active)
    found: dict[uuid.UUID, list[int | None]] = {sku_id: [] for sku_id in sku_ids}
    for sku_id, count in session.execute(query):
        found[sku_id].append(count)
    return found


def sealed_keys(session: Session, key_ids: Collection[uuid.UUID]) -> Sequence[CardKey]:
    """The keys with these ids that the scope may see."""
    return session.scalars(select(CardKey).where(CardKey.id.in_(key_ids))).all()


def expired_units(session: Session, today: date, limit: int) -> Sequence[StockUnit]:
    """Units on sale whose last day has passed, that nobody is taking right now."""
    due = select(StockUnit).where(StockUnit.expires_on < today).order_by(StockUnit.expires_on).limit(limit)
    return session.scalars(due.with_for_update(skip_locked=True)).all()
