"""Distributors' programs that go on ordering whatever happens, and remember every answer."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from .arena import Stage
from .callers import Caller


@dataclass
class Load:
    """`answers` by the program's own reference: what was promised to it."""

    stage: Stage
    name: str = "L"
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    unknown: Counter[str] = field(default_factory=Counter)
    asked: int = 0
    _stopping: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def acknowledged(self) -> int:
        return len(self.answers)

    def _program(self, number: int) -> None:
        caller = Caller(self.stage.tenant.base, key=self.stage.tenant.key)
        count = 0
        while not self._stopping.is_set():
            reference = f"{self.name}-{number}-{count}"
            body = {"external_ref": reference, "items": [{"sku": self.stage.notes["sku"], "quantity": 1}]}
            answer = caller.call("POST", "/v1/orders", body, f"key-{reference}")
            with self._lock:
                self.answers[reference] = answer
            count += 1
        with self._lock:
            self.asked += count
            self.unknown += caller.unknown


@contextmanager
def under_load(stage: Stage, programs: int, name: str = "L") -> Iterator[Load]:
    """Orders without a pause until the end of the block; then every program waits for its last answer.

    Their references begin with `name`.
    """
    load = Load(stage, name)
    threads = [threading.Thread(target=load._program, args=(number,)) for number in range(programs)]
    for thread in threads:
        thread.start()
    try:
        yield load
    finally:
        load._stopping.set()
        for thread in threads:
            thread.join()


def agree(load: Load) -> tuple[int, int]:
    """(lost, doubled) orders: what was promised against what is there. Each answer is asked for again by its key."""
    listed: Counter[str] = Counter()
    ids: dict[str, str] = {}
    after = ""
    while True:
        page = load.stage.tenant.get(f"/v1/orders?limit=100{after}")
        for row in page["data"]:
            if row["external_ref"] is None:  # a buyer's, from the store
                continue
            listed[row["external_ref"]] += 1
            ids[row["external_ref"]] = row["id"]
        if not page["has_more"]:
            break
        after = f"&after={page['next_cursor']}"
    lost = sum(ids.get(reference) != answer["id"] for reference, answer in load.answers.items())
    doubled = sum(count - 1 for count in listed.values()) + len(set(listed) - set(load.answers))
    for reference, answer in list(load.answers.items())[:: max(1, len(load.answers) // 50)]:
        body = {"external_ref": reference, "items": [{"sku": load.stage.notes["sku"], "quantity": 1}]}
        again = load.stage.tenant.call("POST", "/v1/orders", body, f"key-{reference}")
        assert again == answer, "a repeat has another answer"
    return lost, doubled
