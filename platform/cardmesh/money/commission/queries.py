"""Selects of commission rules."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, false, or_, select
from sqlalchemy.orm import Session, aliased

from ...kit import clock
from ..fx import service as fx
from ..fx.models import FxRate
from ..models import CommissionRule as Row
from ..models import SalesVolume

_UNSCOPED = (Row.sku_id, Row.product_id, Row.category_id, Row.supplier_id, Row.tenant_id)


def in_force(at: datetime) -> Select[Row]:
    """Rules that have begun and not ended at `at`, superseded ones included."""
    return select(Row).where(Row.effective_from <= at, or_(Row.ends_at.is_(None), Row.ends_at > at))


def rules_and_rates(session: Session, at: datetime | None) -> tuple[list[Row], list[FxRate]]:
    """The rules in force and the exchange rates, at `at` or now, by one statement: each row has one or the other."""
    rule = aliased(Row, in_force(at or clock.now()).subquery())
    rate = aliased(FxRate, fx.latest(at).subquery())
    found = session.execute(select(rule, rate).join_from(rule, rate, false(), full=True)).all()
    return [one for one, _ in found if one], [one for _, one in found if one]


def not_ended(at: datetime) -> Select[Row]:
    """Rules in force or to come."""
    return select(Row).where(or_(Row.ends_at.is_(None), Row.ends_at > at))


def volumes(session: Session) -> dict[tuple[uuid.UUID, str], int]:
    """What suppliers sold in thirty days, as it was last counted."""
    rows = session.execute(select(SalesVolume.supplier_id, SalesVolume.currency, SalesVolume.volume_minor))
    return {(row.supplier_id, row.currency): row.volume_minor for row in rows}


def locked(session: Session, rule_id: uuid.UUID) -> Row | None:
    return session.get(Row, rule_id, with_for_update=True, populate_existing=True)


def lock_defaults(session: Session, at: datetime) -> Sequence[Row]:
    """The default rules in force, locked in key order: two operators cannot each end what the other relies on."""
    default = in_force(at).where(*(column.is_(None) for column in _UNSCOPED))
    return session.scalars(default.order_by(Row.id).with_for_update()).all()
