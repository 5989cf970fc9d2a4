"""Reading all there is to read as one distributor, one supplier and that distributor's buyers."""

import io
import re
import uuid
import zipfile
from collections.abc import Iterator
from contextvars import Context
from dataclasses import dataclass, field
from html import unescape

from apiflask import APIFlask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from tests.fixtures import walk
from tests.fixtures.shop import Console

_LINK = re.compile(r'(?:href|src)="(/[^"#]*)"')
FORMATS = ("csv", "xlsx")


@dataclass(frozen=True)
class Side:
    """One distributor with its store, and the supplier whose goods it sells."""

    number: int
    app: APIFlask
    distributor: Console
    supplier: Console
    keys: dict[str, str]
    """API keys: distributor, supplier."""
    host: str
    orders: dict[str, str]
    """Contacts of the store's orders by their number."""
    ids: dict[str, str]
    """By the names that addresses give them."""
    seen: dict[str, str] = field(default_factory=dict[str, str])
    """What was read, by `reader address`."""

    def repeat(self) -> TestResponse:
        """One and the same call of both sides, key and all: each gets its own first answer again."""
        headers = {"Host": "localhost", "Idempotency-Key": "one and the same"}
        headers["Authorization"] = f"Bearer {self.keys['distributor']}"
        body = {"url": "https://example.com/one-and-the-same"}
        return Context().run(self.app.test_client().post, "/v1/webhook-endpoints", json=body, headers=headers)

    def read(self) -> None:
        """Consoles, API, store."""
        self.seen["distributor repeated"] = _text(self.repeat())
        for face, console in (("distributor", self.distributor), ("supplier", self.supplier)):
            for rule in walk.routes(self.app, face, "GET"):
                for path in self._paths(rule):
                    self.seen[f"{face} {path}"] = page = _text(console.open("GET", path))
                    for link in (unescape(one) for one in _LINK.findall(page) if "format=csv" in one):
                        self.seen[f"{face} {link}"] = _text(console.open("GET", link))
        for rule in self.app.url_map.iter_rules():
            reader = rule.endpoint.partition(".")[0].removeprefix("api_")
            if rule.endpoint.startswith(("api.", "api_")) and reader != "platform" and "GET" in (rule.methods or ()):
                self._call(reader, rule)
        self._store()

    def _paths(self, rule: Rule) -> Iterator[str]:
        kinds = FORMATS if "kind" in rule.arguments else ("",)
        return (walk.address(rule, self.ids | {"kind": kind}) for kind in kinds)

    def _call(self, reader: str, rule: Rule) -> None:
        path = walk.address(rule, self.ids)
        for query in ("", *(f"?format={kind}" for kind in FORMATS)) if "statements" in path else ("",):
            for name in ("supplier", "distributor") if reader in ("api", "log") else (reader,):
                headers = {"Host": "localhost", "Authorization": f"Bearer {self.keys[name]}"}
                answer = Context().run(self.app.test_client().get, path + query, headers=headers)
                assert answer.status_code in (200, 404, 409, 422), (path, answer.text)
                self.seen[f"{name} {path}{query}"] = _text(answer)

    def _store(self) -> None:
        """As a buyer: every page that a link leads to, the store's calls, each order by its number and contact."""
        waiting, done = ["/", "/nothing-here", "/api/store", "/api/products"], set[str]()
        while waiting and len(done) < 400:
            path = waiting.pop()
            done.add(path)
            answer = self._buyer("GET", path)
            self.seen[f"buyer {path}"] = _text(answer)
            if answer.mimetype == "text/html":
                waiting += [link for link in set(_LINK.findall(answer.text)) if link not in {*done, *waiting}]
        for number, contact in self.orders.items():
            for body in ({"number": number, "contact": contact}, {"number": number, "contact": "x@example.test"}):
                answer = self._buyer("POST", "/api/orders/lookup", json=body)
                self.seen[f"buyer {body}"] = _text(answer)
                token = (answer.get_json().get("order") or {}).get("token", "")
                for path in (f"/api/orders/{number}", f"/api/orders/{number}/proofs"):
                    self.seen[f"buyer {path} {body['contact']}"] = _text(self._buyer("GET", path, token=token))

    def _buyer(self, method: str, path: str, token: str = "", json: object = None) -> TestResponse:
        headers = {"Host": self.host, "X-Order-Token": token, "Idempotency-Key": uuid.uuid4().hex}
        return Context().run(self.app.test_client().open, path, method=method, headers=headers, json=json)


def _text(answer: TestResponse) -> str:
    """What is in it, with its headers; a sheet's parts unpacked."""
    body = answer.get_data()
    if body.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(body)) as sheet:
            body = b"\n".join(sheet.read(name) for name in sheet.namelist())
    return f"{answer.status}\n{answer.headers}\n{body.decode(errors='replace')}"
