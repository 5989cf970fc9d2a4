"""Run the checks on the live database, as the app's role in the platform's realm."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from ...settings import APP_ROLE
from .checks import CHECKS, Check


@dataclass(frozen=True)
class Finding:
    """What one check counted, and up to twenty defects."""

    check: Check
    looked_at: int
    defects: Sequence[str]


def verify(session: Session) -> list[Finding]:
    """Every check, in one snapshot of the database."""
    session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    return [_run(session, check) for check in CHECKS]


def _run(session: Session, check: Check) -> Finding:
    statement = text(check.sql.replace("{role}", APP_ROLE).replace("{{", "{").replace("}}", "}"))
    looked_at, defects = session.execute(statement).one()
    return Finding(check, looked_at, defects)
