"""Accounts are made when first posted to; each process remembers those that are there, so that a sale need not ask."""

import uuid
from collections.abc import Collection
from weakref import WeakKeyDictionary

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from ..models import AccountKind
from .queries import INSERT_ACCOUNTS, insert
from .rules import account_id

Account = tuple[uuid.UUID, AccountKind, str]
"""Owner, kind, currency."""

_KNOWN_LIMIT = 200_000
_known: WeakKeyDictionary[Engine, set[Account]] = WeakKeyDictionary()


def ensure_accounts(session: Session, accounts: Collection[Account]) -> None:
    """Make those that are missing. Racing creators agree, because ids follow from owner, kind and currency."""
    known = _known.setdefault(session.connection().engine, set())
    if missing := [account for account in accounts if account not in known]:
        _create(session, known, missing)


def _create(session: Session, known: set[Account], missing: list[Account]) -> None:
    missing.sort(key=lambda account: account_id(*account))
    rows: list[dict[str, object]] = [
        {"id": account_id(owner, kind, currency), "owner_id": owner, "kind": kind, "currency": currency}
        for owner, kind, currency in missing
    ]
    made = insert(session, INSERT_ACCOUNTS, rows)
    made_here: set[Account] = session.info.setdefault("ledger_accounts_made", set())
    if made or not made_here.isdisjoint(missing):
        made_here.update(missing)  # ours may still be rolled back: the next transaction finds out
    elif len(known) < _KNOWN_LIMIT:
        known.update(missing)  # somebody else's, hence committed
