"""A store's API played for a browser: the platform answers on a store's host, a page under test asks here."""

import json
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Route

Answer = Callable[[Any], tuple[int, Any]]
KEY = "X7QK-90AB-9FZP-RT2M"


class Store:
    """The API's answers, changeable by a test, and the requests that came."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, str], Any]] = []
        self.unit = 9760
        self.kind = "card_key"
        self.status = "completed"
        self.order: Answer = self.accepted
        self.claims: list[dict[str, Any]] = []

    def handle(self, route: Route) -> None:
        request = route.request
        path = request.url.split("/api", 1)[1].split("?")[0]
        body = json.loads(request.post_data) if request.post_data else None
        self.calls.append((path, request.headers, body))
        status, answer = self.answer(path, body)
        route.fulfill(status=status, content_type="application/json", body=json.dumps(answer))

    def answer(self, path: str, body: Any) -> tuple[int, Any]:
        if path == "/store":
            return 200, {"payment_methods": ["card", "alipay"]}
        if path == "/quote":
            return 200, self.quote(body["items"], body.get("coupon"))
        if path == "/orders":
            return self.order(body)
        if path == "/claims":
            self.claims.insert(0, {**body, "status": "open", "answer": "", "created_at": "2026-01-02T04:05:06Z"})
            return 201, self.claims[0]
        if path.endswith("/claims"):
            return 200, {"data": self.claims}
        if path.startswith("/orders/lookup"):
            found = body.get("contact") == "a@b.example"
            return (200, self.shown()) if found else (404, problem("not_found", 404))
        return (200, self.shown()) if path.startswith("/orders/") else (200, {"data": self.live(), "has_more": False})

    def quote(self, items: list[dict[str, Any]], coupon: str | None = None) -> dict[str, Any]:
        """The coupon TEN takes ten yuan off, any other is refused."""
        rows = [
            {**item, "name": "Steam ¥100", "unit_price": cny(self.unit), "total": cny(self.unit * item["quantity"])}
            for item in items
        ]
        total, off = sum(row["total"]["amount"] for row in rows), 1000 if coupon == "TEN" else 0
        told = {"coupon": coupon, "accepted": bool(off), "discount": cny(off), "message": "没有这个优惠码"}
        return {"items": rows, "total": cny(total - off), "coupon": told if coupon else None}

    def accepted(self, body: Any) -> tuple[int, Any]:
        return 201, {
            "order": {"number": "N1", "token": "secret", "status": "pending_payment", "total": body["total"]},
            "payment": {"method": "card", "url": "/order/?number=N1"},
        }

    def shown(self) -> dict[str, Any]:
        item = {"id": "itm_1", "name": "Steam ¥100", "kind": self.kind, "quantity": 1, "total": cny(9760)}
        item["status"] = "delivered" if self.status == "completed" else "reserved"
        credentials = [
            {"type": "account", "label": "卡号", "value": "=1+1"},
            {"type": "password", "label": "卡密", "value": KEY},
        ]
        order = {"number": "N1", "token": "secret", "status": self.status, "total": cny(9760), "items": [item]}
        order |= {"created_at": "2026-01-02T03:04:05Z", "expires_at": "2099-01-01T00:00:00Z"}
        done = self.status == "completed"
        codes = [{"item": "itm_1", "unit": 1, "credentials": credentials}] if done else []
        return {"order": order, "codes": codes, **({} if done else {"payment": {"url": "/pay/N1"}})}

    def live(self) -> list[dict[str, Any]]:
        rows = [("sku_steamcn1", 5100, "low"), ("sku_steamcn2", 9760, "out"), ("sku_steamcn3", 19500, "in_stock")]
        return [
            {"sku": sku, "price": cny(amount), "stock": stock, "min_quantity": 2, "max_quantity": 5}
            for sku, amount, stock in rows
        ]

    def bodies(self, path: str) -> list[Any]:
        return [body for called, _, body in self.calls if called == path]

    def keys(self) -> list[str]:
        return [headers["idempotency-key"] for called, headers, _ in self.calls if called == "/orders"]


def cny(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "CNY"}


def problem(code: str, status: int, *errors: dict[str, str]) -> dict[str, Any]:
    return {"type": "about:blank", "status": status, "code": code, "errors": list(errors)}
