"""Where the simulator keeps everything: one SQLite file of JSON documents, one transaction per request.

A single connection behind a lock makes every request serial, so two payers of one session can never both win.
WAL with `synchronous=NORMAL` survives kill -9 of this process: what was answered was committed.
"""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .clock import Clock
from .ids import IdMaker

Doc = dict[str, Any]

SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, account TEXT NOT NULL, livemode INTEGER NOT NULL,
  seq INTEGER NOT NULL UNIQUE, created INTEGER NOT NULL, body TEXT NOT NULL, hidden TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS objects_list ON objects (kind, account, livemode, seq);
CREATE TABLE IF NOT EXISTS idempotency (
  account TEXT NOT NULL, key TEXT NOT NULL, path TEXT NOT NULL, fingerprint TEXT NOT NULL, created INTEGER NOT NULL,
  request_id TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (account, key));
CREATE TABLE IF NOT EXISTS deliveries (
  id INTEGER PRIMARY KEY, event TEXT NOT NULL, endpoint TEXT NOT NULL, type TEXT NOT NULL, lane INTEGER NOT NULL,
  state TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, due_at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (state, lane, due_at, id);
CREATE TABLE IF NOT EXISTS attempts (
  id INTEGER PRIMARY KEY, delivery INTEGER NOT NULL, event TEXT NOT NULL, endpoint TEXT NOT NULL, type TEXT NOT NULL,
  url TEXT NOT NULL, at REAL NOT NULL, status INTEGER, error TEXT);
CREATE TABLE IF NOT EXISTS deferred (
  id INTEGER PRIMARY KEY, due_at REAL NOT NULL, verb TEXT NOT NULL, object TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS rules (
  id INTEGER PRIMARY KEY, target TEXT NOT NULL, match TEXT NOT NULL, body TEXT NOT NULL, left_times INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


class Store:
    """The file and the lock around it. `transaction()` gives the connection inside one atomic write."""

    def __init__(self, path: Path | None, seed: int) -> None:
        if path:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._changed = threading.Condition()
        self.version = 0
        self._connection = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;")
        self._connection.executescript(SCHEMA)
        self._seen_changes = self._connection.total_changes
        self.clock = Clock(self)
        self.ids = IdMaker(self, seed)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """One serial, atomic write; nested uses join the outer one. Any exception rolls all of it back."""
        with self._lock:
            if self._connection.in_transaction:
                yield self._connection
                return
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            changed = self._connection.total_changes != self._seen_changes
            self._seen_changes = self._connection.total_changes
            self._connection.execute("COMMIT")
        if changed:
            self.wake()

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Inside a transaction: undo what the block did if it raises, and keep what was done before it."""
        self._connection.execute("SAVEPOINT attempt")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK TO attempt")
            self._connection.execute("RELEASE attempt")
            raise
        self._connection.execute("RELEASE attempt")

    def wake(self) -> None:
        """Tell the background threads that something changed."""
        with self._changed:
            self.version += 1
            self._changed.notify_all()

    def wait_for_change(self, seen: int, seconds: float) -> None:
        """Sleep until something was written after version `seen`, or the time is over."""
        with self._changed:
            self._changed.wait_for(lambda: self.version != seen, timeout=max(seconds, 0.0))

    def rows(self, sql: str, *values: object) -> list[sqlite3.Row]:
        with self.transaction() as tx:
            return tx.execute(sql, values).fetchall()

    def run(self, sql: str, *values: object) -> sqlite3.Cursor:
        with self.transaction() as tx:
            return tx.execute(sql, values)

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    # -- small facts -------------------------------------------------------------------------------------------

    def fact(self, name: str, default: Any = None) -> Any:
        found = self.rows("SELECT value FROM meta WHERE name = ?", name)
        return json.loads(found[0]["value"]) if found else default

    def set_fact(self, name: str, value: Any) -> None:
        self.run("INSERT OR REPLACE INTO meta VALUES (?, ?)", name, json.dumps(value))

    # -- documents ---------------------------------------------------------------------------------------------

    def insert(self, kind: str, body: Doc, *, account: str, livemode: bool, hidden: Doc | None = None) -> Doc:
        """Keep a new Stripe object. `hidden` holds what Stripe knows of it and never shows."""
        self.run(
            "INSERT INTO objects VALUES (?, ?, ?, ?, (SELECT coalesce(max(seq), 0) + 1 FROM objects), ?, ?, ?)",
            body["id"], kind, account, livemode, body.get("created", 0), json.dumps(body), json.dumps(hidden or {}),
        )  # fmt: skip
        return body

    def save(self, body: Doc, hidden: Doc | None = None) -> Doc:
        """Overwrite an object that `insert` kept before; `hidden` stays as it is unless given."""
        self.run("UPDATE objects SET body = ? WHERE id = ?", json.dumps(body), body["id"])
        if hidden is not None:
            self.run("UPDATE objects SET hidden = ? WHERE id = ?", json.dumps(hidden), body["id"])
        return body

    def row(self, id: str) -> sqlite3.Row | None:
        found = self.rows("SELECT * FROM objects WHERE id = ?", id)
        return found[0] if found else None

    def load(self, id: str) -> Doc:
        """The object with this id, which the caller knows to exist (KeyError otherwise)."""
        if row := self.row(id):
            return json.loads(row["body"])
        raise KeyError(id)

    def hidden(self, id: str) -> Doc:
        row = self.row(id)
        return json.loads(row["hidden"]) if row else {}

    def delete(self, id: str) -> None:
        self.run("DELETE FROM objects WHERE id = ?", id)
