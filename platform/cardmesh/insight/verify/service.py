"""Run the checks on the live database, as the app's role in the platform's realm."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from ...settings import APP_ROLE
from . import checks, figures, schema
from .checks import Check

DATA, SCHEMA = checks.CHECKS + figures.FIGURES, schema.CHECKS
CHECKS = DATA + SCHEMA


@dataclass(frozen=True)
class Finding:
    """What one check counted, and up to twenty defects."""

    check: Check
    looked_at: int
    defects: Sequence[str]


def verify(session: Session, chosen: Sequence[Check] = CHECKS) -> list[Finding]:
    """The chosen checks, all of them by default, in one snapshot of the database."""
    if not session.in_transaction():
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    return [_run(session, check) for check in chosen]


def _run(session: Session, check: Check) -> Finding:
    statement = text(check.sql)
    looked_at, defects = session.execute(statement, {"role": APP_ROLE} if ":role" in check.sql else {}).one()
    return Finding(check, looked_at, defects)
