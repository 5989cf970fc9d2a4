"""Post entries, reverse one, read balances, lock a wallet for spending."""

import uuid
from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from sqlalchemy.orm import Session

from ...kit.errors import NotFound
from ...kit.ids import new_id
from ..models import AccountKind
from . import queries
from .accounts import ensure_accounts
from .errors import InsufficientFunds, LedgerConflict
from .proof import Proof, TrialBalance, prove, trial_balance
from .rules import Entry, Leg, account_id, content_hash, merged, require_balanced, reversed_legs
from .snapshots import fold, refold

__all__ = [
    "Entry",
    "Leg",
    "Posted",
    "Proof",
    "TrialBalance",
    "balance",
    "balances",
    "find_entry",
    "fold",
    "holders",
    "legs_of",
    "legs_under",
    "lock_wallet",
    "post",
    "post_many",
    "prove",
    "refold",
    "require_funds",
    "reverse",
    "rows_of",
    "trial_balance",
]

REVERSAL = "reversal"
"""The kind of a whole reversal; the database allows one per entry."""


Row: TypeAlias = dict[str, object]
"""Columns and values of one row to insert."""


class Posted(NamedTuple):
    """`fresh` is False when the same entry was there already: nothing happened this time."""

    entry_id: uuid.UUID
    fresh: bool


class _Draft(NamedTuple):
    id: uuid.UUID
    entry: Entry
    legs: list[Leg]
    hash: bytes


def post(
    session: Session,
    *,
    key: str,
    kind: str,
    legs: Sequence[Leg],
    reference: str = "",
    reference_id: uuid.UUID | None = None,
    reverses_id: uuid.UUID | None = None,
) -> uuid.UUID:
    """Post one entry and return its id; the same `key` with the same content returns the first one's.

    Legs of one account are added up, zeros dropped; accounts are made on demand. Raises LedgerConflict (the key was
    used for other content), UnbalancedEntry, EmptyEntry.
    """
    entry = Entry(
        key=key, kind=kind, legs=legs, reference=reference, reference_id=reference_id, reverses_id=reverses_id
    )
    return post_many(session, [entry])[0].entry_id


def post_many(session: Session, entries: Sequence[Entry]) -> list[Posted]:
    """Post entries with distinct keys in two INSERTs; answers in the order given. Raises as `post`.

    Keys are taken in order, so that two posters of overlapping sets wait for each other and never in a circle.
    """
    drafts = sorted((_draft(entry) for entry in entries), key=lambda draft: draft.entry.key)
    ensure_accounts(session, {(leg.owner_id, leg.kind, leg.currency) for draft in drafts for leg in draft.legs})
    fresh = {draft.id for draft in drafts}
    first = {draft.entry.key: draft.id for draft in drafts}
    if _insert_entries(session, drafts) < len(drafts):
        first = _first_posted(session, drafts)
        fresh &= set(first.values())
    _insert_postings(session, [draft for draft in drafts if draft.id in fresh])
    return [Posted(first[entry.key], first[entry.key] in fresh) for entry in entries]


def reverse(session: Session, *, entry_id: uuid.UUID, key: str, reference: str = "") -> uuid.UUID:
    """Take back a whole entry by posting its mirror image; it can be done once.

    Raises NotFound, LedgerConflict when it was reversed under another key.
    """
    legs = legs_of(session, entry_id=entry_id)
    if not legs:
        raise NotFound
    return post(session, key=key, kind=REVERSAL, legs=reversed_legs(legs), reference=reference, reverses_id=entry_id)


def find_entry(session: Session, *, key: str) -> uuid.UUID:
    """The entry posted under `key`. Raises NotFound, also when the session's scope may not see it."""
    row = session.execute(queries.ENTRIES_BY_KEY, {"keys": [key]}).one_or_none()
    if row is None:
        raise NotFound
    return row.id


def legs_of(session: Session, *, entry_id: uuid.UUID) -> list[Leg]:
    """The legs of an entry that the session's scope may see, in order."""
    rows = session.execute(queries.LEGS_OF_ENTRY, {"entry_id": entry_id})
    return [Leg(owner, AccountKind(kind), minor, currency) for owner, kind, minor, currency in rows]


def legs_under(session: Session, *, key: str) -> list[Leg]:
    """The legs of the entry posted under `key` that the session's scope may see; none when there is none."""
    row = session.execute(queries.ENTRIES_BY_KEY, {"keys": [key]}).one_or_none()
    return legs_of(session, entry_id=row.id) if row else []


