"""Events and which endpoints hear of them. An event and its deliveries are written with the change they tell of."""

import zlib
from typing import TYPE_CHECKING, Any

from stripe._api_version import _ApiVersion

from .store import Doc
from .webhooks import rules

if TYPE_CHECKING:
    from .context import Context

API_VERSION = _ApiVersion.CURRENT
NEITHER, BOTH = False, "both"


def record(ctx: "Context", type: str, subject: Doc, previous: dict[str, Any] | None = None) -> Doc:
    """Write the event and one delivery for each endpoint that wants it."""
    data: Doc = {"object": subject} if previous is None else {"object": subject, "previous_attributes": previous}
    event: Doc = {
        "id": ctx.new_id("evt"), "object": "event", "api_version": API_VERSION, "created": ctx.now, "data": data,
        "livemode": ctx.livemode, "pending_webhooks": 0,
        "request": {"id": ctx.request_id, "idempotency_key": ctx.idempotency_key}, "type": type,
    }  # fmt: skip
    if ctx.account != ctx.platform:
        event["account"] = ctx.account
    endpoints = [row["id"] for row in listening(ctx, type)]
    event["pending_webhooks"] = len(endpoints)
    ctx.insert(event)
    for endpoint in endpoints:
        rules.schedule(ctx.store, event, endpoint, lane_of(subject, ctx.config.lanes))
    return event


def listening(ctx: "Context", type: str) -> list[Any]:
    """Endpoints of the account itself, and of its platform where they ask for connected accounts."""
    rows = ctx.store.rows(
        "SELECT id, account, body, hidden FROM objects WHERE kind = 'webhook_endpoint' AND livemode = ? "
        "AND account IN (?, ?) ORDER BY seq", ctx.livemode, ctx.account, ctx.platform,
    )  # fmt: skip
    return [row for row in rows if wants(ctx.store, row["id"], type, connected=row["account"] != ctx.account)]


def wants(store: Any, endpoint: str, type: str, *, connected: bool) -> bool:
    body, connect = store.load(endpoint), store.hidden(endpoint).get("connect", NEITHER)
    asked = "*" in body["enabled_events"] or type in body["enabled_events"]
    return body["status"] == "enabled" and asked and connect in (connected, BOTH)


def lane_of(subject: Doc, lanes: int) -> int:
    """Everything about one payment goes down one lane, so that its events leave in the order they happened."""
    payment = subject.get("payment_intent") or subject.get("id") or ""
    return zlib.crc32(str(payment).encode()) % lanes
