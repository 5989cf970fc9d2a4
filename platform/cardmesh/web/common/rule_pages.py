"""The commission rules that concern a party: in force, and to come."""

from typing import Any

from sqlalchemy.orm import Session

from ...goods.catalog.scope_names import scope_names
from ...kit import clock
from ...money.commission import announce, queries
from ...money.commission.book import RuleBook
from ...money.commission.explain import explain
from ...money.commission.rules import Rule
from .requests import locale


def rules_seen(session: Session) -> dict[str, Any]:
    """`rules` in force, without superseded ones, and `coming`, with their words; the session's scope sees those that
    concern it."""
    now = clock.now()
    begun, coming = session.scalars(queries.in_force(now)).all(), announce.coming(session)
    every = {row.id: Rule.from_row(row) for row in (*begun, *coming)}
    names = scope_names(session, every.values())
    words = {id: explain(rule, names).render(locale()) for id, rule in every.items()}
    winning = {rule.id for rule in RuleBook(every[row.id] for row in begun).rules}
    return {"rules": [row for row in begun if row.id in winning], "coming": coming, "words": words, "now": now}
