"""Named places at which a test stops, breaks or kills a process; in production each costs one check and does nothing.

    reach("delivery.handed")                                   in the code: we are here

    with armed("delivery.handed", Pause()) as pause:           in a test of this process
        buyer.start()
        pause.wait()                                           the buyer stands at the point …
        refund()                                               … while somebody else acts …
        pause.release()                                        … and goes on

A child process is armed through the folder that `FAIL_POINTS` names: a file called like the point holds what happens
there, `kill`, `raise` or `sleep 0.5`, and at which hit (`kill 3`; 1 unless said). Each hit leaves a marker file made
with O_EXCL, so that one order strikes once, in one process, however often processes start again.
"""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

POINTS = MappingProxyType(
    {
        "order.store.reserved": "a store order's goods are set aside, its rows are not written",
        "order.store.placed": "a store order is written, not committed",
        "order.store.committed": "a store order is committed, the gateway was not asked for its page",
        "order.store.paged": "the page to pay on is stored, the answer is not",
        "order.wallet.begun": "a wallet order starts: nothing is locked, nothing read",
        "order.wallet.placed": "a wallet order has its goods and is paid, not committed",
        "order.express.decided": "an express order is read and decided, nothing is written",
        "order.paid": "an order is marked as paid, nothing is handed over",
        "order.late.recovering": "an order was paid after its stock went back; nothing is taken again",
        "order.released": "an unpaid order's stock is back on sale, not committed",
        "call.committed": "an idempotent call's effect and answer are committed, the answer is not sent",
        "payment.session.asking": "the gateway is about to be asked for a page",
        "payment.session.opened": "the gateway has opened a page, we have not stored it",
        "payment.event.stored": "a webhook is stored and committed, not applied",
        "payment.event.locked": "an event is locked to be applied; nothing of it is booked",
        "payment.express.decided": "a payment's message is read and all that follows is decided, nothing is written",
        "payment.booked": "a payment is booked, what it is for has not happened",
        "payment.event.applied": "an event and its effects are written, not committed",
        "payment.event.committed": "an event and its effects are committed, the gateway has no answer",
        "payment.closing": "the gateway is about to be told that a page is closed",
        "payment.closed": "the gateway has closed a page, we have not booked it",
        "payment.sweep.fetched": "missed events are fetched from the gateway, not stored",
        "payment.sweep.asked": "the gateway has told about an open session or refund, we have not booked it",
        "delivery.handed": "units have changed hands, their money is not split",
        "delivery.split": "units are handed over and split, the order does not say so",
        "delivery.concluded": "an order follows its units, not committed",
        "delivery.revealed": "a showing is on the audit trail, nothing is decrypted",
        "settlement.picked": "units to settle are locked, nothing is posted",
        "settlement.posted": "shares are moved to available, the units do not say so",
        "settlement.marked": "units are settled, not committed",
        "ledger.folded": "postings are folded into snapshots, not committed",
        "figures.added": "a window of sales is in the figures, the fold does not say so",
        "refund.locked": "a unit to refund is locked, nothing is reversed",
        "refund.reversed": "a unit's shares are reversed, its refund is not recorded",
        "refund.recorded": "a refund and its job are written, not committed",
        "refund.asking": "the gateway is about to be asked to give money back",
        "refund.asked": "the gateway has given money back, we have not booked it",
        "refund.booked": "money given back is booked, not committed",
        "withdrawal.requested": "a withdrawal's money is in transit, not committed",
        "withdrawal.decided": "a withdrawal is decided and booked, not committed",
        "payout.scheduled": "a party's scheduled withdrawal is in transit, not committed",
        "payout.asking": "a payout is noted as asked and committed, the provider has not been asked",
        "payout.asked": "the provider has told of a payout, we have not booked it",
        "payout.booked": "a payout's end is booked, not committed",
        "reconciliation.fetched": "the gateway has told what it moved, nothing is kept or compared",
        "import.begun": "an import is running, nothing is loaded",
        "import.batch.loaded": "a batch of a sheet is stored, the cursor has not moved",
        "import.batch.committed": "a batch and the cursor are committed, the next one is not read",
        "import.loaded": "a sheet is loaded, its import is not ended",
        "import.ended": "an import is ended, its upload is not deleted",
        "build.requested": "a build is asked for, not committed",
        "build.taken": "a build is marked as running, nothing is made",
        "build.made": "a build's pages lie in the storage, nobody is sent there",
        "build.published": "visitors see a build, its row does not say so",
        "build.closed": "a build's row says how it ended, its job does not",
        "outbox.claimed": "a job is leased, its handler has not started",
        "outbox.done": "a job's steps are done, its row is still there",
        "outbox.finished": "a job's row is gone together with its effect, not committed",
        "outbox.failing": "a job has failed, its row does not say so",
        "outbox.freed": "a dead worker's job is free again, not committed",
        "dispatch.marked": "jobs are noted as sent, Redis does not have them",
        "dispatch.pushed": "Redis has the jobs that were noted as sent",
        "dispatch.promised": "periodic jobs are promised, not committed",
        "dispatch.popped": "a worker has taken a job's id out of Redis, nobody has leased the job",
        "mail.composed": "a letter is written, the mail server has not been asked",
        "mail.sent": "the mail server has taken a letter, its job is not finished",
        "webhook.posted": "a distributor's program has taken an event, we have not logged it",
    }
)
"""Every point and what is true there."""

