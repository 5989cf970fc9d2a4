"""From committed facts to leaves, in batches, one sequencer at a time; no sale waits for it or knows of it."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from sqlalchemy import Row
from sqlalchemy.orm import Session

from ..kit import clock, tenancy
from ..kit.db import transaction
from . import keys, queries, tree
from .errors import LogAhead
from .leaves import RANK, Event, Leaf, tokens_of
from .models import LogHead
from .rules import Frontier, leaf_hash
from .signing import Head

FACTS = 5_000
KEYS = 65_536
"""How many facts, and imported keys, one transaction of the sequencer takes on; a larger one is taken whole."""


class _Batch(NamedTuple):
    xid: str
    tokens: bytes
    root: bytes

    @property
    def keys(self) -> int:
        return len(self.tokens) // 32


def catch_up(limit: int = 1_000) -> int:
    """Log everything that is final, in as many transactions as it takes; how many leaves. Opens its own transactions.

    Safe to run twice and at once: whoever finds another at work does nothing. Raises LogAhead.
    """
    logged = 0
    for _ in range(limit):
        with transaction(tenancy.platform()) as session:
            done = advance(session)
        if done is None:
            break
        logged += done
    return logged


def advance(session: Session) -> int | None:
    """Log one window of facts and sign the new head; how many leaves, None when there was nothing to read.

    Scope: PLATFORM. The state's row is locked first; the window begins and ends at transaction ids, and moves in the
    same transaction as the leaves are written, so each fact is logged exactly once, whatever dies. Raises LogAhead.
    """
    state = session.execute(queries.TRY_STATE).one_or_none()
    if state is None:
        return None
    horizon, newest = session.execute(queries.HORIZON).one()
    if int(state.upto) > int(newest):
        raise LogAhead
    window = _window(session, state.upto, horizon)
    if window is None:
        return None
    return _log(session, window, state.size, until=window["upto"])


def rebase(session: Session) -> int:
    """After a restore from a dump into another server: log what the dump still held, then begin at this server's ids.

    Every row of a dump is committed, so all of it is final. Scope: PLATFORM; a part of `restored.take_over`.
    """
    state = session.execute(queries.LOCK_STATE).one()
    horizon, _newest = session.execute(queries.HORIZON).one()
    if int(state.upto) <= int(horizon):
        return 0
    return _log(session, {"since": state.upto, "upto": str(queries.BEYOND)}, state.size, until=horizon)


def _window(session: Session, since: str, horizon: str) -> dict[str, str] | None:
    """The next facts to log, no more than is good for one transaction; None when there is none."""
    window = {"since": since, "upto": horizon}
    first = session.execute(queries.FIRST, window).scalar_one()
    if first is None:
        return None
    beyond = session.execute(queries.TOO_MUCH, {**window, "facts": FACTS, "keys": KEYS}).scalar_one()
    if beyond is None:
        return window
    return {"since": since, "upto": beyond if int(beyond) > int(first) else str(int(first) + 1)}


def _log(session: Session, window: dict[str, str], size: int, *, until: str) -> int:
    frontier = tree.frontier(session, size)
    batches = list(_imported(session, window))
    leaves = [Leaf(event, one.root, one.keys) for event in (Event.IMPORTED, Event.LISTED) for one in batches]
    leaves += _facts(session, window)
    _store_batches(session, size, batches)
    tree.append(session, frontier, leaves)
    if leaves:
        _sign(session, frontier)
    session.execute(queries.MOVE_STATE, {"upto": until, "size": frontier.size})
    return len(leaves)


def _imported(session: Session, window: dict[str, str]) -> Iterator[_Batch]:
    for row in session.execute(queries.IMPORTED, window):
        batch = Frontier()
        for token in tokens_of(row.tokens):
            batch.append(leaf_hash(token))
        yield _Batch(row.xid, row.tokens, batch.root())


def _facts(session: Session, window: dict[str, str]) -> Iterable[Leaf]:
    """By event, then token, which is random: neighbours in the log say nothing of who bought together."""
    rows: Iterable[Row[tuple[str, bytes]]] = session.execute(queries.KEY_FACTS, window)
    return sorted((Leaf(row.event, row.token) for row in rows), key=lambda leaf: (RANK[leaf.event], leaf.token))


def _store_batches(session: Session, size: int, batches: list[_Batch]) -> None:
    if not batches:
        return
    session.execute(
        queries.INSERT_BATCHES,
        {
            "imported": [size + place for place in range(len(batches))],
            "listed": [size + len(batches) + place for place in range(len(batches))],
            "xids": [one.xid for one in batches],
            "keys": [one.keys for one in batches],
            "tokens": [one.tokens for one in batches],
        },
    )


def _sign(session: Session, frontier: Frontier) -> None:
    key, private = keys.signing_key(session)
    head = Head(frontier.size, frontier.root(), int(clock.now().timestamp() * 1000))
    signature = private.sign(head.signed_bytes())
    session.add(LogHead(**head._asdict(), key_id=key.id, signature=signature))
    session.flush()
