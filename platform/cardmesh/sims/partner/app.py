"""The page: an article with goods between its lines, pasted as the distributor's console writes them."""

import json
import re
from pathlib import Path

from flask import Flask, Response, abort, make_response, render_template, request

from .texts import TEXTS

STORE = re.compile(r"http://[a-z0-9-]{1,40}\.localhost(:[0-9]{1,5})?")
"""Only stores of this machine: the page loads their script."""
GOODS = re.compile(r"[a-z0-9_,]{0,1000}")
WORD = re.compile(r"[A-Za-z0-9-]{0,60}")
PLAIN = ("category", "look", "mode", "lang")
CREDENTIALS = "dev-credentials.json"


def create_partner(data_dir: Path | None, store: str | None = None) -> Flask:
    """The WSGI application; `store` is the address shown when none is asked for."""
    app = Flask("cardmesh_partner_sim", root_path=str(Path(__file__).parent), static_url_path="/assets")

    @app.get("/")
    def page() -> Response:
        shop = request.args.get("store") or store or _first_store(data_dir)
        if shop is not None and not STORE.fullmatch(shop):
            abort(400)
        lang = _wish("lang", WORD) or request.accept_languages.best_match(["zh-CN", "zh", "en"], "en")
        lang = "zh-CN" if lang.startswith("zh") else "en"
        wishes = {name: value for name in PLAIN if (value := _wish(name, WORD))}
        goods = _wish("goods", GOODS)
        made = render_template(
            "page.html", t=TEXTS[lang], lang=lang, shop=shop, goods=goods, wishes=wishes | {"lang": lang}
        )
        return _answer(made, shop or "")

    return app


def _wish(name: str, form: re.Pattern[str]) -> str:
    value = request.args.get(name, "")
    return value if form.fullmatch(value) else ""


def _first_store(data_dir: Path | None) -> str | None:
    """Of the demo world, if there is one."""
    path = data_dir / CREDENTIALS if data_dir else None
    if path is None or not path.exists():
        return None
    stores = [one["store_url"] for one in json.loads(path.read_text()).get("distributors", [])]
    return stores[0] if stores else None


def _answer(page: str, shop: str) -> Response:
    """With a policy as a careful site has it: the store's script and frame, and nothing else from elsewhere."""
    response, theirs = make_response(page), shop or "'none'"
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'self' {shop}; script-src {theirs}; frame-src {theirs};"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response
