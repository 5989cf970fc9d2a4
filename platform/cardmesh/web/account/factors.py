"""Second factors of one's own: an authenticator app, recovery codes, passkeys."""

import segno
from flask import Response as FlaskResponse
from flask import redirect, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from ...identity.factors import passkeys, recovery, totp
from ...identity.factors import service as factors
from ...identity.models import Person
from ...kit.db import transaction
from ...kit.errors import MeshError
from ..common import forms
from ..common.console import done, person, refused, render
from ..common.limits import LOGIN, limiter
from ..common.step_up import step_up
from .me import HOME, note, scope
from .own import blueprint


@blueprint.post("/app")
@step_up
def app_begin() -> Response:
    try:
        with transaction(scope()) as session:
            totp.begin(session, person().person_id)
    except MeshError as error:
        return refused(error, HOME)
    return redirect(url_for("me.app"))


@blueprint.get("/app")
@step_up
def app() -> str:
    """The secret as a picture and in letters, until its first code is shown."""
    with transaction(scope()) as session:
        secret = totp.begun(session, person().person_id)
    picture = segno.make(totp.uri(secret, person().email), error="m", micro=False)
    drawn = picture.svg_inline(scale=5, border=2, svgclass="qr", lineclass=None, title="QR")
    return render("account/app.html", picture=Markup(drawn), secret=secret)  # noqa: S704 - drawn by segno, of squares


@blueprint.post("/app/confirm")
@limiter.limit(LOGIN)
@step_up
def app_confirm() -> Response | str:
    try:
        with transaction(scope()) as session:
            totp.confirm(session, person().person_id, forms.text(request.form, "code", required=True, most=20))
            codes = recovery.fresh(session, person().person_id)
            note(session, "person.app_added")
    except MeshError as error:
        return refused(error, "me.app")
    return render("account/codes.html", codes=codes)


@blueprint.post("/app/remove")
@step_up
def app_remove() -> Response:
    with transaction(scope()) as session:
        factors.drop_app(session, person().person_id)
        note(session, "person.app_removed")
    return done("验证器已移除", "The app is removed", HOME)


@blueprint.post("/codes")
@step_up
def codes_fresh() -> Response | str:
    with transaction(scope()) as session:
        if not factors.of(session, person().person_id).app:
            return redirect(url_for(HOME))
        codes = recovery.fresh(session, person().person_id)
        note(session, "person.codes_renewed")
    return render("account/codes.html", codes=codes)


@blueprint.post("/passkeys/options")
@step_up
def passkey_options() -> FlaskResponse:
    with transaction(scope()) as session:
        options = passkeys.ask_to_make(session, session.get_one(Person, person().person_id))
    return FlaskResponse(options, mimetype="application/json")


@blueprint.post("/passkeys")
@limiter.limit(LOGIN)
@step_up
def passkey_make() -> Response:
    try:
        with transaction(scope()) as session:
            name = forms.text(request.form, "name", most=60) or "Passkey"
            passkeys.make(session, person().person_id, request.form.get("answer", ""), name)
            note(session, "person.passkey_added")
    except MeshError as error:
        return refused(error, HOME)
    return done("通行密钥已添加", "The passkey is added", HOME)


@blueprint.post("/passkeys/<fingerprint>/remove")
@step_up
def passkey_remove(fingerprint: str) -> Response:
    with transaction(scope()) as session:
        passkeys.remove(session, person().person_id, fingerprint)
        note(session, "person.passkey_removed")
    return done("通行密钥已移除", "The passkey is removed", HOME)
