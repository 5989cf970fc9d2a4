"""Deeds that happen by themselves later: banks that answer, money that settles, sessions that expire.

They are rows, so a restarted simulator still does them; each is done in one transaction with its row's removal.
"""

import logging
import threading
from collections.abc import Callable

from .context import Context
from .resources import balance, disputes, payouts, refunds, sessions
from .store import Store

log = logging.getLogger("cardmesh.sims.deferred")
LONGEST_NAP = 1.0

VERBS: dict[str, Callable[[Context, str], object]] = {
    "settle": balance.settle,
    "expire_session": lambda ctx, id: sessions.expire_now(ctx, ctx.store.load(id)),
    refunds.SUCCEED: refunds.succeed,
    refunds.FAIL: refunds.fail,
    payouts.DEPART: payouts.depart,
    payouts.ARRIVE: payouts.arrive,
    disputes.OPEN: lambda ctx, id: disputes.open_dispute(ctx, ctx.store.load(id)),
    disputes.INQUIRE: lambda ctx, id: disputes.open_dispute(ctx, ctx.store.load(id), inquiry=True),
    disputes.WIN: lambda ctx, id: disputes.conclude(ctx, id, won=True),
    disputes.LOSE: lambda ctx, id: disputes.conclude(ctx, id, won=False),
}


class Ticker:
    """The thread that does what is due."""

    def __init__(self, store: Store, context_of: Callable[[str], Context]) -> None:
        self._store, self._context_of = store, context_of
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sim-deferred", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._store.wake()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        while not self._stopping.is_set():
            seen = self._store.version
            if not self.run_next():
                self._store.wait_for_change(seen, self._nap())

    def run_next(self) -> bool:
        """Do the earliest deed that is due; False when there is none."""
        now = self._store.clock.exact()
        with self._store.transaction():
            rows = self._store.rows("SELECT * FROM deferred WHERE due_at <= ? ORDER BY due_at, id LIMIT 1", now)
            if not rows:
                return False
            self._store.run("DELETE FROM deferred WHERE id = ?", rows[0]["id"])
            self._do(rows[0]["verb"], rows[0]["object"])
        return True

    def _do(self, verb: str, id: str) -> None:
        try:
            with self._store.attempt():
                VERBS[verb](self._context_of(id), id)
        except Exception:  # one impossible deed (its object was deleted) must not stop all later ones
            log.exception("deferred %s of %s failed", verb, id)

    def _nap(self) -> float:
        rows = self._store.rows("SELECT min(due_at) AS due FROM deferred")
        wait = rows[0]["due"] - self._store.clock.exact() if rows[0]["due"] is not None else LONGEST_NAP
        return min(max(wait, 0.0), LONGEST_NAP)
