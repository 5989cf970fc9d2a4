"""Make, end, list and choose commission rules. A rule is never edited: a later one for the same supersedes it."""

import time
import uuid
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Unpack
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from ...identity.audit.service import record
from ...kit import clock, tenancy
from ...kit.db import db, require_scope, transaction
from ...kit.errors import NotFound
from ...kit.ids import NIL, new_id
from ...kit.pages import Page, paginate
from ...kit.tenancy import SYSTEM, Scope
from ..fx import service as fx
from ..models import CommissionRule
from . import queries
from .book import RuleBook
from .drafts import Proposal, beginning, propose
from .errors import RuleNeeded
from .rules import Rule
from .simulation import PartyChange, SaleFact, Simulation, simulate

__all__ = [
    "PartyChange",
    "RuleBook",
    "SaleFact",
    "Simulation",
    "create_rule",
    "current_rules",
    "end_rule",
    "list_rules",
    "load_rules",
    "propose",
    "rules_in_force",
    "simulate",
]

_MAX_AGE_SECONDS = 1.0
_MAX_BOOKS = 1_000
_CHANGED = "commission_rules_changed"


@dataclass(frozen=True)
class _Cached:
    book: RuleBook
    loaded: float
    at: datetime


_books: WeakKeyDictionary[Engine, dict[Scope, _Cached]] = WeakKeyDictionary()


def load_rules(session: Session, at: datetime | None = None) -> RuleBook:
    """Every rule in force at `at` (default: now) that the session's scope may see, with the volumes that its steps go
    by and the exchange rates."""
    rows, rates = queries.rules_and_rates(session, at)
    rules = [Rule.from_row(row) for row in rows]
    volumes = queries.volumes(session) if any(rule.steps for rule in rules) else {}
    return RuleBook(rules, volumes, fx.rates_of(rates))


def rules_in_force(session: Session, at: datetime | None = None) -> RuleBook:
    """The same, remembered by this process for up to a second per scope: for the order path."""
    at = at or clock.now()
    if session.info.get(_CHANGED):
        return load_rules(session, at)
    books = _books.setdefault(session.connection().engine, {})
    view = _view(require_scope(session))
    cached = books.get(view)
    if cached is None or not _fresh(cached, at):
        if len(books) >= _MAX_BOOKS:
            books.clear()
        cached = books[view] = _Cached(load_rules(session, at), time.monotonic(), at)
    return cached.book


def current_rules() -> RuleBook:
    """Every rule in force now, as trade sees them, without a session of the caller's; at most a second old."""
    cached = _books.setdefault(db.engine, {}).get(_TRADE)
    if cached is not None and _fresh(cached, clock.now()):
        return cached.book
    with transaction(_TRADE) as session:
        return rules_in_force(session)


_TRADE = tenancy.trade(NIL)


def _view(scope: Scope) -> Scope:
    """What of a scope decides which rules it sees: not who acts, and in a sale not the tenant (see policies.py)."""
    return _TRADE if scope.realm is tenancy.Realm.TRADE else replace(scope, actor=SYSTEM)


def _fresh(cached: _Cached, at: datetime) -> bool:
    age = abs((at - cached.at).total_seconds())
    return age <= _MAX_AGE_SECONDS and time.monotonic() - cached.loaded <= _MAX_AGE_SECONDS


def create_rule(
    session: Session,
    *,
    effective_from: datetime | None = None,
    ends_at: datetime | None = None,
    note: str = "",
    **proposal: Unpack[Proposal],
) -> CommissionRule:
    """Store a rule; from `effective_from` (default: now) on it supersedes older ones for the same. Platform, audited.

    Without notice: an operator's rules go through `announce`, which keeps it and writes to those concerned.

    With `ends_at` it is a promotion: what it superseded comes back. Raises ValidationFailed.
    """
    rule = propose(**proposal)
    begins = beginning(effective_from, now=clock.now(), ends_at=ends_at)
    row = CommissionRule(**columns(rule) | {"id": new_id(), "effective_from": begins}, ends_at=ends_at, note=note)
    session.add(row)
    session.flush()
    _changed(session, "commission_rule.created", row, note)
    return row


def columns(rule: Rule) -> dict[str, Any]:
    """A rule as columns of its table."""
    stored = {name: value for name, value in vars(rule).items() if name != "volume_minor"}
    return stored | {"steps": [[step.volume_minor, f"{step.rate:f}"] for step in rule.steps]}


def forget(session: Session) -> None:
    """What this process remembers of rules and rates is stale, also for the rest of this transaction."""
    session.info[_CHANGED] = True
    _books.clear()


def end_rule(
    session: Session, *, rule_id: uuid.UUID, ends_at: datetime | None = None, reason: str = ""
) -> CommissionRule:
    """Let a rule end at `ends_at` (default: now). Platform scope, audited.

    Raises NotFound, ValidationFailed, RuleNeeded when it ends already or no default rule would be left.
    """
    now = clock.now()
    ends = beginning(ends_at, now=now, ends_at=None)
    lasting = {row.id for row in queries.lock_defaults(session, ends) if row.ends_at is None}
    if (row := queries.locked(session, rule_id)) is None:
        raise NotFound
    if (row.ends_at and row.ends_at <= now) or lasting == {rule_id}:
        raise RuleNeeded
    row.ends_at = max(ends, row.effective_from)
    session.flush()
    _changed(session, "commission_rule.ended", row, reason)
    return row


def list_rules(
    session: Session, *, current_only: bool = False, after: uuid.UUID | None = None, limit: int = 50
) -> Page[CommissionRule]:
    """Rules newest first, ended ones included unless `current_only` (in force or to come)."""
    query = queries.not_ended(clock.now()) if current_only else select(CommissionRule)
    return paginate(session, query, CommissionRule.id, after=after, limit=limit)


def _changed(session: Session, action: str, row: CommissionRule, reason: str) -> None:
    """Books loaded before are stale; this transaction does not share the one it sees until it is committed."""
    forget(session)
    details = Rule.from_row(row).to_json() | {"ends_at": row.ends_at.isoformat() if row.ends_at else None}
    record(
        session,
        party_id=NIL,
        action=action,
        subject="commission_rule",
        subject_id=row.id,
        details=details,
        reason=reason,
    )
