"""The published site of the store whose host was asked: static pages with the headers their manifest names."""

import re
from pathlib import Path
from urllib.parse import quote

from apiflask import APIBlueprint
from flask import Response, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from ...identity.models import PartyStatus
from ...kit import runtime
from ...kit.errors import NotFound
from ...kit.i18n import Text
from ...stores import directory, serving
from ...stores.directory import StoreRef
from ...stores.models import StoreStatus
from ...stores.serving import Content, Moved
from ..common.requests import locale
from ..hosts import STORE_HOST, STORE_PREFIX
from . import trial_mode

pages = APIBlueprint("pages", __name__, url_prefix=STORE_PREFIX, enable_openapi=False)

STATIC = Path(__file__).parent.parent / "static"
STYLE = STATIC / "notice.css"
STYLE_PATH = "-/notice.css"
POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
RETRY_SECONDS = 3
MAINTENANCE_SECONDS = 300
AFTER_SALE = re.compile(r"/(?:[a-z]{2,3}/)?(?:order|lookup|claim)/?")
"""What a buyer needs who has paid, in each language."""
MOVED_SECONDS = 300
"""A browser that remembered for ever would go on to a domain that the store gave up."""

UNKNOWN = Text("这里没有店铺", "There is no store here"), Text("请检查网址是否有误。", "Please check the address.")
SUSPENDED = (
    Text("店铺暂停服务", "This store is suspended"),
    Text("已付款的订单仍受平台保障，请联系平台客服。", "Paid orders stay protected; please contact the platform."),
)
MAINTENANCE = (
    Text("店铺维护中", "Back in a moment"),
    Text("店铺正在维护，请稍后再来。", "The store is being worked on; please come back shortly."),
)
OPENING = (
    Text("店铺即将开张", "Opening in a moment"),
    Text("页面正在生成，几秒后会自动刷新。", "The pages are being made; this page reloads by itself."),
)


@pages.get("/", defaults={"path": ""})
@pages.get("/<path:path>", merge_slashes=False)
def show(path: str) -> AnyResponse:
    """A page or file of the store; its own 404 page for what is not there."""
    if path == STYLE_PATH:
        return _style()
    if path == "api" or path.startswith("api/"):
        raise NotFound
    store = directory.resolve(request.environ.get(STORE_HOST, ""))
    if store is None:
        return notice(404, *UNKNOWN)
    if store.tenant_status != PartyStatus.ACTIVE:
        return notice(403, *SUSPENDED, store=store)
    if store.status == StoreStatus.MAINTENANCE:
        return _closed(store, f"/{path}")
    if store.primary_host and _leads_there(store.primary_host, path):
        return _to_primary(store.primary_host, path)
    return _published(store, f"/{path}")


def _closed(store: StoreRef, path: str) -> AnyResponse:
    """The store's own page that it is in maintenance, for every page but those that serve buyers who have paid."""
    shelf, gzip = serving.pages(), request.accept_encodings["gzip"] > 0
    found = shelf.find(store.store_id, path, gzip=gzip)
    is_file = isinstance(found, Content) and not found.headers["Content-Type"].startswith("text/html")
    if is_file or AFTER_SALE.fullmatch(path):
        return _published(store, path)
    closed = shelf.in_place(store.store_id, path, "maintenance", gzip=gzip)
    if closed is None:
        return notice(503, *MAINTENANCE, store=store)
    response = _answer(closed, 503)
    response.headers.update({"Retry-After": str(MAINTENANCE_SECONDS), "Cache-Control": "no-store"})
    return response


def _published(store: StoreRef, path: str) -> AnyResponse:
    trial = trial_mode.is_on(store)
    shelf, gzip = serving.pages(), not trial and request.accept_encodings["gzip"] > 0
    found = shelf.find(store.store_id, path, gzip=gzip)
    if trial and isinstance(found, Content) and found.headers["Content-Type"].startswith("text/html"):
        return _tried(found)
    if isinstance(found, Moved):
        query = f"?{request.query_string.decode('latin-1')}" if request.query_string else ""
        return redirect(found.path + query, 301)
    if found is not None:
        return _answer(found).make_conditional(request)
    if not shelf.is_published(store.store_id):
        return notice(503, *OPENING, store=store, refresh=True)
    missing = shelf.in_place(store.store_id, path, "404", gzip=gzip)
    return _answer(missing, 404) if missing else notice(404, *UNKNOWN, store=store)


def _tried(page: Content) -> Response:
    """A page in test mode: nobody keeps it."""
    response = make_response(trial_mode.dressed(page.body.decode()))
    response.headers.update(page.headers)
    del response.headers["ETag"]
    response.headers.pop("Content-Length", None)
    response.headers["Cache-Control"] = "no-store"
    return response


def _leads_there(primary: str, path: str) -> bool:
    """A page asked for under another name of the store is read at its main address.

    Not so pages of orders: what opens them lies in the browser, kept for the name under which they were made. Files
    and the API belong to pages that are open already, which may load from their own name only.
    """
    is_page = path == "" or path.endswith("/")
    return is_page and not AFTER_SALE.fullmatch(f"/{path}") and request.environ[STORE_HOST] != primary


def _to_primary(primary: str, path: str) -> AnyResponse:
    query = f"?{request.query_string.decode('latin-1')}" if request.query_string else ""
    address = runtime.current().settings.store_url(primary)
    moved = redirect(f"{address}/{quote(path)}{query}", 308)
    moved.headers["Cache-Control"] = f"max-age={MOVED_SECONDS}"
    return moved


def _answer(content: Content, status: int = 200) -> Response:
    response = make_response(content.body, status)
    response.headers.update(content.headers)
    if status != 200:
        del response.headers["ETag"]
    return response


def notice(status: int, title: Text, words: Text, *, store: StoreRef | None = None, refresh: bool = False) -> Response:
    """A page of ours in the reader's language, for when the store has none to show."""
    language = locale()
    page = render_template(
        "storefront/notice.html",
        locale=language,
        title=title.render(language),
        words=words.render(language),
        name=store.name if store else "",
        style=f"/{STYLE_PATH}",
        refresh=RETRY_SECONDS if refresh else None,
    )
    response = make_response(page, status)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Security-Policy"] = POLICY
    if status == 503:
        response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def _style() -> Response:
    response = make_response(STYLE.read_bytes())
    response.headers["Content-Type"] = "text/css; charset=utf-8"
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response