def balance(session: Session, *, owner_id: uuid.UUID, kind: AccountKind, currency: str) -> int:
    """An account's balance as a wallet shows it: credits positive, what the platform owes its owner."""
    stored = session.execute(queries.BALANCE, {"id": account_id(owner_id, kind, currency)}).scalar_one()
    return -stored


def balances(session: Session, *, owner_id: uuid.UUID) -> dict[str, dict[AccountKind, int]]:
    """Currency → kind → balance (credits positive) of every account the owner has."""
    shown: dict[str, dict[AccountKind, int]] = {}
    for kind, currency, minor in session.execute(queries.BALANCES_OF_OWNER, {"owner_id": owner_id}):
        shown.setdefault(currency, {})[AccountKind(kind)] = -minor
    return shown


def holders(session: Session, *, kind: AccountKind, limit: int = 500) -> list[tuple[uuid.UUID, str, int]]:
    """(owner, currency, balance) of every account of a kind that is not empty, the largest first; credits positive."""
    rows = session.execute(queries.HOLDERS, {"kind": kind, "limit": limit})
    return [(owner, currency, held) for owner, currency, held in rows]


def lock_wallet(session: Session, *, owner_id: uuid.UUID, currency: str) -> int:
    """Hold the owner's AVAILABLE account until the transaction ends and return what is in it.

    Who spends from a wallet locks it first, before any other row; income needs no lock. The balance is read by a
    statement that starts after the lock was got: one statement for both would see the wallet as before the wait.
    """
    ensure_accounts(session, {(owner_id, AccountKind.AVAILABLE, currency)})
    session.execute(queries.LOCK_ACCOUNT, {"id": account_id(owner_id, AccountKind.AVAILABLE, currency)})
    return balance(session, owner_id=owner_id, kind=AccountKind.AVAILABLE, currency=currency)


def require_funds(session: Session, *, owner_id: uuid.UUID, currency: str, amount_minor: int) -> None:
    """Lock the wallet and see that it holds `amount_minor`. Raises InsufficientFunds."""
    available = lock_wallet(session, owner_id=owner_id, currency=currency)
    if available < amount_minor:
        raise InsufficientFunds(
            extra={
                "available": {"amount": available, "currency": currency},
                "required": {"amount": amount_minor, "currency": currency},
            }
        )


def _draft(entry: Entry) -> _Draft:
    legs = merged(entry.legs)
    require_balanced(legs)
    return _Draft(new_id(), entry, legs, content_hash(entry, legs))


def rows_of(entry: Entry) -> tuple[Row, list[Row]]:
    """The row of `journal_entries` and those of `postings` that `post` would write, for the order path's function.

    Raises UnbalancedEntry, EmptyEntry. Accounts are not made: without them, the database refuses the postings.
    """
    draft = _draft(entry)
    return _entry_row(draft), _posting_rows(draft)


def _insert_entries(session: Session, drafts: Sequence[_Draft]) -> int:
    return queries.insert(session, queries.INSERT_ENTRIES, [_entry_row(draft) for draft in drafts])


def _insert_postings(session: Session, drafts: Sequence[_Draft]) -> None:
    if rows := [row for draft in drafts for row in _posting_rows(draft)]:  # else all of them were posted before
        queries.insert(session, queries.INSERT_POSTINGS, rows)


def _entry_row(draft: _Draft) -> Row:
    return {
        "id": draft.id,
        "key": draft.entry.key,
        "hash": draft.hash.hex(),
        "kind": draft.entry.kind,
        "reference": draft.entry.reference,
        "reference_id": draft.entry.reference_id,
        "reverses_id": draft.entry.reverses_id,
    }


def _posting_rows(draft: _Draft) -> list[Row]:
    return [
        {
            "entry_id": draft.id,
            "leg": number,
            "account_id": account_id(leg.owner_id, leg.kind, leg.currency),
            "owner_id": leg.owner_id,
            "currency": leg.currency,
            "amount_minor": leg.amount_minor,
        }
        for number, leg in enumerate(draft.legs, start=1)
    ]


def _first_posted(session: Session, drafts: Sequence[_Draft]) -> dict[str, uuid.UUID]:
    """Key → id of the entry that has it, ours or an earlier one with the same content."""
    found = session.execute(queries.ENTRIES_BY_KEY, {"keys": [draft.entry.key for draft in drafts]})
    stored = {key: (entry_id, bytes(content)) for key, entry_id, content in found}
    for draft in drafts:
        if draft.entry.key not in stored or stored[draft.entry.key][1] != draft.hash:
            raise LedgerConflict(extra={"key": draft.entry.key})
    return {key: entry_id for key, (entry_id, _) in stored.items()}
