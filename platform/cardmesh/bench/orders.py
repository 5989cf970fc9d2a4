"""Wallet orders over HTTP: key in, checks, stock, split, journal, events, answer; beside the database's own limit."""

import argparse
import itertools
import json
import random
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..kit.ids import public_id
from . import limit
from .clients import Requests, drive, post
from .installation import installation
from .market import Market, open_market

WARM_SECONDS = 1.5


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--buyers", type=int, nargs="+", default=[1, 8, 32], help="connections at once")
    parser.add_argument("--skus", type=int, nargs="+", default=[1, 1000], help="SKUs bought from (1: hot)")
    parser.add_argument("--wallets", type=int, default=8, help="distributors that buy (default 8)")
    parser.add_argument("--seconds", type=float, default=5, help="per measurement (default 5)")
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
        limits = [
            limit.measure(place.settings, hot, clients=buyers, seconds=options.seconds) for buyers in options.buyers
        ]
        return {"bench": "orders", "wallet": rows, "limit": limits}


def wallet_orders(market: Market) -> Requests:
    """Each buyer orders one unit of a random SKU at a time, from its distributor's wallet."""
    skus = [public_id("sku", sku) for sku in market.skus]

    def requests(number: int) -> Iterator[bytes]:
        buyer = market.buyers[number % len(market.buyers)]
        while True:
            body = {"external_ref": uuid.uuid4().hex, "items": [{"sku": random.choice(skus), "quantity": 1}]}  # noqa: S311 - no secret
            headers = {"Authorization": f"Bearer {buyer.api_key}", "Idempotency-Key": uuid.uuid4().hex}
            yield post("/v1/orders", "localhost", headers, json.dumps(body).encode())

    return requests
