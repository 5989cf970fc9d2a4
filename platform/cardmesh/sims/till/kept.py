"""Documents by kind and id, in one SQLite file or in memory. Every verb of a simulator runs under its lock."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Doc = dict[str, Any]


class Kept:
    """`path=None` keeps everything in memory."""

    def __init__(self, path: Path | None) -> None:
        if path:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._db = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None)
        self._db.execute("create table if not exists docs (kind text, id text, body text, primary key (kind, id))")
        self._lock = threading.RLock()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """All or nothing, one after the other."""
        with self._lock:
            self._db.execute("begin immediate")
            try:
                yield
            except BaseException:
                self._db.execute("rollback")
                raise
            self._db.execute("commit")

    def get(self, kind: str, id: str) -> Doc | None:
        with self._lock:
            row = self._db.execute("select body from docs where kind = ? and id = ?", (kind, id)).fetchone()
        return json.loads(row[0]) if row else None

    def put(self, kind: str, id: str, doc: Doc) -> Doc:
        with self._lock:
            self._db.execute("insert or replace into docs values (?, ?, ?)", (kind, id, json.dumps(doc)))
        return doc

    def all(self, kind: str) -> list[Doc]:
        """Of a kind, the oldest first."""
        with self._lock:
            rows = self._db.execute("select body from docs where kind = ? order by rowid", (kind,)).fetchall()
        return [json.loads(row[0]) for row in rows]

    def drop(self, kind: str, id: str) -> None:
        with self._lock:
            self._db.execute("delete from docs where kind = ? and id = ?", (kind, id))

    def close(self) -> None:
        with self._lock:
            self._db.close()
