"""The threads that deliver: one per lane, in order, each failure retried later with doubling waits.

A delivery is a row until it succeeded or ran out of attempts, so a killed simulator goes on where it was and the
receiver sees at-least-once delivery, exactly as from Stripe.
"""

import http.client
import json
import logging
import sqlite3
import threading
import time
from urllib.parse import urlsplit

from ..config import SimConfig
from ..store import Doc, Store
from .signing import signature_header

log = logging.getLogger("cardmesh.sims.webhooks")
IDLE_SECONDS = 5.0
MOST_LOGGED_ATTEMPTS = 20_000


class Sender:
    def __init__(self, store: Store, config: SimConfig) -> None:
        self._store, self._config = store, config
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(lane,), name=f"sim-webhooks-{lane}", daemon=True)
            for lane in range(config.lanes)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._store.wake()
        for thread in self._threads:
            thread.join(timeout=self._config.webhook_timeout + 1)

    def _run(self, lane: int) -> None:
        while not self._stopping.is_set():
            seen = self._store.version
            row, wait = self._next(lane)
            if row is None:
                self._store.wait_for_change(seen, wait)
            else:
                self._deliver(row)

    def _next(self, lane: int) -> tuple[sqlite3.Row | None, float]:
        """The delivery that is due in this lane, or how long until there may be one."""
        rows = self._store.rows(
            "SELECT * FROM deliveries WHERE state = 'pending' AND lane = ? ORDER BY due_at, id LIMIT 1", lane
        )
        wait = rows[0]["due_at"] - time.time() if rows else IDLE_SECONDS
        return (rows[0], 0) if rows and wait <= 0 else (None, min(wait, IDLE_SECONDS))

    def _deliver(self, row: sqlite3.Row) -> None:
        if self._store.row(row["endpoint"]) is None:
            self._store.run("UPDATE deliveries SET state = 'dropped' WHERE id = ?", row["id"])
            return
        endpoint = self._store.load(row["endpoint"])
        secret = self._store.hidden(row["endpoint"])["secret"]
        status, error = post(endpoint["url"], self._store.load(row["event"]), secret, self._config.webhook_timeout)
        with self._store.transaction():
            self._store.run(
                "INSERT INTO attempts (delivery, event, endpoint, type, url, at, status, error) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                row["id"], row["event"], row["endpoint"], row["type"], endpoint["url"], time.time(), status, error,
            )  # fmt: skip
            self._settle(row, status is not None and 200 <= status < 300)

    def _settle(self, row: sqlite3.Row, delivered: bool) -> None:
        attempts = row["attempts"] + 1
        wait = min(self._config.retry_base * 2 ** (attempts - 1), self._config.retry_cap)
        state = "delivered" if delivered else "pending" if attempts < self._config.max_attempts else "failed"
        self._store.run(
            "UPDATE deliveries SET state = ?, attempts = ?, due_at = ? WHERE id = ?",
            state, attempts, time.time() + wait, row["id"],
        )  # fmt: skip
        if delivered:
            self._count_down(row["event"], row["endpoint"])
        self._store.run("DELETE FROM attempts WHERE id <= (SELECT max(id) FROM attempts) - ?", MOST_LOGGED_ATTEMPTS)

    def _count_down(self, event_id: str, endpoint: str) -> None:
        """`pending_webhooks` counts endpoints that have not yet acknowledged; duplicates do not count twice."""
        done = self._store.rows(
            "SELECT count(*) AS n FROM deliveries WHERE event = ? AND endpoint = ? AND state = 'delivered'",
            event_id, endpoint,
        )  # fmt: skip
        event = self._store.load(event_id)
        if done[0]["n"] == 1 and event["pending_webhooks"]:
            self._store.save({**event, "pending_webhooks": event["pending_webhooks"] - 1})


def post(url: str, event: Doc, secret: str, timeout: float) -> tuple[int | None, str | None]:
    """Send once; the status, or the reason why there is none. Redirects are not followed, as at Stripe."""
    parts, payload = urlsplit(url), json.dumps(event, indent=2, ensure_ascii=False)
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        "Stripe-Signature": signature_header(payload, secret, int(time.time())),
        "Connection": "close",
        "Host": parts.netloc,
    }
    connection = http.client.HTTPConnection("127.0.0.1", parts.port or 80, timeout=timeout)
    try:
        target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        connection.request("POST", target, payload.encode(), headers)
        response = connection.getresponse()
        response.read()
        return response.status, None
    except (OSError, http.client.HTTPException) as problem:
        log.debug("webhook to %s failed: %r", url, problem)
        return None, type(problem).__name__
    finally:
        connection.close()
