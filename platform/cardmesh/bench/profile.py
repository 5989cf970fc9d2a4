"""Where the milliseconds of one wallet order go: over HTTP, in the framework, in our rules, in the database.

One buyer, so that nothing waits but for the machine. Stages are timed in this process, on the application itself.
"""

import argparse
import io
import json
import statistics
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from apiflask import APIFlask

from ..app import create_web
from ..kit.db import call
from ..kit.ids import public_id
from ..trade.orders import express, plans
from ..web.common import principal
from . import cpu
from .clients import drive
from .installation import installation
from .market import Market, open_market
from .orders import WARM_SECONDS, wallet_orders


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--orders", type=int, default=500, help="orders in this process (default 500)")
    parser.add_argument("--data", type=Path, help="measure on this installation's folder instead of a fresh one")


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Medians in milliseconds; the stages of the second part add up to `in_process`."""
    with installation(options.data) as place:
        market = open_market(skus=8, keys_each=10_000, buyers=1)
        cpu.settle(place.pid)
        drive(place.port, wallet_orders(market), buyers=1, seconds=WARM_SECONDS)
        http = drive(place.port, wallet_orders(market), buyers=1, seconds=3).figures()["p50_ms"]
        app = create_web(place.settings)
        with app.app_context():
            trip = _median(_times(lambda: call("select 1", ()), options.orders))
            stages = _stages(app, market, options.orders)
    whole = stages.pop("whole")
    return {
        "bench": "profile",
        "over_http": http,
        "in_process": whole,
        "server_and_wire": round(http - whole, 3),
        "round_trip_to_the_database": trip,
        "stages": stages | {"framework": round(whole - sum(stages.values()), 3)},
    }


def _stages(app: APIFlask, market: Market, orders: int) -> dict[str, float]:
    spent: dict[str, list[float]] = {}
    with ExitStack() as stack:
        for name, owner, attribute in (
            ("authenticate", principal, "_authenticate"),
            ("decide", express, "_portion"),
            ("answer_and_plan", express, "_write"),
        ):
            stack.enter_context(_timed(spent, name, owner, attribute))
        stack.enter_context(_database(spent))
        for request in _requests(market, orders):
            for times in spent.values():
                times.append(0.0)
            began = time.perf_counter()
            b"".join(app.wsgi_app(request, lambda *_: lambda _data: None))
            spent.setdefault("whole", []).append(time.perf_counter() - began)
    stages = {name: _median(times[20:]) for name, times in spent.items()}
    stages["answer_and_plan"] = round(stages["answer_and_plan"] - stages["place_wallet_order"], 3)
    return stages


@contextmanager
def _timed(spent: dict[str, list[float]], name: str, owner: object, attribute: str) -> Iterator[None]:
    real: Callable[..., Any] = getattr(owner, attribute)
    spent[name] = []

    def timed(*arguments: Any, **named: Any) -> Any:
        began = time.perf_counter()
        try:
            return real(*arguments, **named)
        finally:
            spent[name][-1] += time.perf_counter() - began

    with patch.object(owner, attribute, timed):
        yield


@contextmanager
def _database(spent: dict[str, list[float]]) -> Iterator[None]:
    """The two functions, each as its own stage."""
    names = {express.BASKET: "wallet_basket", express.PLACE: "place_wallet_order"}
    spent |= {name: [] for name in names.values()}

    def timed(statement: str, arguments: Any) -> Any:
        began = time.perf_counter()
        try:
            return call(statement, arguments)
        finally:
            spent[names[statement]][-1] += time.perf_counter() - began

    with patch.object(express, "call", timed), patch.object(plans, "call", timed):
        yield


def _requests(market: Market, count: int) -> Iterator[dict[str, Any]]:
    for number in range(count + 20):
        sku = public_id("sku", market.skus[number % len(market.skus)])
        body = json.dumps({"external_ref": uuid.uuid4().hex, "items": [{"sku": sku, "quantity": 1}]}).encode()
        yield {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": "/v1/orders",
            "QUERY_STRING": "",
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": "localhost",
            "HTTP_AUTHORIZATION": f"Bearer {market.buyers[0].api_key}",
            "HTTP_IDEMPOTENCY_KEY": uuid.uuid4().hex,
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(body)),
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
        }


def _times(work: Callable[[], object], count: int) -> list[float]:
    times = []
    for _ in range(count):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return times


def _median(seconds: list[float]) -> float:
    return round(statistics.median(seconds) * 1000, 3)
