"""Read and change the platform's settings."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ...kit.ids import NIL
from ..audit.service import record
from . import remembered
from .models import PlatformSetting


@dataclass(frozen=True)
class PlatformSettings:
    """Every setting with its default."""

    sign_up: bool = True
    """Strangers may sign up as suppliers and distributors."""
    supplier_review: bool = True
    """A supplier who signed up sells nothing until somebody of the platform has looked at them."""
    second_factor: bool = False
    """The platform's own people need a second factor."""
    batch_payouts: bool = False
    """The operator may pay by batch files of its bank or Alipay: only with the licence to move others' money."""
    papers_before_payout: bool = True
    """Nobody withdraws money before their real name is proved."""
    hold_days: int = 0
    """The least time between delivery and settlement; a longer warranty counts instead."""
    closed_categories: tuple[str, ...] = ()
    """Slugs of categories in which nothing new may be offered."""


NAMES = tuple(field.name for field in fields(PlatformSettings))
SWITCHES = tuple(field.name for field in fields(PlatformSettings) if field.type is bool)


def read(session: Session) -> PlatformSettings:
    """What holds now."""
    rows: dict[str, Any] = {row.name: row.value for row in session.scalars(select(PlatformSetting))}
    if "closed_categories" in rows:
        rows["closed_categories"] = tuple(rows["closed_categories"])
    return PlatformSettings(**{name: rows[name] for name in NAMES if name in rows})


def current() -> PlatformSettings:
    """The same without asking again within a second: for the order path and for imports by the line."""
    return remembered.recall(read)


def decided(session: Session) -> frozenset[str]:
    """The settings that somebody has decided on, be it for the default."""
    return frozenset(session.scalars(select(PlatformSetting.name)))


def change(session: Session, values: Mapping[str, Any]) -> PlatformSettings:
    """Set these; what was and what is goes into the trail. Only the platform may."""
    before, standing = read(session), decided(session)
    for name in NAMES:
        if name in values and (values[name] != getattr(before, name) or name not in standing):
            row = {"name": name, "value": values[name]}
            statement = insert(PlatformSetting).values(row)
            session.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": values[name]}))
    after = read(session)
    remembered.forget(session)
    details = {"before": asdict(before), "after": asdict(after)}
    record(session, party_id=NIL, action="settings.changed", subject="settings", details=details)
    return after
