"""A client that never loses its head: an answer is a success, a refusal, or unknown; only unknown is asked again,
with the same key."""

import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import requests

LIMIT_SECONDS = 180


class Refused(AssertionError):
    """A definite refusal."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(f"{status} {body}")
        self.status, self.body = status, body


@dataclass
class Caller:
    """Calls one host; `unknown` counts what came instead of a definite answer."""

    base: str
    host: str | None = None
    key: str | None = None
    timeout: float = 30
    unknown: Counter[str] = field(default_factory=Counter)

    def once(self, method: str, path: str, body: Any = None, key: str | None = None) -> requests.Response | str:
        """One try: the answer, or why it is unknown."""
        headers = {"Accept-Language": "en"}
        headers |= {"Host": self.host} if self.host else {}
        headers |= {"Authorization": f"Bearer {self.key}"} if self.key else {}
        headers |= {"Idempotency-Key": key} if key else {}
        try:
            answer = requests.request(method, self.base + path, headers=headers, json=body, timeout=self.timeout)
        except requests.RequestException as error:
            return type(error).__name__
        if answer.status_code >= 500 or answer.status_code == 429 or _waits(answer):
            return f"{answer.status_code} {_code(answer)}"
        return answer

    def call(self, method: str, path: str, body: Any = None, key: str | None = None) -> Any:
        """The body of the first definite answer. Raises Refused."""
        end = time.monotonic() + LIMIT_SECONDS
        while isinstance(answer := self.once(method, path, body, key), str):
            self.unknown[answer] += 1
            assert time.monotonic() < end, f"{method} {path} stayed unknown: {self.unknown}"
            time.sleep(0.3)
        if answer.status_code >= 400:
            raise Refused(answer.status_code, answer.json())
        return answer.json()

    def get(self, path: str) -> Any:
        return self.call("GET", path)

    def post(self, path: str, body: Any) -> Any:
        """With a key of its own; asked once more afterwards, it gives the first answer again."""
        key = f"key-{uuid.uuid4().hex}"
        first = self.call("POST", path, body, key)
        assert self.call("POST", path, body, key) == first, "the same key has two answers"
        return first


def _waits(answer: requests.Response) -> bool:
    return answer.status_code == 409 and _code(answer) == "idempotency_in_progress"


def _code(answer: requests.Response) -> str:
    try:
        return str(answer.json().get("code"))
    except ValueError:
        return answer.text[:40]
