"""Show once more who one is, before keys are revealed and money leaves."""

from collections.abc import Mapping

from flask import Response as FlaskResponse
from flask import redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ...identity.factors import passkeys
from ...identity.factors import service as factors
from ...identity.models import Party
from ...identity.people import service as people
from ...identity.sessions import service as sessions
from ...kit.db import transaction
from ...kit.errors import MeshError
from ..common.console import HOME, person, refused, render
from ..common.limits import LOGIN, PROOFS, limiter
from .door import local
from .me import by_person, scope
from .own import blueprint


@blueprint.get("/prove")
def prove() -> str:
    with transaction(scope()) as session:
        known = factors.of(session, person().person_id)
    return render("account/prove.html", next=local(request.values.get("next")), known=known)


@blueprint.post("/prove")
@limiter.limit(LOGIN)
@limiter.limit(PROOFS, key_func=by_person)
def prove_submit() -> Response:
    target = local(request.form.get("next"))
    try:
        with transaction(scope()) as session:
            _show(session, request.form)
            sessions.prove(session, person_id=person().person_id, session_id=person().session_id)
    except MeshError as error:
        return refused(error, "me.prove")
    return redirect(target or url_for(HOME[Party(person().party)]))


@blueprint.post("/prove/options")
def prove_options() -> FlaskResponse:
    with transaction(scope()) as session:
        options = passkeys.ask_to_sign(session, person().person_id)
    return FlaskResponse(options, mimetype="application/json")


def _show(session: Session, form: Mapping[str, str]) -> None:
    """A passkey, a code, or the password. Raises WrongCode, WrongCredentials."""
    if answer := form.get("answer"):
        passkeys.check(session, answer, person().person_id)
    elif code := form.get("code"):
        factors.show(session, person().person_id, code)
    else:
        people.authenticate(session, email=person().email, password=form.get("password", ""))
