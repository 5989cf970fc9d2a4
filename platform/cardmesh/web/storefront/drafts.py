"""The draft of a store's look for whoever holds a signed link: on the store's own host, out of reach of its API.

Nothing can be bought there: the policy lets the page speak to nothing but its own draft.
"""

import re
import uuid
from html import escape

from flask import Response, make_response, request
from werkzeug.wrappers import Response as AnyResponse

from site_builder import onepage
from site_builder.errors import SiteBuilderError
from site_builder.onepage import File

from ...identity.models import PartyStatus
from ...kit import runtime
from ...kit.errors import NotFound
from ...kit.i18n import Text, verbatim
from ...stores import directory
from ...stores.looks import images, links, rendering
from ...stores.looks.errors import PreviewExpired
from ...stores.looks.links import Kind
from ..common.headers import FRAMED
from ..common.requests import locale
from ..hosts import STORE_HOST
from .pages import STATIC, SUSPENDED, notice, pages

EXPIRED = (
    PreviewExpired.text,
    Text("请向店主索取新的链接。", "Please ask the store's owner for a new one."),
)
BROKEN = Text("草稿无法显示", "The draft cannot be shown")
BAR = Text(
    "这是尚未发布的草稿预览，无法下单。",
    "This is a preview of a draft that is not published. Nothing can be bought here.",
)
FILES = {"draft.css": "text/css", "draft.js": "text/javascript"}


@pages.get("/-/<any('draft.css', 'draft.js'):name>")
def show_draft_file(name: str) -> Response:
    response = make_response((STATIC / name).read_bytes())
    response.headers["Content-Type"] = f"{FILES[name]}; charset=utf-8"
    response.headers["Cache-Control"] = "no-cache"
    return response


@pages.get("/media/<name>")
def show_picture(name: str) -> Response:
    """A picture that the owner put into the look."""
    store = directory.resolve(request.environ.get(STORE_HOST, ""))
    if store is None:
        raise NotFound
    return _picture(store.store_id, name)


@pages.get("/-/draft/<token>/", defaults={"path": "", "mode": None})
@pages.get("/-/draft/<token>/<any('light', 'dark'):mode>/", defaults={"path": ""})
@pages.get("/-/draft/<token>/<any('light', 'dark'):mode>/<path:path>", merge_slashes=False)
@pages.get("/-/draft/<token>/<path:path>", defaults={"mode": None}, merge_slashes=False)
def show_draft(token: str, path: str, mode: str | None) -> AnyResponse:
    """A page or file of the draft; `mode` shows it light or dark, whatever the visitor prefers."""
    store = directory.resolve(request.environ.get(STORE_HOST, ""))
    try:
        ticket = links.read(token)
        if store is None or (ticket.tenant_id, ticket.store_id) != (store.tenant_id, store.store_id):
            raise PreviewExpired
    except PreviewExpired:
        return _private(notice(404, *EXPIRED))
    if store.tenant_status != PartyStatus.ACTIVE:
        return _private(notice(403, *SUSPENDED, store=store))
    if path.startswith("media/"):
        return _picture(store.store_id, path.removeprefix("media/"))
    base = f"{links.PATH}{token}{f'/{mode}' if mode else ''}"
    try:
        shown = rendering.show(tenant_id=store.tenant_id, store_id=store.store_id, path=f"/{path}")
    except SiteBuilderError as error:
        return _private(notice(500, BROKEN, verbatim(str(error)[:500]), store=store))
    return _private(_answer(shown.file, base, ticket.kind, mode, 200 if shown.found else 404))


def _answer(file: File, base: str, kind: Kind, mode: str | None, status: int) -> Response:
    body = onepage.rebased(file, base)
    if file.content_type.startswith("text/html"):
        body = _dressed(body.decode(), kind, mode).encode()
    response = make_response(body, status)
    response.headers["Content-Type"] = file.content_type
    response.headers["Content-Security-Policy"] = _policy(base, kind)
    if kind is Kind.FRAME:
        request.environ[FRAMED] = True
    if not file.content_type.startswith(("text/html", "application/json")):
        response.headers["Cache-Control"] = "private, max-age=3600"
    return response


def _dressed(page: str, kind: Kind, mode: str | None) -> str:
    """With our own words and script; a mode that is asked for needs no script of the theme's to be guessed."""
    if mode:
        page = re.sub(r"<html\b", f'<html data-mode="{mode}"', page, count=1)
        page = re.sub(r'<script src="[^"]*/assets/mode\.[^"]*"></script>', "", page, count=1)
    extra = '<link rel="stylesheet" href="/-/draft.css"><script type="module" src="/-/draft.js"></script>'
    page = page.replace("</head>", f"{extra}</head>", 1)
    if kind is Kind.SHARED:
        bar = f'<p class="draft-bar" role="note">{escape(BAR.render(locale()))}</p>'
        page = re.sub(r"(<body\b[^>]*>)", lambda body: body[1] + bar, page, count=1)
    return page


def _policy(base: str, kind: Kind) -> str:
    settings = runtime.current().settings
    origin = f"{settings.public_scheme}://{request.host}"
    console = settings.public_url if kind is Kind.FRAME else "'none'"
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self';"
        f" manifest-src 'none'; connect-src {origin}{base}/; form-action {origin}{base}/; base-uri 'none';"
        f" frame-ancestors {console}"
    )


def _picture(store_id: uuid.UUID, name: str) -> Response:
    found = images.find(store_id, name)
    if found is None:
        raise NotFound
    response = make_response(found[0])
    response.headers["Content-Type"] = found[1]
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


def _private(response: Response) -> Response:
    """Nobody keeps it, no search engine lists it, and its address goes nowhere."""
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
