"""Sign in and out, set a password, choose language and look."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from apiflask import APIBlueprint
from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ...identity.errors import WrongCredentials
from ...identity.models import Membership, Party
from ...identity.people import links
from ...identity.people import service as people
from ...identity.sessions import service as sessions
from ...kit import runtime, tenancy
from ...kit.db import transaction
from ...kit.errors import MeshError
from ...kit.tenancy import Actor, Realm, Scope
from ..common.console import HOME, cookie_name, find_person, t
from ..common.limits import LOGIN, limiter
from ..common.requests import client_ip, locale

blueprint = APIBlueprint("account", __name__, enable_openapi=False)
_YEAR = 365 * 24 * 3600


@blueprint.get("/")
def home() -> Response:
    """To the signed-in person's console, else to the door."""
    who = find_person()
    return redirect(url_for(HOME[Party(who.party)] if who else "account.sign_in"))


@blueprint.get("/sign-in")
def sign_in() -> str:
    return render_template("account/sign_in.html", next=_local(request.args.get("next")))


@blueprint.post("/sign-in")
@limiter.limit(LOGIN)
def sign_in_submit() -> Response | tuple[str, int]:
    email, password = request.form.get("email", "").strip(), request.form.get("password", "")
    scope = Scope(Realm.PUBLIC, actor=Actor("person", ip=client_ip(), name=email[:254]))
    try:
        with transaction(scope) as session:
            person = people.authenticate(session, email=email, password=password)
            membership = _first(people.memberships(session, person.id))
            token = sessions.open_session(
                session, membership=membership, user_agent=request.user_agent.string, ip=client_ip()
            )
    except WrongCredentials as error:
        flash(error.message(locale()), "danger")
        page = render_template("account/sign_in.html", next=_local(request.form.get("next")), email=email)
        return page, 401
    response = redirect(_local(request.form.get("next")) or url_for(HOME[Party(membership.party)]))
    secure = runtime.current().settings.public_scheme == "https"
    lifetime = int(sessions.LIFETIME.total_seconds())
    response.set_cookie(cookie_name(), token, max_age=lifetime, httponly=True, samesite="Lax", secure=secure)
    return response


@blueprint.post("/sign-out")
def sign_out() -> Response:
    if token := request.cookies.get(cookie_name()):
        with transaction(tenancy.public()) as session:
            sessions.end_session(session, token)
    response = redirect(url_for("account.sign_in"))
    response.delete_cookie(cookie_name(), secure=runtime.current().settings.public_scheme == "https", httponly=True)
    return response


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


@blueprint.post("/preferences")
def preferences() -> Response:
    """Language and look, kept in cookies."""
    response = redirect(_local(request.form.get("next")) or "/")
    for name, allowed in (("locale", ("zh-CN", "en")), ("theme", ("light", "dark", "auto"))):
        if (value := request.form.get(name, "")) in allowed:
            response.set_cookie(name, value, max_age=_YEAR, samesite="Lax")
    return response


def _first(memberships: Sequence[Membership]) -> Membership:
    """The party a person works for. Somebody without one has nothing to sign in to."""
    for membership in memberships:
        return membership
    raise WrongCredentials


def _local(target: str | None) -> str | None:
    """`target` when it is a path of ours: a sign-in link must not lead elsewhere."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return None
    parts = urlsplit(target)
    return target if not parts.scheme and not parts.netloc else None
