"""The commission rules that concern a party: in force, and to come."""

from typing import Any

from sqlalchemy.orm import Session

from ...kit import clock
from ...money.commission import announce, queries
from ...money.commission.explain import explain
from ...money.commission.rules import Rule
from .requests import locale


def rules_seen(session: Session) -> dict[str, Any]:
    """`rules` in force and `coming`, with their words; the session's scope sees those that concern it."""
    now = clock.now()
    rules = session.scalars(queries.in_force(now)).all()
    coming = announce.coming(session)
    words = {row.id: explain(Rule.from_row(row)).render(locale()) for row in (*rules, *coming)}
    return {"rules": rules, "coming": coming, "words": words, "now": now}
