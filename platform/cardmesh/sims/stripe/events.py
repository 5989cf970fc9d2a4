"""Events and which endpoints hear of them. An event and its deliveries are written with the change they tell of."""

import zlib
from dataclasses import dataclass
from typing import Any

from stripe._api_version import _ApiVersion

from .store import Doc, Store
from .webhooks import rules

API_VERSION = _ApiVersion.CURRENT
NEITHER, BOTH = False, "both"


@dataclass(frozen=True)
class Origin:
    """On whose account something happened, whose key asked for it, and in which request."""

    account: str
    platform: str
    livemode: bool
    request_id: str | None
    idempotency_key: str | None


def record(
    store: Store, origin: Origin, lanes: int, type: str, subject: Doc, previous: dict[str, Any] | None = None
) -> Doc:
    """Write the event and one delivery for each endpoint that wants it."""
    data: Doc = {"object": subject} if previous is None else {"object": subject, "previous_attributes": previous}
    endpoints = [row["id"] for row in listening(store, origin, type)]
    event: Doc = {
        "id": store.ids.next("evt"), "object": "event", "api_version": API_VERSION, "created": store.clock.now(),
        "data": data, "livemode": origin.livemode, "pending_webhooks": len(endpoints),
        "request": {"id": origin.request_id, "idempotency_key": origin.idempotency_key}, "type": type,
    }  # fmt: skip
    if origin.account != origin.platform:
        event["account"] = origin.account
    store.insert("event", event, account=origin.account, livemode=origin.livemode)
    for endpoint in endpoints:
        rules.schedule(store, event, endpoint, lane_of(subject, lanes))
    return event


def listening(store: Store, origin: Origin, type: str) -> list[Any]:
    """Endpoints of the account itself, and of its platform where they ask for connected accounts."""
    rows = store.rows(
        "SELECT id, account, body, hidden FROM objects WHERE kind = 'webhook_endpoint' AND livemode = ? "
        "AND account IN (?, ?) ORDER BY seq", origin.livemode, origin.account, origin.platform,
    )  # fmt: skip
    return [row for row in rows if wants(store, row["id"], type, connected=row["account"] != origin.account)]


def wants(store: Store, endpoint: str, type: str, *, connected: bool) -> bool:
    body, connect = store.load(endpoint), store.hidden(endpoint).get("connect", NEITHER)
    asked = "*" in body["enabled_events"] or type in body["enabled_events"]
    return body["status"] == "enabled" and asked and connect in (connected, BOTH)


def lane_of(subject: Doc, lanes: int) -> int:
    """Everything about one payment goes down one lane, so that its events leave in the order they happened."""
    payment = subject.get("payment_intent") or subject.get("id") or ""
    return zlib.crc32(str(payment).encode()) % lanes
