"""`/_sim/…`: what only the simulator has – faults, mischief with webhooks, disputes, time. JSON in, JSON out.

A page in a browser cannot call it by accident or malice: POSTs need a JSON content type (which makes a foreign page
ask first) and a loopback Host.
"""

import random
import sqlite3
import time
from typing import TypeVar

from flask import Blueprint, Response, abort, jsonify, request
from pydantic import BaseModel, ValidationError

from . import events, faults
from .control_orders import (
    ClockOrder,
    DisputeOrder,
    DrainOrder,
    FaultOrder,
    ReleaseOrder,
    ResendOrder,
    WebhookOrder,
)  # fmt: skip
from .errors import SimError
from .resources import balance, disputes
from .sim import Sim
from .webhooks import rules

Order = TypeVar("Order", bound=BaseModel)
MOST_LISTED = 1000



def blueprint(sim: Sim) -> Blueprint:
    control = Blueprint("control", __name__, url_prefix="/_sim")
    desk = Desk(sim)
    control.add_url_rule("/health", view_func=desk.health)
    control.add_url_rule("/faults", view_func=desk.order_fault, methods=["POST"])
    control.add_url_rule("/faults", "clear_faults", lambda: desk.clear(faults.API), methods=["DELETE"])
    control.add_url_rule("/webhooks", view_func=desk.list_attempts)
    control.add_url_rule("/webhooks/rules", view_func=desk.order_mischief, methods=["POST"])
    control.add_url_rule("/webhooks/rules", "clear_rules", lambda: desk.clear(rules.WEBHOOKS), methods=["DELETE"])
    control.add_url_rule("/webhooks/release", view_func=desk.release, methods=["POST"])
    control.add_url_rule("/webhooks/drain", view_func=desk.drain, methods=["POST"])
    control.add_url_rule("/events/<id>/resend", view_func=desk.resend, methods=["POST"])
    control.add_url_rule("/disputes", view_func=desk.dispute, methods=["POST"])
    control.add_url_rule("/disputes/<id>/<verdict>", view_func=desk.conclude, methods=["POST"])
    control.add_url_rule("/clock", view_func=desk.clock, methods=["POST"])
    control.add_url_rule("/settle", view_func=desk.settle, methods=["POST"])
    control.before_request(refuse_foreign_pages)
    return control


def refuse_foreign_pages() -> Response | None:
    host = (request.host or "").rsplit(":", 1)[0]
    if host not in ("127.0.0.1", "localhost") and not host.endswith(".localhost"):
        return _error("loopback Host only", 403)
    if request.method == "POST" and not request.is_json:
        return _error("Content-Type: application/json is needed", 415)
    return None


def _error(message: str, status: int) -> Response:
    response = jsonify(error=message)
    response.status_code = status
    return response


def _order(kind: type[Order]) -> Order:
    try:
        return kind.model_validate(request.get_json())
    except ValidationError as problem:
        abort(_error(str(problem), 422))


