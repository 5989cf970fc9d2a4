"""Deliveries, and the mischief a test may order for them: duplicate, delay, drop, hold."""

import fnmatch
import json
import time
from typing import Any

from ..store import Doc, Store

WEBHOOKS = "webhooks"
ACTIONS = ("duplicate", "delay", "drop", "hold")
FOREVER = 1_000_000_000


def schedule(store: Store, event: Doc, endpoint: str, lane: int) -> None:
    """One delivery, changed by the first rule whose pattern matches the event's type."""
    rule = take(store, WEBHOOKS, event["type"]) or {}
    state, due_at, copies = "pending", time.time(), 1
    match rule.get("action"):
        case "duplicate":
            copies += int(rule.get("copies", 1))
        case "delay":
            due_at += float(rule.get("seconds", 1))
        case "drop":
            state = "dropped"
        case "hold":
            state = "held"
    for _ in range(copies):
        add(store, event, endpoint, lane, state=state, due_at=due_at)


def add(store: Store, event: Doc, endpoint: str, lane: int, *, state: str, due_at: float) -> int:
    cursor = store.run(
        "INSERT INTO deliveries (event, endpoint, type, lane, state, due_at) VALUES (?, ?, ?, ?, ?, ?)",
        event["id"], endpoint, event["type"], lane, state, due_at,
    )  # fmt: skip
    return int(cursor.lastrowid or 0)


def make(store: Store, target: str, match: str, body: dict[str, Any], times: int | None) -> int:
    """Keep a rule for the next `times` matches (None: for ever). Answers its id."""
    cursor = store.run(
        "INSERT INTO rules (target, match, body, left_times) VALUES (?, ?, ?, ?)",
        target, match, json.dumps(body), FOREVER if times is None else times,
    )  # fmt: skip
    return int(cursor.lastrowid or 0)


def take(store: Store, target: str, subject: str) -> dict[str, Any] | None:
    """The first rule that matches, used up by one."""
    with store.transaction():
        for row in store.rows("SELECT * FROM rules WHERE target = ? AND left_times > 0 ORDER BY id", target):
            if fnmatch.fnmatchcase(subject, row["match"]):
                store.run("UPDATE rules SET left_times = left_times - 1 WHERE id = ?", row["id"])
                return json.loads(row["body"])
    return None
