"""`/setup/<account>/<token>`: a connected account's onboarding, opened once by an account link; and receipts."""

from flask import Blueprint, redirect
from werkzeug.wrappers import Response

from ..resources import accounts
from ..sim import Sim
from .common import language, missing, owned, page


def blueprint(sim: Sim) -> Blueprint:
    pages = Blueprint("onboard", __name__)

    @pages.get("/setup/<account>/<token>")
    def show(account: str, token: str) -> Response:
        with sim.store.transaction():
            found = owned(sim, "account_link", f"alink_{token}")
            if not found:
                return missing(language())
            ctx, link = found
            if link["expires_at"] < ctx.now:
                return redirect(ctx.store.hidden(link["id"])["refresh_url"], 303)
            return page("onboard.html", language(), account=account)

    @pages.post("/setup/<account>/<token>")
    def finish(account: str, token: str) -> Response:
        with sim.store.transaction():
            found = owned(sim, "account_link", f"alink_{token}")
            if not found:
                return missing(language())
            ctx, link = found
            hidden = ctx.store.hidden(link["id"])
            accounts.onboard(ctx, hidden["account"])
            return redirect(hidden["return_url"], 303)

    @pages.get("/receipts/<id>")
    def receipt(id: str) -> Response:
        with sim.store.transaction():
            found = owned(sim, "charge", id)
            return page("receipt.html", language(), charge=found[1]) if found else missing(language())

    return pages
