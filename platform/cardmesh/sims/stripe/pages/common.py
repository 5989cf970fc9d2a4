"""What all pages share: language, security headers, rendering, the context of an object."""

from pathlib import Path
from typing import Any

from flask import Response, make_response, render_template, request

from ..context import Context
from ..money import display
from ..sim import Sim
from ..store import Doc
from .texts import LANGUAGES, TEXTS

HERE = Path(__file__).parent
# form-action stays open to redirects: a paid form answers with a redirect to the shop, which browsers check against it.
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; base-uri 'none'; "
    "frame-ancestors 'none'"
)


def language(preferred: str | None = None) -> str:
    """zh or en: what the shop asked for, else what the browser speaks."""
    if preferred and preferred != "auto":
        return "zh" if preferred.startswith("zh") else "en"
    best = request.accept_languages.best_match(["zh-CN", "zh", "en"], "en")
    return "zh" if str(best).startswith("zh") else "en"


def page(template: str, lang: str, status: int = 200, **values: Any) -> Response:
    """Render with texts `t` of the language and the headers every page carries."""
    locale = {"zh": "zh_Hans_CN", "en": "en_US"}[lang]
    html = render_template(
        template, t=TEXTS[lang], lang=LANGUAGES[lang],
        money=lambda amount, currency: display(amount, currency, locale), **values,
    )  # fmt: skip
    response = make_response(html, status)
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    response.headers["Vary"] = "Accept-Language"
    return response


def missing(lang: str) -> Response:
    return page("message.html", lang, 404, title="not_found_title", body="not_found_body", back=None)


def owned(sim: Sim, kind: str, id: str) -> tuple[Context, Doc] | None:
    """An object and the context of its account; None for any id that is not of this kind."""
    row = sim.store.row(id)
    if row is None or row["kind"] != kind:
        return None
    sim.reached_at(request.host_url.rstrip("/"))
    return sim.context_of(id), sim.store.load(id)
