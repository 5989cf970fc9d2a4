"""An operator's change of the rules: seven days ahead, with a letter to everybody whom it concerns."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Unpack

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from ...identity.models import Membership, Party
from ...kit import clock
from ...kit.errors import NotFound, invalid
from ...kit.jobs import outbox
from ..models import CommissionRule
from . import queries
from .drafts import Proposal
from .service import create_rule, end_rule

NOTICE = timedelta(days=7)
SLACK = timedelta(minutes=5)
"""A program that counts seven days from now counts them a moment before we do."""
TOLD = ("owner", "finance")


def announce(
    session: Session,
    *,
    effective_from: datetime | None = None,
    ends_at: datetime | None = None,
    note: str = "",
    **proposal: Unpack[Proposal],
) -> CommissionRule:
    """A rule in force from `effective_from` on, by default as soon as the notice allows; those concerned get a letter.

    Raises ValidationFailed: less than seven days ahead, or what `drafts.propose` refuses.
    """
    begins = effective_from or clock.now() + NOTICE
    _require_notice("/effective_from", begins)
    row = create_rule(session, effective_from=begins, ends_at=ends_at, note=note, **proposal)
    _tell(session, row)
    return row


def announce_end(
    session: Session, *, rule_id: uuid.UUID, ends_at: datetime | None = None, reason: str = ""
) -> CommissionRule:
    """Let a rule end, by default as soon as the notice allows. One that has not begun is taken back at once.

    Raises NotFound, RuleNeeded, ValidationFailed.
    """
    row = queries.locked(session, rule_id)
    if row is None:
        raise NotFound
    if row.effective_from > clock.now():
        ended = end_rule(session, rule_id=rule_id, reason=reason)
    else:
        ends = ends_at or clock.now() + NOTICE
        _require_notice("/ends_at", ends)
        ended = end_rule(session, rule_id=rule_id, ends_at=ends, reason=reason)
    _tell(session, ended)
    return ended


def coming(session: Session) -> Sequence[CommissionRule]:
    """What changes soon, of the rules that the scope may see: those that are to begin or to end."""
    now = clock.now()
    begins = CommissionRule.effective_from > now
    ends = CommissionRule.ends_at > now
    kept = or_(CommissionRule.ends_at.is_(None), CommissionRule.ends_at > CommissionRule.effective_from)
    query = select(CommissionRule).where(or_(begins, ends), kept)
    return session.scalars(query.order_by(CommissionRule.effective_from, CommissionRule.id)).all()


def _require_notice(pointer: str, moment: datetime) -> None:
    if moment < clock.now() + NOTICE - SLACK:
        raise invalid(
            pointer,
            "notice_too_short",
            "规则变更须提前 7 天公示",
            "A change of the rules is announced seven days ahead",
        )


def _tell(session: Session, row: CommissionRule) -> None:
    """Owners and bookkeepers of the parties that the rule is about: those it names, else all."""
    both = row.supplier_id is None and row.tenant_id is None
    parties = []
    if row.supplier_id or both:
        parties.append((Party.SUPPLIER, row.supplier_id))
    if row.tenant_id or both:
        parties.append((Party.DISTRIBUTOR, row.tenant_id))
    for party, party_id in parties:
        team = select(Membership.person_id).where(Membership.party == party, Membership.role.in_(TOLD))
        if party_id is not None:
            team = team.where(Membership.party_id == party_id)
        for person_id in session.scalars(team.distinct()):
            outbox.send(
                session,
                "mail.rule",
                dedupe_key=f"mail.rule:{row.id}:{person_id}:{party}",
                rule_id=row.id,
                person_id=person_id,
                party=str(party),
            )
