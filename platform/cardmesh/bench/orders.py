"""Orders over HTTP: checks, stock, split, journal, events, answer; beside the database's own limit.

Wallet orders: a distributor's program asks and holds the goods. Paid orders: a gateway tells that the buyer paid, and
the goods are handed over.
"""

import argparse
import itertools
import json
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..kit.ids import public_id
from . import cpu, limit, paid_limit
from .clients import Requests, drive, post
from .installation import Installation, installation
from .market import Market, open_market
from .paid import delivered, paid_orders

WARM_SECONDS = 1.5
WARM_BUYERS = 16


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--buyers", type=int, nargs="+", default=[1, 8, 32], help="connections at once")
    parser.add_argument("--skus", type=int, nargs="+", default=[1, 1000], help="SKUs bought from (1: hot)")
    parser.add_argument("--wallets", type=int, default=8, help="distributors that buy (default 8)")
    parser.add_argument("--seconds", type=float, default=5, help="per measurement (default 5); 0: paid orders only")
    parser.add_argument("--paid", type=int, default=300, help="paid orders for each number of buyers (default 300)")
    parser.add_argument("--data", type=Path, help="measure on this installation's folder instead of a fresh one")


def run(options: argparse.Namespace) -> dict[str, Any]:
    """One row for each number of buyers and SKUs."""
    with installation(options.data) as place:
        hot = open_market(skus=1, keys_each=200_000, buyers=options.wallets)
        wide = open_market(skus=max(options.skus), keys_each=100, buyers=options.wallets)
        cpu.settle(place.pid)
        runs = [
            (hot if skus == 1 else wide, buyers) for skus, buyers in itertools.product(options.skus, options.buyers)
        ]
        rows = [_wallet(place, market, buyers, options.seconds) for market, buyers in runs] if options.seconds else []
        paid = [_paid(place, market, buyers, options.paid) for market, buyers in runs] if options.paid else []
        limits = [_limit(place, hot, buyers, options) for buyers in options.buyers]
        return {"bench": "orders", "load": os.getloadavg()[0], "wallet": rows, "paid": paid, "limit": limits}


def _wallet(place: Installation, market: Market, buyers: int, seconds: float) -> dict[str, Any]:
    drive(place.port, wallet_orders(market), buyers=buyers, seconds=WARM_SECONDS)
    return _measured(place, market, wallet_orders(market), buyers, seconds)


def _paid(place: Installation, market: Market, buyers: int, count: int) -> dict[str, Any]:
    """Raises RuntimeError when a message was answered and its goods were not delivered."""
    drive(place.port, paid_orders(place.settings, market, buyers=WARM_BUYERS, each=2), buyers=WARM_BUYERS, seconds=60)
    webhooks = paid_orders(place.settings, market, buyers=buyers, each=max(1, count // buyers))
    before = delivered(market)
    figures = _measured(place, market, webhooks, buyers, seconds=60)
    handed, accepted = delivered(market) - before, figures["answers"].get("200", 0)
    if handed != accepted:
        raise RuntimeError(f"{accepted} payments were accepted, {handed} orders delivered")
    return figures


def _measured(
    place: Installation, market: Market, requests: Requests, buyers: int, seconds: float
) -> dict[str, Any]:
    """`cpu_ms`: of web, database and everything else that runs, letters included, for each request that was served."""
    before = cpu.seconds(place.pid)
    outcome = drive(place.port, requests, buyers=buyers, seconds=seconds)
    after = cpu.seconds(place.pid)
    each = {part: round((after[part] - before[part]) * 1000 / max(1, len(outcome.seconds)), 2) for part in after}
    return {"skus": len(market.skus), "buyers": buyers, **outcome.figures(), "cpu_ms": each}


def _limit(place: Installation, market: Market, buyers: int, options: argparse.Namespace) -> dict[str, Any]:
    found: dict[str, Any] = {"clients": buyers}
    if options.seconds:
        found |= limit.measure(place.settings, market, clients=buyers, seconds=options.seconds)
    if options.paid:
        found |= paid_limit.measure(place.settings, market, clients=buyers, count=options.paid)
    return found


def wallet_orders(market: Market) -> Requests:
    """Each buyer orders one unit at a time, SKU after SKU, from its distributor's wallet."""
    skus = [public_id("sku", sku) for sku in market.skus]

    def requests(number: int) -> Iterator[bytes]:
        buyer = market.buyers[number % len(market.buyers)]
        for turn in itertools.count(number):
            body = {"external_ref": uuid.uuid4().hex, "items": [{"sku": skus[turn % len(skus)], "quantity": 1}]}
            headers = {"Authorization": f"Bearer {buyer.api_key}", "Idempotency-Key": uuid.uuid4().hex}
            yield post("/v1/orders", "localhost", headers, json.dumps(body).encode())

    return requests
