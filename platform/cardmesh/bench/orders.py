"""Orders over HTTP: checks, stock, split, journal, events, answer; beside the database's own limit.

Wallet orders: a distributor's program asks and holds the goods. Paid orders: a gateway tells that the buyer paid, and
the goods are handed over.
"""

import argparse
import itertools
import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..kit.ids import public_id
from . import limit
from .clients import Requests, drive, post
from .installation import Installation, installation
from .market import Market, open_market
from .paid import delivered, paid_orders

WARM_SECONDS = 1.5


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--buyers", type=int, nargs="+", default=[1, 8, 32], help="connections at once")
    parser.add_argument("--skus", type=int, nargs="+", default=[1, 1000], help="SKUs bought from (1: hot)")
    parser.add_argument("--wallets", type=int, default=8, help="distributors that buy (default 8)")
    parser.add_argument("--seconds", type=float, default=5, help="per measurement (default 5)")
    parser.add_argument("--paid", type=int, default=300, help="paid orders for each number of buyers (default 300)")
    parser.add_argument("--data", type=Path, help="measure on this installation's folder instead of a fresh one")


def run(options: argparse.Namespace) -> dict[str, Any]:
    """One row for each number of buyers and SKUs."""
    with installation(options.data) as place:
        hot = open_market(skus=1, keys_each=200_000, buyers=options.wallets)
        wide = open_market(skus=max(options.skus), keys_each=100, buyers=options.wallets)
        rows = []
        for skus, buyers in itertools.product(options.skus, options.buyers):
            market = hot if skus == 1 else wide
            drive(place.port, wallet_orders(market), buyers=buyers, seconds=WARM_SECONDS)
            outcome = drive(place.port, wallet_orders(market), buyers=buyers, seconds=options.seconds)
            rows.append({"skus": skus, "buyers": buyers, **outcome.figures()})
        paid = [_paid(place, hot, buyers, options.paid) for buyers in options.buyers] if options.paid else []
        limits = [
            limit.measure(place.settings, hot, clients=buyers, seconds=options.seconds) for buyers in options.buyers
        ]
        return {"bench": "orders", "wallet": rows, "paid": paid, "limit": limits}


def _paid(place: Installation, market: Market, buyers: int, count: int) -> dict[str, Any]:
    """Raises RuntimeError when a message was answered and its goods were not delivered."""
    webhooks = paid_orders(place.settings, market, buyers=buyers, each=max(1, count // buyers))
    before = delivered(market)
    outcome = drive(place.port, webhooks, buyers=buyers, seconds=60)
    handed = delivered(market) - before
    if handed != len(outcome.seconds):
        raise RuntimeError(f"{len(outcome.seconds)} payments were accepted, {handed} orders delivered")
    return {"skus": len(market.skus), "buyers": buyers, **outcome.figures()}


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