PATIENCE_SECONDS = 60.0
"""Nobody waits longer at a point, or for a point: a broken test ends."""

Action = Callable[[], object]
ActionType = TypeVar("ActionType", bound=Action)


class Struck(RuntimeError):
    """The failure that was ordered for a point."""


class UnknownPoint(ValueError):
    """No point has this name."""


_actions: dict[str, list[Action]] | None = None
_lock = threading.Lock()


def reach(name: str) -> None:
    """We are at this point: nothing happens unless something is armed in this process."""
    if _actions is not None:
        _strike(name)


@contextmanager
def armed(name: str, action: ActionType) -> Iterator[ActionType]:
    """Whoever reaches the point in the block runs `action` there. Raises UnknownPoint. Blocks nest, also on one point.

    Leaving the block releases a `Pause`.
    """
    _require(name)
    _arm(name, action)
    try:
        yield action
    finally:
        _disarm(name, action)
        if isinstance(action, Pause):
            action.release()


@dataclass(eq=False)
class Pause:
    """Stops the first thread that comes (only `thread`, or the one of that name, when given) until `release`.

    Those who come later pass. Raises TimeoutError in a thread that nobody releases.
    """

    thread: threading.Thread | str | None = None
    hits: int = 0
    _arrived: threading.Event = field(default_factory=threading.Event)
    _go: threading.Event = field(default_factory=threading.Event)
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self) -> None:
        with self._turn:
            if self.hits or not self._meant(threading.current_thread()):
                return
            self.hits = 1
        self._arrived.set()
        if not self._go.wait(PATIENCE_SECONDS):
            raise TimeoutError("stopped at a fail point and never released")

    def _meant(self, current: threading.Thread) -> bool:
        return self.thread is None or self.thread is current or self.thread == current.name

    def wait(self, seconds: float = PATIENCE_SECONDS) -> None:
        """Until a thread stands at the point. Raises TimeoutError when none comes."""
        if not self._arrived.wait(seconds):
            raise TimeoutError("nobody reached the fail point")

    def release(self) -> None:
        """Let the stopped thread go on; nobody is stopped any more."""
        with self._turn:
            self.hits = self.hits or -1
        self._go.set()


@dataclass(eq=False)
class Fail:
    """Raises `error` (Struck unless given) at the hits from `first` on, `times` of them."""

    error: BaseException | type[BaseException] = Struck
    first: int = 1
    times: int = 1
    hits: int = 0
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self) -> None:
        with self._turn:
            self.hits += 1
            due = self.first <= self.hits < self.first + self.times
        if due:
            raise self.error


@dataclass(eq=False)
class Nap:
    """Sleeps `seconds` at every hit."""

    seconds: float
    hits: int = 0

    def __call__(self) -> None:
        self.hits += 1
        time.sleep(self.seconds)


def arm_process(folder: Path | None, *, production: bool) -> None:
    """Obey the orders in `folder` from now on; None changes nothing. Raises RuntimeError in production: never there."""
    if folder is None:
        return
    if production:
        raise RuntimeError("FAIL_POINTS is set with CARDMESH_ENV=production: refusing to start")
    for name in POINTS:
        order = _Ordered(folder, name)
        if order not in (_actions or {}).get(name, ()):  # a process may make more than one application
            _arm(name, order)


@dataclass(frozen=True)
class _Ordered:
    """What the file of a point says, at the hit that it says."""

    folder: Path
    name: str

    def __call__(self) -> None:
        try:
            how, *numbers = (self.folder / self.name).read_text().split()
        except (FileNotFoundError, ValueError):  # not armed, or not written to its end yet
            return
        seconds = float(numbers.pop(0)) if how == "sleep" else 0.0
        if self._hit() != int(numbers[0] if numbers else 1):
            return
        if how == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if how == "raise":
            raise Struck(self.name)
        time.sleep(seconds)

    def _hit(self) -> int:
        """The number of this hit among all processes, counted from 1: the first marker that was not there yet."""
        for number in range(1, 1_000_000):
            try:
                os.close(os.open(self.folder / f"{self.name}#{number}", os.O_CREAT | os.O_EXCL, 0o600))
            except FileExistsError:
                continue
            return number
        raise AssertionError("a fail point was reached a million times")


def _require(name: str) -> None:
    if name not in POINTS:
        raise UnknownPoint(f"no fail point is called {name!r}")


def _strike(name: str) -> None:
    _require(name)
    for action in tuple((_actions or {}).get(name, ())):
        action()


def _arm(name: str, action: Action) -> None:
    global _actions
    with _lock:
        armed_now = dict(_actions or {})
        armed_now[name] = [*armed_now.get(name, ()), action]
        _actions = armed_now


def _disarm(name: str, action: Action) -> None:
    """The last one to leave makes every point free again."""
    global _actions
    with _lock:
        armed_now = dict(_actions or {})
        armed_now[name] = [other for other in armed_now[name] if other is not action]
        _actions = {point: actions for point, actions in armed_now.items() if actions} or None
