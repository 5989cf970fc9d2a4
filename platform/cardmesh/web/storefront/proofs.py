"""The buyer's proof that a key was sold once: by the store's API, and on a page that checks it in the browser.

The page is the platform's own, not the theme's: what it says must not be a store's to change.
"""

from pathlib import Path

from flask import Response, make_response, render_template, request

from ...kit import tenancy
from ...kit.db import transaction
from ...kit.errors import NotFound
from ...provenance import proofs
from ...stores import directory
from ..common.limits import READ, from_inside, limiter
from ..common.log_shapes import ConsistencyOut, ConsistencyQuery, OrderProofsOut, ProofsQuery, hexes, order_proofs
from ..common.requests import locale
from ..hosts import STORE_HOST
from .blueprint import blueprint, selling
from .orders import own_order
from .pages import pages
from .proof_words import WORDS

STATIC = Path(__file__).parent.parent / "static"
FILES = {"proof.js": "text/javascript", "proof.css": "text/css"}
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)


@blueprint.get("/orders/<number>/proofs")
@blueprint.input(ProofsQuery, location="query")
@blueprint.output(OrderProofsOut)
@limiter.limit(READ, exempt_when=from_inside)
def get_proofs(number: str, query_data: ProofsQuery) -> OrderProofsOut:
    """What the public log tells of the order's keys, with proofs, for whoever holds its token (X-Order-Token)."""
    with transaction(selling()) as session:
        return order_proofs(session, own_order(session, number), query_data)


@blueprint.get("/log/consistency")
@blueprint.input(ConsistencyQuery, location="query")
@blueprint.output(ConsistencyOut)
@limiter.limit(READ, exempt_when=from_inside)
def get_consistency(query_data: ConsistencyQuery) -> ConsistencyOut:
    """The proof that the log only grew since the buyer's browser last saw it."""
    first, second = query_data.first, query_data.second
    with transaction(tenancy.public()) as session:
        path = proofs.consistency(session, first=first, second=second)
    return ConsistencyOut(first=first, second=second, path=hexes(path))


@pages.get("/-/proof")
def show_proof() -> Response:
    """The page; which order it is for stays in the browser."""
    store = directory.resolve(request.environ.get(STORE_HOST, ""))
    if store is None:
        raise NotFound
    chosen = request.args.get("lang", "")
    language = chosen if chosen in ("zh-CN", "en") else locale()
    page = render_template("storefront/proof.html", locale=language, words=WORDS[language], name=store.name)
    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Security-Policy"] = POLICY
    return response


@pages.get("/-/<any('proof.js', 'proof.css'):name>")
def show_file(name: str) -> Response:
    response = make_response((STATIC / name).read_bytes())
    response.headers["Content-Type"] = f"{FILES[name]}; charset=utf-8"
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response
