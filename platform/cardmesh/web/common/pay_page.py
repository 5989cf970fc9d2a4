"""The page with a payment's QR code, on stores' hosts and on the consoles': it waits, counts down, and goes on."""

import hashlib
from functools import cache, partial
from pathlib import Path

import segno
from apiflask import APIBlueprint
from flask import Response, jsonify, make_response, redirect, render_template, request
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from ...kit import money
from ...money.payments import pay_links
from ...trade.orders import pay_page
from ..hosts import STORE_PREFIX
from .pay_words import WORDS
from .requests import locale

blueprint = APIBlueprint("pay", __name__, enable_openapi=False)

STATIC = Path(__file__).parent.parent / "static"
FILES = {"pay.js": "text/javascript", "pay.css": "text/css"}
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)


@blueprint.get("/-/pay/<name>")
@blueprint.get(f"{STORE_PREFIX}/-/pay/<name>")
def pay(name: str) -> AnyResponse:
    """The code, or the way on when it is paid."""
    shown = pay_page.view(pay_links.read(name))
    if shown.status == "paid":
        return redirect(shown.paid_path, 303)
    language = shown.locale or locale()
    picture = segno.make(shown.payment.code or "", error="m", micro=False)
    drawn = picture.svg_inline(border=2, svgclass=None, lineclass=None, omitsize=True)
    page = render_template(
        "storefront/pay.html",
        locale=language,
        words=WORDS[language],
        shown=shown,
        drawn=Markup(drawn),  # noqa: S704 - drawn by segno, of squares
        state_path=f"{pay_links.PATH}{name}/state",
        price=partial(money.display, locale=language),
        address=_address,
    )
    return _private(make_response(page))


@blueprint.get("/-/pay/<name>/state")
@blueprint.get(f"{STORE_PREFIX}/-/pay/<name>/state")
def pay_state(name: str) -> AnyResponse:
    """`status` is `open`, `paid` or `over`."""
    shown = pay_page.view(pay_links.read(name))
    return _private(jsonify(status=shown.status, left_seconds=shown.left_seconds))


@blueprint.get("/-/pay-page/<any('pay.js', 'pay.css'):file>")
@blueprint.get(f"{STORE_PREFIX}/-/pay-page/<any('pay.js', 'pay.css'):file>")
def pay_file(file: str) -> AnyResponse:
    """For ever when the address says what is in it."""
    response = make_response((STATIC / file).read_bytes())
    response.headers["Content-Type"] = f"{FILES[file]}; charset=utf-8"
    known = request.args.get("v") == _digest(file)
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if known else "no-cache"
    return response


def _private(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _address(file: str) -> str:
    return f"/-/pay-page/{file}?v={_digest(file)}"


@cache
def _digest(file: str) -> str:
    return hashlib.sha256((STATIC / file).read_bytes()).hexdigest()[:16]
