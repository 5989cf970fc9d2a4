"""`/c/pay/<session>`: the hosted page. Submitting twice, or in two tabs, charges once: a session completes once."""

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from .. import checkout
from ..context import Context
from ..resources.payment_methods import WALLETS
from ..sim import Sim
from ..store import Doc
from .card_form import CardForm, read
from .common import language, missing, owned, page

SESSION = "checkout.session"
EMPTY = CardForm("", "", "", "", "")
SHOWN_CARDS = (
    ("4242 4242 4242 4242", "card_ok"), ("4000 0000 0000 0002", "card_declined"),
    ("4000 0000 0000 9995", "card_funds"), ("4000 0025 0000 3155", "card_3ds"),
)  # fmt: skip


def blueprint(sim: Sim) -> Blueprint:
    pages = Blueprint("pay", __name__, url_prefix="/c/pay")

    @pages.get("/<id>")
    def show(id: str) -> Response:
        with sim.store.transaction():
            found = owned(sim, SESSION, id)
            return _show(*found) if found else missing(language())

    @pages.post("/<id>")
    def submit(id: str) -> Response:
        with sim.store.transaction():
            found = owned(sim, SESSION, id)
            return _submit(*found) if found else missing(language())

    return pages


def after_paying(session: Doc) -> str:
    """Where a paid session sends the buyer."""
    return session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"])


def _show(ctx: Context, session: Doc) -> Response:
    lang = language(session["locale"])
    if session["status"] == "complete":
        return redirect(after_paying(session), 303)
    if session["status"] == "expired":
        return page("message.html", lang, 410, title="expired_title", body="expired_body", back=session["cancel_url"])
    filled = CardForm(session["customer_email"] or "", "", "", "", "")
    return _form(ctx, session, filled, {}, _last_error(ctx, session))


def _submit(ctx: Context, session: Doc) -> Response:
    method = request.form.get("method", "")
    if session["status"] != "open" or method not in session["payment_method_types"]:
        return _show(ctx, session)
    form = read(request.form.to_dict())
    if method in WALLETS:
        intent = checkout.submit_wallet(ctx, session, method, {"email": session["customer_email"]})
    else:
        if errors := form.errors():
            return _form(ctx, session, form, errors, None, status=422)
        billing = {"email": form.email, "name": form.name or None, "country": "US"}
        intent = checkout.submit_card(ctx, session, form.number, form.month_and_year, billing)
    if intent["status"] == "requires_action":
        return redirect(f"/authorize/{intent['id']}", 303)
    session = ctx.store.load(session["id"])
    if session["status"] == "complete":
        return redirect(after_paying(session), 303)
    return _form(ctx, session, form, {}, _last_error(ctx, session), status=402)


def _last_error(ctx: Context, session: Doc) -> str | None:
    """The text key of why the last attempt failed."""
    if not session["payment_intent"]:
        return None
    error = ctx.store.load(session["payment_intent"])["last_payment_error"]
    if not error:
        return None
    precise = error.get("decline_code")
    known = ("insufficient_funds", "test_mode_live_card")
    return f"error_{precise if precise in known else error['code']}"


def _form(ctx: Context, session: Doc, form: CardForm, errors: dict[str, str], problem: str | None,
          status: int = 200) -> Response:  # fmt: skip
    items = ctx.store.hidden(session["id"])["line_items"]
    return page(
        "pay.html", language(session["locale"]), status, session=session, items=items, form=form, errors=errors,
        problem=problem, test_cards=SHOWN_CARDS, wallets=[m for m in session["payment_method_types"] if m in WALLETS],
    )  # fmt: skip
