"""What the simulator tests share: a client, a buyer at the pay page, a shop that receives webhooks."""

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import stripe
from werkzeug.wrappers import Request, Response

from cardmesh.sims.serve import running

KEY = "sk_test_51SimulatorKeyOfTheTests"
SECRET = "whsec_of_the_tests"
GOOD = "4242424242424242"
DECLINED = "4000000000000002"
POOR = "4000000000009995"
SECURE = "4000002500003155"
SUCCESS = "http://shop.localhost/paid?session={CHECKOUT_SESSION_ID}"
CANCEL = "http://shop.localhost/back"


def client(url: str, key: str = KEY, retries: int = 0) -> stripe.StripeClient:
    return stripe.StripeClient(key, base_addresses={"api": url}, max_network_retries=retries)


def item(unit_amount: int = 1999, quantity: int = 1, currency: str = "cny") -> dict[str, Any]:
    price = {"currency": currency, "unit_amount": unit_amount, "product_data": {"name": "Steam 100 元"}}
    return {"quantity": quantity, "price_data": price}


def session_params(**more: Any) -> Any:
    """Typed Any: the wire form, which tests also bend."""
    return {
        "mode": "payment", "success_url": SUCCESS, "cancel_url": CANCEL, "line_items": [item()],
        "allowed_payment_method_types": ["card", "alipay", "wechat_pay"], **more,
    }  # fmt: skip


def new_session(api: stripe.StripeClient, **more: Any) -> stripe.checkout.Session:
    return api.v1.checkout.sessions.create(session_params(**more))


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


@dataclass(frozen=True)
class Page:
    status: int
    location: str | None
    text: str
    headers: Any


def visit(url: str, form: dict[str, str] | None = None, headers: dict[str, str] | None = None,
          data: bytes | None = None, method: str | None = None) -> Page:  # fmt: skip
    """One request of a browser that does not follow redirects."""
    body = urlencode(form).encode() if form is not None else data
    request = urllib.request.Request(url, body, headers or {}, method=method)  # noqa: S310 - loopback
    opener = urllib.request.build_opener(_Stay)
    try:
        with opener.open(request, timeout=30) as answer:
            return Page(answer.status, answer.headers["Location"], answer.read().decode(), answer.headers)
    except urllib.error.HTTPError as refused:
        with refused:
            return Page(refused.code, refused.headers["Location"], refused.read().decode(), refused.headers)


def card(number: str = GOOD, **more: str) -> dict[str, str]:
    return {"method": "card", "email": "buyer@example.com", "number": number, "expiry": "12 / 34", "cvc": "123",
            "name": "王小明", **more}  # fmt: skip


def pay(session: stripe.checkout.Session, number: str = GOOD) -> Page:
    assert session.url
    return visit(session.url, card(number))


def control(url: str, path: str, body: Any = None, method: str = "POST") -> Any:
    """Call `/_sim/…` and read its JSON."""
    data = json.dumps(body or {}).encode() if method == "POST" else None
    answer = visit(f"{url}/_sim{path}", data=data, headers={"Content-Type": "application/json"}, method=method)
    assert answer.status == 200, answer.text
    return json.loads(answer.text)


@dataclass
class Shop:
    """A webhook endpoint that records what arrives; `answers` gives the status for the nth request."""

    url: str = ""
    received: list[tuple[bytes, str]] = field(default_factory=list)
    answers: Callable[[int], int] = lambda count: 200
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def __call__(self, environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        with self._changed:
            self.received.append((request.get_data(), request.headers.get("Stripe-Signature", "")))
            status = self.answers(len(self.received))
            self._changed.notify_all()
        return Response(status=status)(environ, start_response)

    def events(self) -> list[Any]:
        """What arrived, each signature checked by Stripe's own library."""
        return [stripe.Webhook.construct_event(body, header, SECRET) for body, header in list(self.received)]

    def wait_for(self, count: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.received) >= count, timeout=30), (
                f"{len(self.received)} of {count} webhooks arrived"
            )


@contextmanager
def open_shop(**more: Any) -> Iterator[Shop]:
    shop = Shop(**more)
    with running(shop) as url:
        shop.url = f"{url}/hooks/stripe"
        yield shop
