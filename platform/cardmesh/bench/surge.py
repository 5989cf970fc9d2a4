"""Ten times what the machine can do: everybody is answered, no order is half made, and the crowd leaves no trace.

Then one distributor floods while others buy: what it costs them.
"""

import argparse
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from sqlalchemy import text

from ..insight.verify.service import DATA, verify
from ..kit import tenancy
from ..kit.db import transaction
from . import cpu
from .clients import Outcome, Requests, drive
from .installation import installation
from .market import Market, open_market
from .orders import WARM_SECONDS, wallet_orders

FACTOR = 10
RECOVERY_SECONDS = 5
FLOOD = 64


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--buyers", type=int, default=32, help="connections of the sustained rate (default 32)")
    parser.add_argument("--seconds", type=float, default=30, help="of the surge (default 30)")
    parser.add_argument("--data", type=Path, help="measure on this installation's folder instead of a fresh one")


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Raises RuntimeError when answers and orders differ in number, or a law is broken."""
    with installation(options.data) as place:
        market = open_market(skus=8, keys_each=50_000, buyers=16)
        cpu.settle(place.pid)
        drive(place.port, wallet_orders(market), buyers=options.buyers, seconds=WARM_SECONDS)
        before = _orders(market)
        sustained = drive(place.port, wallet_orders(market), buyers=options.buyers, seconds=5)
        crowd = drive(
            place.port,
            wallet_orders(market),
            buyers=options.buyers * FACTOR,
            seconds=options.seconds,
            pace=FACTOR * len(sustained.seconds) / sustained.wall,
        )
        time.sleep(RECOVERY_SECONDS)
        after = drive(place.port, wallet_orders(market), buyers=options.buyers, seconds=5)
        fairness = _fairness(place.port, market)
        made = _orders(market) - before - fairness.pop("orders")
        answered = sum(len(outcome.seconds) for outcome in (sustained, crowd, after))
        if not answered <= made <= answered + crowd.statuses[0]:
            raise RuntimeError(f"{answered} orders were answered, {made} made")
        return {
            "bench": "surge",
            "sustained": sustained.figures(),
            "surge": _surge(crowd),
            "after": after.figures(),
            "orders_answered_and_made": made,
            "laws_broken": _broken(),
            "fairness": fairness,
        }


def _surge(crowd: Outcome) -> dict[str, Any]:
    silent = crowd.statuses[0]
    return crowd.figures() | {"unanswered": silent, "refused_without_retry_after": crowd.unadvised}


def _fairness(port: int, market: Market) -> dict[str, Any]:
    """Seven distributors with a connection each, first among themselves, then beside one that floods."""
    seven = Market(market.skus, market.buyers[1:8])
    flood = FLOOD

    def beside(number: int) -> Any:
        chosen = Market(market.skus, market.buyers[:1]) if number >= len(seven.buyers) else seven
        return wallet_orders(chosen)(number)

    alone = drive(port, wallet_orders(seven), buyers=len(seven.buyers), seconds=5)
    crowded = _drive_apart(port, beside, victims=len(seven.buyers), flood=flood)
    p99 = alone.figures()["p99_ms"], crowded[0].figures()["p99_ms"]
    return {
        "alone": alone.figures(),
        "beside_a_flood": crowded[0].figures(),
        "flood": crowded[1].figures(),
        "p99_ratio": round(p99[1] / p99[0], 2) if p99[0] else None,
        "orders": sum(len(outcome.seconds) for outcome in (alone, *crowded)),
    }


def _drive_apart(port: int, requests: Requests, *, victims: int, flood: int) -> tuple[Outcome, Outcome]:
    """Both crowds at once, each from a process of its own."""
    with ThreadPoolExecutor(2) as pool:
        storm = pool.submit(drive, port, lambda number: requests(number + victims), buyers=flood, seconds=7)
        time.sleep(1)
        calm = pool.submit(drive, port, requests, buyers=victims, seconds=5)
        return calm.result(), storm.result()


def _orders(market: Market) -> int:
    """Orders that these distributors have."""
    with transaction(tenancy.platform()) as session:
        query = text("select count(*) from orders where tenant_id = any(:buyers)")
        return session.scalar(query, {"buyers": [buyer.tenant_id for buyer in market.buyers]}) or 0


def _broken() -> list[str]:
    with transaction(tenancy.platform()) as session:
        return [finding.check.name for finding in verify(session, DATA) if finding.defects]
