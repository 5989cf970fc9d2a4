"""The wire: authenticate, validate, run one operation in one transaction, answer as Stripe answers."""

import json
from typing import Any

from flask import Blueprint, Response, request

from . import faults, idempotency, params
from .auth import Caller, caller_of, check_version
from .context import Context
from .errors import SimError
from .events import API_VERSION
from .expand import expanded
from .forms import nested
from .idempotency import InFlight, Kept
from .resources import (
    account_links,
    accounts,
    balance,
    charges,
    disputes,
    event_list,
    intents,
    payment_methods,
    payouts,
    refunds,
    sessions,
    transfers,
    webhook_endpoints,
)  # fmt: skip
from .routing import OPERATIONS, Operation
from .sim import Sim
from .store import Doc

# Importing them is what fills the table of operations.
RESOURCES = (
    account_links, accounts, balance, charges, disputes, event_list, intents, payment_methods, payouts, refunds,
    sessions, transfers, webhook_endpoints,
)  # fmt: skip
NO_CALLER = Caller("acct_unknown", "acct_unknown", False)


def blueprint(sim: Sim) -> Blueprint:
    api = Blueprint("api", __name__)
    in_flight = InFlight()
    for number, operation in enumerate(OPERATIONS):
        answer = _answering(sim, in_flight, operation)
        api.add_url_rule(operation.path, f"op{number}", answer, methods=[operation.method])
    api.add_url_rule("/v1/<path:path>", "unknown", _unknown(sim), methods=["GET", "POST", "DELETE"])
    return api


def _answering(sim: Sim, in_flight: InFlight, operation: Operation) -> Any:
    def answer(**ids: str) -> Response:
        return Exchange(sim, in_flight, operation, ids).response()

    return answer


def _unknown(sim: Sim) -> Any:
    def answer(path: str) -> Response:
        error = SimError(f"Unrecognized request URL ({request.method}: /v1/{path}). The simulator does not have it; if "
                         "it is part of Stripe's API, extend the simulator.", status=404)  # fmt: skip
        return _json(json.dumps(error.body(account="", livemode=False, request_id="")), 404, {})

    return answer


class Exchange:
    """One request and its answer."""

    def __init__(self, sim: Sim, in_flight: InFlight, operation: Operation, ids: dict[str, str]) -> None:
        self.sim, self.in_flight, self.operation, self.ids = sim, in_flight, operation, ids
        self.store = sim.store
        self.request_id = sim.store.ids.next_request()
        self.caller = NO_CALLER
        self.key = request.headers.get("Idempotency-Key") if operation.method == "POST" else None
        self.replayed: str | None = None

    def response(self) -> Response:
        try:
            self.caller = caller_of(request, self.sim.config, self.store)
            check_version(request)
            answer = self._once()
        except SimError as error:
            answer = self._refusal(error)
        except faults.Cut:
            faults.cut(request.environ.get("werkzeug.socket"))
            return Response(status=500)
        return _json(answer.body, answer.status, self._headers(answer))

    def _once(self) -> Kept:
        if self.key is None:
            return self._with_faults()
        idempotency.check_key(self.key)
        with self.in_flight.only_one(self.caller.account, self.key):
            return self._with_faults()

    def _with_faults(self) -> Kept:
        fault = faults.ordered(self.store, f"{request.method} {request.path}")
        faults.strike(fault, "before")
        answer = self._run()
        faults.strike(fault, "after")
        return answer

    def _run(self) -> Kept:
        """Validate, then replay or do; the kept answer commits together with its effects."""
        given = nested([*request.args.items(multi=True), *request.form.items(multi=True)])
        checked = params.check(self.operation.params, given)
        with self.store.transaction():
            if self.key and (kept := self._recall(checked)):
                self.replayed = kept.request_id
                return kept
            self.operation.refuse_unmodelled(checked)
            answer, saved = self._do(checked)
            if self.key and saved:
                idempotency.keep(self.store, self.caller.account, self.key, request.path, checked, answer)
            return answer

    def _recall(self, checked: Doc) -> Kept | None:
        return idempotency.recall(self.store, self.caller.account, self.key or "", request.path, checked)

    def _do(self, checked: Doc) -> tuple[Kept, bool]:
        """The answer, and whether its key replays it. A refusal undoes everything unless it says otherwise."""
        wanted = {name: value for name, value in checked.items() if name != "expand"}
        context = self._context()
        try:
            with self.store.attempt():
                body = self._do_or_keep(context, wanted, checked.get("expand", []))
        except SimError as refusal:
            return self._refusal(refusal), refusal.saved
        if isinstance(body, SimError):
            return self._refusal(body), body.saved
        return Kept(200, json.dumps(body, indent=2, ensure_ascii=False), self.request_id), True

    def _do_or_keep(self, context: Context, wanted: Doc, expand: list[str]) -> Doc | SimError:
        try:
            return expanded(context, self.operation.run(context, wanted, **self.ids), expand)
        except SimError as refusal:
            if refusal.commits:
                return refusal
            raise

    def _context(self) -> Context:
        return self.sim.context(
            platform=self.caller.platform, account=self.caller.account, livemode=self.caller.livemode,
            base_url=request.host_url.rstrip("/"), request_id=self.request_id, idempotency_key=self.key,
        )  # fmt: skip

    def _refusal(self, error: SimError) -> Kept:
        body = error.body(account=self.caller.account, livemode=self.caller.livemode, request_id=self.request_id)
        return Kept(error.status, json.dumps(body, indent=2, ensure_ascii=False), self.request_id)

    def _headers(self, answer: Kept) -> dict[str, str]:
        headers = {"Request-Id": self.request_id, "Stripe-Version": API_VERSION}
        if self.key:
            headers["Idempotency-Key"] = self.key
        if self.replayed:
            headers |= {"Idempotent-Replayed": "true", "Original-Request": self.replayed}
        if answer.status == 409:
            headers["Stripe-Should-Retry"] = "true"
        return headers


def _json(body: str, status: int, headers: dict[str, str]) -> Response:
    return Response(body, status, headers, mimetype="application/json")
