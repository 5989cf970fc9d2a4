"""The outbox page: list, search by recipient, one message, and `/messages.json?to=` for programs."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

from flask import Flask, Response, abort, jsonify, make_response, render_template, request

from .content import attachments, linked, part
from .store import PAGE_SIZE, Mail, MailStore
from .texts import TEXTS

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-src 'self'; form-action 'self'; "
    "base-uri 'none'"
)
# A framed mail runs no script, loads nothing from anywhere, and opens its links in a new tab.
FRAME_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
)
LANGUAGES = {"zh": "zh-CN", "en": "en"}


def create_outbox(store: MailStore) -> Flask:
    """The WSGI application over one store."""
    app = Flask("cardmesh_mail_sim", root_path=str(Path(__file__).parent), static_url_path="/assets")
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    views = Outbox(store)
    app.add_url_rule("/", view_func=views.index)
    app.add_url_rule("/messages.json", view_func=views.as_json)
    app.add_url_rule("/messages/<int:id>", view_func=views.show)
    app.add_url_rule("/messages/<int:id>/html", view_func=views.frame)
    app.add_url_rule("/messages/<int:id>.eml", view_func=views.source)
    app.add_url_rule("/messages/<int:id>/attachments/<int:place>", view_func=views.attachment)
    app.before_request(_loopback_only)
    return app


def _loopback_only() -> None:
    """Mail holds goods: a foreign name that resolves to this machine must not read it."""
    host = (request.host or "").rsplit(":", 1)[0]
    if host not in ("127.0.0.1", "localhost") and not host.endswith(".localhost"):
        abort(403)


class Outbox:
    """The views."""

    def __init__(self, store: MailStore) -> None:
        self._store = store

    def index(self) -> Response:
        to, before = request.args.get("to", ""), request.args.get("before", type=int)
        found = self._store.search(to, before, PAGE_SIZE + 1)
        older = found[PAGE_SIZE - 1].id if len(found) > PAGE_SIZE else None
        return _page("index.html", messages=found[:PAGE_SIZE], to=to, older=older)

    def as_json(self) -> Response:
        """`?to=` any part of the address, `?limit=` up to 500; newest first."""
        limit = min(max(request.args.get("limit", PAGE_SIZE, type=int), 1), 500)
        found = self._store.search(request.args.get("to", ""), request.args.get("before", type=int), limit)
        return jsonify([_as_dict(mail) for mail in found])

    def show(self, id: int) -> Response:
        mail = self._store.get(id)
        if mail is None:
            return _page("missing.html", 404)
        parsed = mail.parsed
        text = part(parsed, "plain")
        return _page(
            "message.html", mail=mail, text=linked(text) if text is not None else None,
            has_html=part(parsed, "html") is not None, attachments=attachments(parsed), header_from=parsed["From"],
        )  # fmt: skip

    def frame(self, id: int) -> Response:
        html = part(self._mail(id).parsed, "html") or ""
        response = make_response(f'<base target="_blank">{html}')
        response.headers["Content-Security-Policy"] = FRAME_POLICY
        return _plain(response)

    def source(self, id: int) -> Response:
        response = make_response(self._mail(id).raw)
        response.headers["Content-Type"] = "message/rfc822"
        return _plain(response, f"message-{id}.eml")

    def attachment(self, id: int, place: int) -> Response:
        found = attachments(self._mail(id).parsed)
        if not 0 <= place < len(found):
            abort(404)
        response = make_response(found[place].content)
        response.headers["Content-Type"] = "application/octet-stream"
        return _plain(response, found[place].name)

    def _mail(self, id: int) -> Mail:
        mail = self._store.get(id)
        if mail is None:
            abort(404)
        return mail


def _as_dict(mail: Mail) -> dict[str, Any]:
    parsed = mail.parsed
    return {
        "id": mail.id, "received_at": mail.received_at.isoformat(), "from": mail.sender, "to": list(mail.recipients),
        "subject": mail.subject, "text": part(parsed, "plain"), "html": part(parsed, "html"),
        "attachments": [found.name for found in attachments(parsed)],
    }  # fmt: skip


def _page(template: str, status: int = 200, **values: Any) -> Response:
    best = request.accept_languages.best_match(["zh-CN", "zh", "en"], "en")
    lang = "zh" if str(best).startswith("zh") else "en"
    response = make_response(render_template(template, t=TEXTS[lang], lang=LANGUAGES[lang], **values), status)
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Vary"] = "Accept-Language"
    return _plain(response)


def _plain(response: Response, download: str | None = None) -> Response:
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    if download:
        response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(download, safe='')}"
    return response
