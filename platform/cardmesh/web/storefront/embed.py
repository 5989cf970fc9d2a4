"""The store inside a frame on somebody else's site: the loader that makes the frame, the page in it, the way back.

The page is the platform's own, in the store's colours: what takes an order must not be a theme's to change. No cookie
is set or read, and nothing is opened to other origins but the frame itself.
"""

import hashlib
import uuid
from collections.abc import Sequence
from contextlib import suppress
from functools import cache, partial
from pathlib import Path

from flask import Response, make_response, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from site_builder import urls

from ...identity.models import PartyStatus
from ...kit import money, runtime, tenancy
from ...kit.db import transaction
from ...kit.errors import NotFound
from ...kit.ids import parse_id
from ...money.payments.merchants.routes import routes
from ...stores import directory, embed, widget
from ...stores.directory import StoreRef
from ...stores.models import StoreStatus
from ...stores.widget import Asked, Ware
from ..common.headers import FRAMED
from ..common.requests import buyer
from ..hosts import STORE_HOST
from .embed_words import WORDS
from .pages import pages

STATIC = Path(__file__).parent.parent / "static"
LOADER = STATIC / "embed.js"
FILES = {"embed-frame.js": "text/javascript", "embed.css": "text/css"}
LOOKS, MODES, LANGUAGES = ("card", "button", "grid"), ("auto", "light", "dark"), ("zh-CN", "en")
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:;"
    " base-uri 'none'; form-action 'none'; frame-ancestors {ancestors}"
)


@pages.get(embed.PAGE_PATH)
def embed_page() -> Response:
    """Goods with the price and stock of this moment, and the form that orders them. Bad wishes mean the usual."""
    store = _store()
    look, mode = _choice("look", LOOKS, "card"), _choice("mode", MODES, "auto")
    page = _page("storefront/embed.html", store, wares=_wares(store), look=look, mode=mode, methods=_methods(store))
    preview = embed.is_preview(store.store_id, request.args.get("preview", ""))
    framers = [*store.embed_origins, *([runtime.current().settings.public_url] if preview else [])]
    if framers:
        request.environ[FRAMED] = True
    return _private(page, framers)


@pages.get("/-/embed/paid")
def embed_paid() -> Response:
    """Where the gateway sends a buyer who paid in a tab of its own: the goods are in the frame that was left open."""
    canceled, number = "canceled" in request.args, request.args.get("number", "")[:40]
    return _private(_page("storefront/embed_paid.html", _store(), canceled=canceled, number=number, mode="auto"), ())


@pages.get("/-/embed/look.css")
def embed_look() -> Response:
    """The store's colours."""
    return _kept(_colours(_store()), "text/css")


@pages.get(embed.SCRIPT_PATH)
def embed_loader() -> AnyResponse:
    """Kept an hour, then asked for again by its tag."""
    body = LOADER.read_bytes()
    response = make_response(body)
    response.headers["Content-Type"] = "text/javascript; charset=utf-8"
    response.headers["Cache-Control"] = "public, max-age=3600"
    response.set_etag(_digest(body))
    return response.make_conditional(request)


@pages.get(embed.BUTTON_PATH)
def embed_button() -> Response:
    """The class that a plain link may wear."""
    store = _store()
    with transaction(tenancy.tenant(store.tenant_id, buyer())) as session:
        response = make_response(widget.button(session, store_id=store.store_id))
    response.headers["Content-Type"] = "text/css; charset=utf-8"
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


@pages.get("/-/embed/<any('embed-frame.js', 'embed.css'):name>")
def embed_file(name: str) -> Response:
    return _kept((STATIC / name).read_text(), FILES[name])


def _store() -> StoreRef:
    found = directory.resolve(request.environ.get(STORE_HOST, ""))
    if found is None:
        raise NotFound
    return found


def _page(template: str, store: StoreRef, **values: object) -> str:
    language = _choice("lang", LANGUAGES, store.locale)
    return render_template(
        template,
        locale=language,
        words=WORDS[language],
        store=store,
        prefix=urls.Urls(language, store.locale).prefix,
        colours=f"/-/embed/look.css?v={_digest(_colours(store).encode())}",
        address=_address,
        price=partial(money.display, locale=language),
        **values,
    )


def _private(page: str, framers: Sequence[str]) -> Response:
    """Browsers read `frame-ancestors` where X-Frame-Options could not name a site."""
    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Security-Policy"] = POLICY.format(ancestors=embed.ancestors(framers))
    return response


def _wares(store: StoreRef) -> Sequence[Ware]:
    """None of a store that is closed."""
    if store.status == StoreStatus.MAINTENANCE or store.tenant_status != PartyStatus.ACTIVE:
        return ()
    asked = Asked(_sku_ids(), request.args.get("category"))
    with transaction(tenancy.tenant(store.tenant_id, buyer())) as session:
        return widget.wares(session, store_id=store.store_id, asked=asked)


def _methods(store: StoreRef) -> list[str]:
    """The ways of paying that the store really has."""
    with transaction(tenancy.tenant(store.tenant_id, buyer())) as session:
        return list(routes(session, tenant_id=store.tenant_id, currency=store.currency))


def _colours(store: StoreRef) -> str:
    with transaction(tenancy.tenant(store.tenant_id, buyer())) as session:
        return widget.colours(session, store_id=store.store_id)


def _kept(text: str, kind: str) -> Response:
    """For ever when the address says what is in it, else not at all."""
    response = make_response(text)
    response.headers["Content-Type"] = f"{kind}; charset=utf-8"
    known = request.args.get("v") == _digest(text.encode())
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if known else "no-cache"
    return response


@cache
def _address(name: str) -> str:
    """Of one of our files, with a digest of its content."""
    return f"/-/embed/{name}?v={_digest((STATIC / name).read_bytes())}"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def _choice(name: str, allowed: tuple[str, ...], default: str) -> str:
    chosen = request.args.get(name, "")
    return chosen if chosen in allowed else default


def _sku_ids() -> list[uuid.UUID] | None:
    """The SKUs asked for, without those that cannot be any; None when nothing was said of them."""
    if "goods" not in request.args:
        return None
    found = []
    for text in request.args["goods"].split(",")[: widget.MOST_GOODS]:
        with suppress(NotFound):
            found.append(parse_id("sku", text.strip()))
    return found
