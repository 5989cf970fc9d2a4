"""Facts about the request at hand: its id, language, caller's address, and whether it speaks JSON."""

import uuid

from flask import g, request

from ...identity.sessions.service import SignedIn
from ...kit import runtime
from ...kit.i18n import pick_locale
from ...kit.tenancy import Actor
from ..hosts import STORE_PREFIX
from . import peers


def request_id() -> str:
    """`req_…`, one per request, in every answer and log line."""
    return request.environ.setdefault("cardmesh.request_id", f"req_{uuid.uuid4().hex}")


def locale() -> str:
    """The language to answer in: the signed-in person's choice, else Accept-Language."""
    if fixed := g.get("locale"):
        return fixed
    chosen = request.cookies.get("locale") if not wants_json() else None
    return chosen if chosen in ("zh-CN", "en") else pick_locale(request.headers.get("Accept-Language"))


def client_ip() -> str | None:
    """The address of whoever asks, IPv4 as IPv4: the peer's, or what a proxy of ours says of it."""
    proxies = runtime.current().settings.trusted_proxies
    return peers.client(request.remote_addr or "", request.headers.get(peers.HEADER, ""), proxies) or None


def on_phone() -> bool:
    """Whether the browser says that it is a phone's: there a payment opens an app instead of showing a code."""
    return request.headers.get("Sec-CH-UA-Mobile") == "?1" or "Mobi" in request.headers.get("User-Agent", "")


def wants_json() -> bool:
    """True for the API faces, false for pages."""
    path = request.path
    return path.startswith(("/v1/", "/hooks/", f"{STORE_PREFIX}/api/")) and path != "/v1/docs"


def actor_of(person: SignedIn) -> Actor:
    return Actor("person", person.person_id, client_ip(), person.email)


def buyer() -> Actor:
    return Actor("buyer", ip=client_ip())
