"""Which story passes which point in which process. A point that is missing here fails a test."""

from cardmesh.kit.failpoints import POINTS

from .children import WEB, WORKER

Strike = tuple[str, str, str]
"""A role, a point, a story."""

_BUYING = ("order.store.reserved", "order.store.placed", "order.store.committed", "order.store.paged")
_PAGE = ("payment.session.asking", "payment.session.opened")
_APPLYING = ("payment.event.locked", "payment.booked", "order.paid", "delivery.handed", "delivery.split",
             "delivery.concluded", "payment.event.applied", "payment.event.committed")  # fmt: skip
_REFUND = ("refund.locked", "refund.reversed", "refund.recorded")
_AT_GATEWAY = ("refund.asking", "refund.asked", "refund.booked")
_SETTLING = ("settlement.picked", "settlement.posted", "settlement.marked", "ledger.folded",
             "figures.added")  # fmt: skip
_LETTERS = ("mail.composed", "mail.sent", "delivery.revealed")
_IMPORT = ("import.begun", "import.batch.loaded", "import.batch.committed", "import.loaded", "import.ended")
_BUILD = ("build.taken", "build.made", "build.published", "build.closed")
_OUTBOX = ("outbox.claimed", "outbox.done", "outbox.finished")
_DISPATCH = ("dispatch.marked", "dispatch.pushed", "dispatch.promised", "dispatch.popped")


def _plan(role: str, story: str, *points: str) -> list[Strike]:
    return [(role, point, story) for point in points]


PLAN: tuple[Strike, ...] = (
    *_plan(WEB, "sale", *_BUYING, *_PAGE, "payment.event.stored", *_APPLYING, "delivery.revealed"),
    *_plan(WEB, "second", "payment.express.decided", "payment.event.committed"),
    *_plan(WEB, "wallet", "order.express.decided", "call.committed", *_REFUND),
    *_plan(WEB, "partial", "order.wallet.begun", "order.wallet.placed"),
    *_plan(WEB, "wallet", "withdrawal.requested", "withdrawal.decided"),
    *_plan(WEB, "canceled", "order.late.recovering"),
    *_plan(WEB, "build", "build.requested"),
    *_plan(WORKER, "sale", *_SETTLING, *_LETTERS),
    *_plan(WORKER, "unnoticed", "payment.sweep.fetched", *_APPLYING),
    *_plan(WORKER, "silence", "payment.sweep.asked"),
    *_plan(WORKER, "refund", *_AT_GATEWAY),
    *_plan(WORKER, "refund", *_OUTBOX, *_DISPATCH, "outbox.freed"),
    *_plan(WORKER, "stubborn", "outbox.failing"),
    *_plan(WORKER, "expiry", "order.released", "payment.closing", "payment.closed"),
    *_plan(WORKER, "late", "order.late.recovering"),
    *_plan(WORKER, "import", *_IMPORT),
    *_plan(WORKER, "build", *_BUILD),
    *_plan(WORKER, "sale", "webhook.posted"),
    *_plan(WORKER, "payout", "payout.asking", "payout.asked", "payout.booked"),
    *_plan(WORKER, "schedule", "payout.scheduled"),
    *_plan(WORKER, "reconciliation", "reconciliation.fetched"),
)

SAMPLE = {(WEB, "delivery.split"), (WEB, "call.committed"), (WORKER, "refund.asked"), (WORKER, "dispatch.marked")}
"""What the normal run shows of it."""

FIRST_KILLED = {"outbox.freed": "outbox.claimed"}
"""There is nothing to free until a worker has died before."""


def unplanned() -> set[str]:
    return set(POINTS) - {point for _, point, _ in PLAN}
