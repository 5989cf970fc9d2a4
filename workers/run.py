"""`cardmesh worker`: one dispatcher and some lanes in one process, until SIGTERM.

Start as many as you like, on as many machines: one of the dispatchers leads, the others wait; all lanes work.
"""

import argparse
import logging
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence

from cardmesh.app import create_app
from cardmesh.kit.db import db, follow_its_clock
from cardmesh.kit.jobs.run import Jobs
from cardmesh.settings import Settings

from . import carrier
from .dispatcher import Dispatcher
from .keeper import Keeper
from .lane import Lane
from .pace import Pace
from .periodic import SCHEDULE, Every
from .registry import JOBS
from .turns import Turns

LANES = 4


def main(settings: Settings, argv: Sequence[str]) -> int:
    """Run until SIGTERM or SIGINT; returns the exit code."""
    options = _parser().parse_args(argv)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    serve(settings, JOBS, lanes=options.lanes, pace=Pace(lease=options.lease), stopping=stopping)
    return 0


def serve(
    settings: Settings,
    jobs: Jobs,
    *,
    lanes: int,
    pace: Pace,
    stopping: threading.Event,
    schedule: Sequence[Every] = SCHEDULE,
) -> None:
    """Dispatch and work until `stopping` is set, then let running jobs end within `pace.grace` seconds.

    What has not ended by then is cut off with the process; its lease ends and it runs again elsewhere.
    """
    app = create_app(settings)
    with app.app_context():
        follow_its_clock()
    redis = carrier.connect(settings.redis_url) if settings.redis_url else None
    turns, keeper = Turns(lanes), Keeper(jobs, pace.lease)

    def lane() -> None:
        Lane(jobs, redis, pace=pace, turns=turns, keeper=keeper, stopping=stopping).serve()

    finished = threading.Event()
    parts: list[Callable[[], object]] = [
        lambda: keeper.run(finished),
        Dispatcher(redis, pace=pace, stopping=stopping, schedule=schedule).serve,
        *[lane] * lanes,
    ]
    threads = [_start(app.app_context, part) for part in parts]
    _wait(threads[1:], pace.grace, stopping)
    finished.set()
    threads[0].join()
    with app.app_context():
        db.engine.dispose()
    if redis is not None:
        redis.close()


def _start(context: Callable[[], object], part: Callable[[], object]) -> threading.Thread:
    def body() -> None:
        with context():  # pyright: ignore[reportGeneralTypeIssues] - an app context, unnamed: no web framework here
            part()

    thread = threading.Thread(target=body, daemon=True)
    thread.start()
    return thread


def _wait(threads: Sequence[threading.Thread], grace: float, stopping: threading.Event) -> None:
    while not stopping.wait(0.5):
        if not all(thread.is_alive() for thread in threads):
            stopping.set()  # a bug ended a part: better a clean restart than half a worker
    deadline = time.monotonic() + grace
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="cardmesh worker",
        description="Takes jobs from the queues and sweeps the outbox, until SIGTERM. · 运行后台任务，直到 SIGTERM。",
    )
    parser.add_argument("--lanes", type=int, default=LANES, help="jobs at a time in this process · 并行任务数 (4)")
    parser.add_argument(
        "--lease",
        type=float,
        default=Pace().lease,
        help="seconds before a dead worker's job runs again · 租约秒数 (20)",
    )
    return parser
