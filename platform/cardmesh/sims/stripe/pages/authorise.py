"""`/authorize/<intent>`: the bank's 3-D Secure page, or the wallet's – approve or fail."""

from urllib.parse import urlencode

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from ..context import Context
from ..resources import paying
from ..sim import Sim
from ..store import Doc
from .common import language, missing, owned, page
from .pay import after_paying


def blueprint(sim: Sim) -> Blueprint:
    pages = Blueprint("authorise", __name__, url_prefix="/authorize")

    @pages.get("/<id>")
    def show(id: str) -> Response:
        with sim.store.transaction():
            found = owned(sim, "payment_intent", id)
            return _show(*found) if found else missing(language())

    @pages.post("/<id>")
    def answer(id: str) -> Response:
        with sim.store.transaction():
            if not (found := owned(sim, "payment_intent", id)):
                return missing(language())
            ctx, intent = found
            return _onward(ctx, paying.authorise(ctx, intent, request.form.get("answer") == "approve"))

    return pages


def _show(ctx: Context, intent: Doc) -> Response:
    if intent["status"] != "requires_action":
        return _onward(ctx, intent)
    session = _session(ctx, intent)
    method = ctx.store.load(intent["payment_method"])
    lang = language(session["locale"] if session else None)
    return page("authorise.html", lang, intent=intent, method=method)


def _onward(ctx: Context, intent: Doc) -> Response:
    """Back to the shop when paid, back to the pay page when not; API intents go to their return_url."""
    session = _session(ctx, intent)
    if session:
        paid = session["status"] == "complete"
        return redirect(after_paying(session) if paid else f"/c/pay/{session['id']}", 303)
    outcome = {
        "payment_intent": intent["id"], "payment_intent_client_secret": intent["client_secret"],
        "redirect_status": "succeeded" if intent["status"] in ("succeeded", "requires_capture") else "failed",
    }  # fmt: skip
    url = ctx.store.hidden(intent["id"])["return_url"]
    return redirect(f"{url}{'&' if '?' in url else '?'}{urlencode(outcome)}", 303)


def _session(ctx: Context, intent: Doc) -> Doc | None:
    id = ctx.store.hidden(intent["id"]).get("session")
    return ctx.store.load(id) if id else None
