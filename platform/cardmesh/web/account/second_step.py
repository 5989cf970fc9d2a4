"""The second half of signing in: a code, a recovery code or a passkey. And a passkey alone, which is both halves."""

from flask import Response as FlaskResponse
from flask import flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from ...identity.factors import passkeys
from ...identity.factors import service as factors
from ...identity.models import Person
from ...identity.people import links
from ...identity.people.links import Purpose
from ...kit import tenancy
from ...kit.db import transaction
from ...kit.errors import MeshError, NotFound
from ..common.console import t
from ..common.limits import LOGIN, limiter
from ..common.requests import locale
from .door import blueprint, enter, local, open_door

HALF = "half"
"""In the form cookie, signed: who gave the right password a moment ago, for `links.SECOND_STEP`."""
CODES = "5 per minute; 30 per hour"


def ask(person: Person, target: str | None) -> Response:
    """The password was right: go on to the second step."""
    session[HALF] = links.make(person, Purpose.SECOND_STEP, links.SECOND_STEP)
    return redirect(url_for("account.second_step", next=local(target)))


def by_person() -> str:
    """Codes are guessed against one person, from wherever."""
    return f"second|{session.get(HALF, '').partition('.')[0]}"


@blueprint.get("/sign-in/second")
def second_step() -> Response | str:
    try:
        with transaction(tenancy.public()) as rows:
            known = factors.of(rows, links.open_link(rows, session.get(HALF, ""), Purpose.SECOND_STEP).id)
    except NotFound:
        return redirect(url_for("account.sign_in"))
    return render_template("account/second_step.html", known=known, next=local(request.args.get("next")))


@blueprint.post("/sign-in/second")
@limiter.limit(LOGIN)
@limiter.limit(CODES, key_func=by_person)
def second_step_submit() -> Response:
    target = local(request.form.get("next"))
    try:
        with transaction(tenancy.public()) as rows:
            person = links.open_link(rows, session.get(HALF, ""), Purpose.SECOND_STEP)
            if answer := request.form.get("answer"):
                passkeys.check(rows, answer, person.id)
            else:
                factors.show(rows, person.id, request.form.get("code", ""))
            token, membership = open_door(rows, person)
    except NotFound:
        flash(t("等待太久，请重新登录", "That took too long; please sign in again"), "danger")
        return redirect(url_for("account.sign_in"))
    except MeshError as error:
        flash(error.message(locale()), "danger")
        return redirect(url_for("account.second_step", next=target))
    session.pop(HALF)
    return enter(token, membership, target)


@blueprint.post("/sign-in/passkey/options")
@limiter.limit("30 per minute")
def passkey_options() -> FlaskResponse:
    """Of the person half-way in, else of whoever answers."""
    with transaction(tenancy.public()) as rows:
        try:
            person_id = links.open_link(rows, session.get(HALF, ""), Purpose.SECOND_STEP).id
        except NotFound:
            person_id = None
        options = passkeys.ask_to_sign(rows, person_id if "second" in request.form else None)
    return FlaskResponse(options, mimetype="application/json")


@blueprint.post("/sign-in/passkey")
@limiter.limit(LOGIN)
def passkey_submit() -> Response:
    try:
        with transaction(tenancy.public()) as rows:
            person_id = passkeys.check(rows, request.form.get("answer", ""))
            token, membership = open_door(rows, rows.get_one(Person, person_id))
    except MeshError:
        flash(t("通行密钥未被接受", "The passkey was not accepted"), "danger")
        return redirect(url_for("account.sign_in"))
    return enter(token, membership, request.form.get("next"))
