"""Sign in and out, choose language and look."""

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ...identity.errors import WrongCredentials
from ...identity.factors import service as factors
from ...identity.models import Party
from ...identity.people import service as people
from ...identity.sessions import service as sessions
from ...identity.sessions.service import SignedIn
from ...identity.settings import service as settings
from ...identity.visits import service as visits
from ...kit import runtime, tenancy
from ...kit.db import transaction
from ...kit.ids import public_id
from ...kit.tenancy import Actor, Realm, Scope
from ..common.console import HOME, cookie_name, find_person
from ..common.limits import GUESSES, LOGIN, by_email, limiter
from ..common.requests import actor_of, client_ip, locale
from . import second_step
from .door import blueprint, enter, local, open_door

_YEAR = 365 * 24 * 3600


@blueprint.get("/")
def home() -> Response:
    """To the signed-in person's console, else to the door."""
    who = find_person()
    return redirect(url_for(HOME[Party(who.party)] if who else "account.sign_in"))


@blueprint.get("/sign-in")
def sign_in() -> str:
    return _page(request.args.get("next"))


@blueprint.post("/sign-in")
@limiter.limit(LOGIN)
@limiter.limit(GUESSES, key_func=by_email)
def sign_in_submit() -> Response | tuple[str, int]:
    email, password = request.form.get("email", "").strip(), request.form.get("password", "")
    scope = Scope(Realm.PUBLIC, actor=Actor("person", ip=client_ip(), name=email[:254]))
    try:
        with transaction(scope) as session:
            person = people.authenticate(session, email=email, password=password)
            if factors.has_any(session, person.id):
                return second_step.ask(person, request.form.get("next"))
            token, membership = open_door(session, person)
    except WrongCredentials as error:
        flash(error.message(locale()), "danger")
        return _page(request.form.get("next"), email), 401
    return enter(token, membership, request.form.get("next"))


@blueprint.post("/sign-out")
def sign_out() -> Response:
    if token := request.cookies.get(cookie_name()):
        with transaction(tenancy.public()) as session:
            sessions.end_session(session, token)
    response = redirect(url_for("account.sign_in"))
    response.delete_cookie(cookie_name(), secure=runtime.current().settings.public_scheme == "https", httponly=True)
    return response


@blueprint.post("/visit/end")
def visit_end() -> Response:
    """Out of the merchant's console, back to the platform's."""
    who = find_person()
    if who is None:
        return redirect(url_for("account.sign_in"))
    if not who.visiting:
        return redirect(url_for(HOME[Party(who.party)]))
    with transaction(tenancy.platform(actor_of(who))) as session:
        visits.end(session, who)
    return redirect(_where_it_began(who))


def _where_it_began(who: SignedIn) -> str:
    if who.party == Party.DISTRIBUTOR:
        return url_for("admin.tenant", tenant_id=public_id("ten", who.party_id))
    return url_for("admin.suppliers_list")


@blueprint.post("/preferences")
def preferences() -> Response:
    """Language and look, kept in cookies."""
    response = redirect(local(request.form.get("next")) or "/")
    for name, allowed in (("locale", ("zh-CN", "en")), ("theme", ("light", "dark", "auto"))):
        if (value := request.form.get(name, "")) in allowed:
            response.set_cookie(name, value, max_age=_YEAR, samesite="Lax")
    return response


def _page(target: str | None, email: str = "") -> str:
    with transaction(tenancy.public()) as session:
        open_to_all = settings.read(session).sign_up
    return render_template("account/sign_in.html", next=local(target), email=email, sign_up=open_to_all)
