"""Read and change the platform's settings."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ...kit.ids import NIL
from ..audit.service import record
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


NAMES = tuple(field.name for field in fields(PlatformSettings))


def read(session: Session) -> PlatformSettings:
    rows = session.execute(select(PlatformSetting.name, PlatformSetting.value).where(PlatformSetting.name.in_(NAMES)))
    return PlatformSettings(**dict(rows.all()))


def change(session: Session, values: Mapping[str, bool]) -> PlatformSettings:
    """Set these; what was and what is goes into the trail. Only the platform may."""
    before = read(session)
    for name in NAMES:
        if name in values and values[name] != getattr(before, name):
            row = {"name": name, "value": values[name]}
            statement = insert(PlatformSetting).values(row)
            session.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": values[name]}))
    after = read(session)
    details = {"before": asdict(before), "after": asdict(after)}
    record(session, party_id=NIL, action="settings.changed", subject="settings", details=details)
    return after