class Desk:
    """The views; each answers JSON."""

    def __init__(self, sim: Sim) -> None:
        self.sim, self.store = sim, sim.store

    def health(self) -> Response:
        return jsonify(status="ok", seed=self.store.ids.seed, now=self.store.clock.now())

    def order_fault(self) -> Response:
        order = _order(FaultOrder)
        body = order.model_dump(exclude={"match", "times"})
        return jsonify(id=rules.make(self.store, faults.API, order.match, body, order.times))

    def order_mischief(self) -> Response:
        order = _order(WebhookOrder)
        body = order.model_dump(exclude={"match", "times"})
        return jsonify(id=rules.make(self.store, rules.WEBHOOKS, order.match, body, order.times))

    def clear(self, target: str) -> Response:
        """`left`: how many matches the rules were still waiting for."""
        left = self.store.rows("SELECT coalesce(sum(left_times), 0) AS n FROM rules WHERE target = ?", target)[0]["n"]
        return jsonify(cleared=self.store.run("DELETE FROM rules WHERE target = ?", target).rowcount, left=left)

    def list_attempts(self) -> Response:
        """Every attempt to deliver, oldest first, and how many deliveries are in which state."""
        event = request.args.get("event", "%")
        attempts = self.store.rows(
            "SELECT * FROM attempts WHERE event LIKE ? ORDER BY id DESC LIMIT ?", event, MOST_LISTED
        )
        states = self.store.rows(
            "SELECT state, count(*) AS n FROM deliveries WHERE event LIKE ? GROUP BY state", event
        )
        data = [dict(row) for row in reversed(attempts)]
        return jsonify(attempts=data, deliveries={row["state"]: row["n"] for row in states})

    def release(self) -> Response:
        """Send what was held, in the order asked for and one after the other."""
        order = _order(ReleaseOrder)
        with self.store.transaction():
            held = self.store.rows("SELECT * FROM deliveries WHERE state = 'held' ORDER BY id")
            for place, row in enumerate(_arranged(held, order)):
                self.store.run(
                    "UPDATE deliveries SET state = 'pending', lane = 0, due_at = ? WHERE id = ?",
                    time.time() - 1 + place / 1_000_000, row["id"],
                )  # fmt: skip
        return jsonify(released=len(held))

    def drain(self) -> Response:
        """Wait until nothing is left to send (retries included) or the time is over."""
        limit = time.monotonic() + _order(DrainOrder).timeout_seconds
        while True:
            seen = self.store.version
            pending = self.store.rows("SELECT count(*) AS n FROM deliveries WHERE state = 'pending'")[0]["n"]
            if not pending or time.monotonic() >= limit:
                return jsonify(pending=pending)
            self.store.wait_for_change(seen, limit - time.monotonic())

    def resend(self, id: str) -> Response:
        """Deliver an event again to every endpoint that wants its type."""
        order = _order(ResendOrder)
        row = self.store.row(id)
        if row is None or row["kind"] != "event":
            abort(_error(f"no such event: {id}", 404))
        event, sent = self.store.load(id), []
        lanes = self.sim.config.lanes if order.parallel else 1
        with self.store.transaction():
            endpoints = events.listening(self.store, self.sim.context_of(id).origin, event["type"])
            for copy in range(order.times):
                for endpoint in endpoints:
                    sent.append(rules.add(self.store, event, endpoint["id"], copy % lanes, state="pending",
                                          due_at=time.time()))  # fmt: skip
        return jsonify(deliveries=sent)

    def dispute(self) -> Response:
        order = _order(DisputeOrder)
        row = self.store.row(order.charge)
        if row is None or row["kind"] != "charge":
            abort(_error(f"no such charge: {order.charge}", 404))
        try:
            with self.store.transaction():
                context, charge = self.sim.context_of(order.charge), self.store.load(order.charge)
                about = order.model_dump(exclude={"charge"})
                return jsonify(disputes.open_dispute(context, charge, **about))
        except SimError as error:
            return _error(str(error), 409)

    def conclude(self, id: str, verdict: str) -> Response:
        row = self.store.row(id)
        if row is None or row["kind"] != "dispute" or verdict not in ("won", "lost"):
            abort(_error("no such dispute or verdict", 404))
        with self.store.transaction():
            return jsonify(disputes.conclude(self.sim.context_of(id), id, won=verdict == "won"))

    def clock(self) -> Response:
        """Push the simulator's clock forward; what becomes due happens at once."""
        return jsonify(now=self.store.clock.advance(_order(ClockOrder).advance_seconds))

    def settle(self) -> Response:
        """Make all pending money available."""
        with self.store.transaction():
            rows = self.store.rows(
                "SELECT id FROM objects WHERE kind = ? AND json_extract(body, '$.status') = 'pending'", balance.KIND
            )
            for row in rows:
                balance.settle(self.sim.context_of(row["id"]), row["id"])
        return jsonify(settled=len(rows))


def _arranged(held: list[sqlite3.Row], order: ReleaseOrder) -> list[sqlite3.Row]:
    if order.order == "reverse":
        return held[::-1]
    if order.order == "shuffle":
        random.Random(order.seed).shuffle(held)  # noqa: S311 - a repeatable disorder, not a secret
    return held
