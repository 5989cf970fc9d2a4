"""All prices of an offer, planned for a moment to come; a job puts them in force."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...identity.audit import service as audit
from ...kit import clock
from ...kit.errors import MeshError, NotFound, invalid
from ...kit.ids import new_id
from ..pricing.models import PriceList, PriceListStatus
from ..pricing.rules import PriceRow
from . import queries, rules
from .service import update_offer

MOST_PLANNED = 12


def plan(
    session: Session, *, offer_id: uuid.UUID, base_price_minor: int, rows: Sequence[PriceRow], effective_from: datetime
) -> PriceList:
    """Prices from `effective_from` on, within seconds of it; until then they may be canceled. Audited.

    Raises NotFound, ValidationFailed, and what `rules.check_matrix` raises.
    """
    rules.check_matrix(base_price_minor, rows)
    if effective_from <= clock.now():
        raise invalid("/effective_from", "in_the_past", "生效时间须晚于现在", "The prices begin in the future")
    offer = queries.locked(session, offer_id)
    if len(planned(session, offer_id)) >= MOST_PLANNED:
        raise invalid("/", "too_many", "最多预设 {most} 份价目", "At most {most} lists are planned", most=MOST_PLANNED)
    made = PriceList(
        supplier_id=offer.supplier_id,
        id=new_id(),
        offer_id=offer.id,
        effective_from=effective_from,
        base_price_minor=base_price_minor,
        prices=[list(row) for row in sorted(rows)],
    )
    session.add(made)
    session.flush()
    _record(session, made, "price_list.planned")
    return made


def rows_of(made: PriceList) -> list[PriceRow]:
    return [PriceRow(*row) for row in made.prices]


def planned(session: Session, offer_id: uuid.UUID) -> Sequence[PriceList]:
    """Those to come, in their order."""
    query = select(PriceList).where(PriceList.offer_id == offer_id, PriceList.status == PriceListStatus.PLANNED)
    return session.scalars(query.order_by(PriceList.effective_from, PriceList.id)).all()


def cancel(session: Session, *, list_id: uuid.UUID) -> PriceList:
    """Drop a list that is not in force yet; one that is no longer planned stays as it is. Raises NotFound."""
    query = select(PriceList).where(PriceList.id == list_id).with_for_update()
    made = session.scalar(query.execution_options(populate_existing=True))
    if made is None:
        raise NotFound
    if made.status == PriceListStatus.PLANNED:
        made.status = PriceListStatus.CANCELED
        session.flush()
        _record(session, made, "price_list.canceled")
    return made


def apply_due(session: Session, *, limit: int = 100) -> int:
    """Put the lists in force whose time has come, oldest first; how many. Platform scope; repeat at will.

    A list that its offer cannot take is refused and stays in sight; the others follow.
    """
    due = (
        select(PriceList)
        .where(PriceList.status == PriceListStatus.PLANNED, PriceList.effective_from <= clock.now())
        .order_by(PriceList.effective_from, PriceList.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    found = session.scalars(due.execution_options(populate_existing=True)).all()
    for made in found:
        _apply(session, made)
    return len(found)


def _apply(session: Session, made: PriceList) -> None:
    try:
        with session.begin_nested():
            update_offer(
                session,
                offer_id=made.offer_id,
                base_price_minor=made.base_price_minor,
                rows=rows_of(made),
                reason=f"price list of {made.effective_from.isoformat()}",
            )
        made.status, made.applied_at = PriceListStatus.APPLIED, clock.now()
    except MeshError:
        made.status = PriceListStatus.REFUSED
    session.flush()
    _record(session, made, f"price_list.{made.status}")


def _record(session: Session, made: PriceList, action: str) -> None:
    audit.record(
        session,
        party_id=made.supplier_id,
        action=action,
        subject="offer",
        subject_id=made.offer_id,
        details={
            "effective_from": made.effective_from.isoformat(),
            "base": made.base_price_minor,
            "rows": made.prices,
        },
    )
