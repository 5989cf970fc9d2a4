"""Set a first or a new password by the link of a letter."""

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ...identity.people import links
from ...identity.people import service as people
from ...kit import tenancy
from ...kit.db import transaction
from ...kit.errors import MeshError
from ..common.console import t
from ..common.limits import LETTERS, LOGIN, by_email, limiter
from ..common.requests import locale
from .door import blueprint


@blueprint.get("/set-password/<token>")
def set_password(token: str) -> str:
    with transaction(tenancy.public()) as session:
        person = links.open_link(session, token)
    return render_template("account/set_password.html", email=person.email, minimum=people.MIN_PASSWORD)


@blueprint.post("/set-password/<token>")
@limiter.limit(LOGIN)
def set_password_submit(token: str) -> Response:
    try:
        with transaction(tenancy.public()) as session:
            person = links.open_link(session, token)
            people.set_password(session, person_id=person.id, password=request.form.get("password", ""))
    except MeshError as error:
        flash(error.message(locale()), "danger")
        return redirect(url_for("account.set_password", token=token))
    flash(t("密码已设置，请登录", "Your password is set; sign in with it"), "success")
    return redirect(url_for("account.sign_in"))


@blueprint.get("/forgot")
def forgot() -> str:
    return render_template("account/forgot.html")


@blueprint.post("/forgot")
@limiter.limit(LOGIN)
@limiter.limit(LETTERS, key_func=by_email)
def forgot_submit() -> str:
    """The same page whether somebody has the address or not."""
    email = request.form.get("email", "").strip()[:254]
    with transaction(tenancy.public()) as session:
        people.ask_reset(session, email)
    again = url_for("account.forgot_submit")
    return render_template("account/sent.html", email=email, again=again, back="account.forgot")
