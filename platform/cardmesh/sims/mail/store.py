"""Where messages are kept: one SQLite file, the raw message and what is searched for beside it."""

import sqlite3
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS messages (
  id INTEGER PRIMARY KEY, received_at TEXT NOT NULL, sender TEXT NOT NULL, subject TEXT NOT NULL, raw BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS recipients (
  message INTEGER NOT NULL REFERENCES messages ON DELETE CASCADE, address TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS recipients_message ON recipients (message);
"""
MOST_KEPT = 10_000
PAGE_SIZE = 50


@dataclass(frozen=True)
class Mail:
    """One received message; `recipients` are the envelope's, so Bcc is among them."""

    id: int
    received_at: datetime
    sender: str
    recipients: tuple[str, ...]
    subject: str
    raw: bytes

    @property
    def parsed(self) -> EmailMessage:
        return message_from_bytes(self.raw, policy=policy.default)  # pyright: ignore[reportReturnType] - policy says so


class MailStore:
    """Safe to use from several threads; keeps the newest messages up to a limit."""

    def __init__(self, path: Path | None) -> None:
        if path:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._connection.executescript(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;" + SCHEMA
        )

    def add(self, sender: str, recipients: list[str], raw: bytes) -> int:
        """Keep a message and answer its id; it is on disk when this returns."""
        subject = str(message_from_bytes(raw, policy=policy.default)["Subject"] or "")
        with self._lock, self._transaction():
            cursor = self._connection.execute(
                "INSERT INTO messages (received_at, sender, subject, raw) VALUES (?, ?, ?, ?)",
                (datetime.now(UTC).isoformat(), sender, subject, raw),
            )
            id = int(cursor.lastrowid or 0)
            self._connection.executemany("INSERT INTO recipients VALUES (?, ?)", [(id, to) for to in recipients])
            self._connection.execute("DELETE FROM messages WHERE id <= ?", (id - MOST_KEPT,))
        return id

    def search(self, to: str = "", before: int | None = None, limit: int = PAGE_SIZE) -> list[Mail]:
        """Newest first; `to` is any part of a recipient's address, without regard to case."""
        sql = (
            "SELECT * FROM messages WHERE id < ? AND (? = '' OR EXISTS (SELECT 1 FROM recipients "
            "WHERE message = messages.id AND instr(lower(address), ?) > 0)) ORDER BY id DESC LIMIT ?"
        )
        wanted = to.strip().lower()
        with self._lock:
            top = before if before is not None else 2**62
            rows = self._connection.execute(sql, (top, wanted, wanted, limit)).fetchall()
            return [self._mail(row) for row in rows]

    def get(self, id: int) -> Mail | None:
        with self._lock:
            row = self._connection.execute("SELECT * FROM messages WHERE id = ?", (id,)).fetchone()
            return self._mail(row) if row else None

    def clear(self) -> int:
        with self._lock:
            return self._connection.execute("DELETE FROM messages").rowcount

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def _transaction(self) -> sqlite3.Connection:
        self._connection.execute("BEGIN IMMEDIATE")
        return self._connection

    def _mail(self, row: sqlite3.Row) -> Mail:
        found = self._connection.execute("SELECT address FROM recipients WHERE message = ?", (row["id"],))
        to = tuple(recipient["address"] for recipient in found)
        received = datetime.fromisoformat(row["received_at"])
        return Mail(row["id"], received, row["sender"], to, row["subject"], row["raw"])
