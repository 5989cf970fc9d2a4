"""`python -m tests.faults.worker [production]`: the real worker with its real jobs; killed, it is soon back.

A parent that holds nothing but loaded modules forks the worker, and forks another one when it dies.
"""

import logging
import os
import signal
import sys
import threading
from types import FrameType

from cardmesh.settings import Settings
from tests.faults import skew
from workers.pace import Pace
from workers.periodic import SCHEDULE, Every
from workers.registry import JOBS
from workers.run import serve

QUICK = Pace(lease=2.0, sweep=0.5, poll=0.1, lost=1.0, grace=5.0)
FEW = (Every(1, "orders.expire"), Every(1, "ledger.fold"), Every(1, "figures.fold"), Every(1, "settlement.due"))
"""What asks gateways and builds pages is sent by the stories that need it: so they know who does it."""


def work(production: bool) -> None:
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    pace, schedule = (Pace(), SCHEDULE) if production else (QUICK, FEW)
    serve(Settings.from_env(), JOBS, lanes=4, pace=pace, stopping=stopping, schedule=schedule)


def main(production: bool) -> None:
    """Ends with SIGTERM, which the worker gets too."""
    skew.apply()
    logging.basicConfig(stream=sys.stderr, level=logging.INFO)
    child = 0
    ended = False

    def end(_number: int, _frame: FrameType | None) -> None:
        nonlocal ended
        ended = True
        os.kill(child, signal.SIGTERM)

    signal.signal(signal.SIGTERM, end)
    while not ended:
        child = os.fork()
        if child == 0:
            try:
                work(production)
            finally:
                os._exit(0)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main("production" in sys.argv[1:])
