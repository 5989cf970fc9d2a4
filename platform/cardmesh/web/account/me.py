"""Security of one's own account: where one is signed in, password, address."""

from flask import redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ...identity.audit.service import record
from ...identity.factors import passkeys
from ...identity.factors import service as factors
from ...identity.models import Membership, Person
from ...identity.people import links
from ...identity.people import service as people
from ...identity.people.links import Purpose
from ...identity.sessions import service as sessions
from ...identity.staff import service as staff
from ...kit import tenancy
from ...kit.db import transaction
from ...kit.errors import MeshError, NotFound
from ...kit.ids import parse_id
from ...kit.tenancy import Scope
from ..common import forms
from ..common.console import done, person, refused, render
from ..common.devices import describe
from ..common.limits import LETTERS, LOGIN, PROOFS, by_email, limiter
from ..common.requests import actor_of
from ..common.step_up import step_up
from .door import enter, open_door, open_for
from .own import blueprint

HOME = "me.security"


def scope() -> Scope:
    """Sessions and proofs belong to nobody's party: the verbs are told whose they are."""
    return tenancy.platform(actor_of(person()))


def by_person() -> str:
    """Whoever sits at somebody's open session guesses no faster for many addresses."""
    return f"prove|{person().person_id}"


def note(session: Session, action: str) -> None:
    """In the trail of the party they work for here."""
    who = person()
    record(session, party_id=who.party_id, action=action, subject="person", subject_id=who.person_id)


@blueprint.get("/")
def security() -> str:
    with transaction(scope()) as session:
        devices = sessions.devices(session, person().person_id)
        known = factors.of(session, person().person_id)
        keys = passkeys.list_passkeys(session, person().person_id)
        parties = people.memberships(session, person().person_id)
        names = staff.party_names(session, parties)
    return render(
        "account/security.html",
        devices=devices,
        describe=describe,
        here=person().session_id,
        known=known,
        keys=keys,
        parties=[(party_key(row), row, names.get(row.party_id, "")) for row in parties],
    )


@blueprint.post("/sessions/<session_id>/end")
def session_end(session_id: str) -> Response:
    with transaction(scope()) as session:
        sessions.end_one(session, person_id=person().person_id, session_id=parse_id("ses", session_id))
    return done("该设备已退出", "That device is signed out", HOME)


@blueprint.post("/sessions/end-others")
def sessions_end_others() -> Response:
    with transaction(scope()) as session:
        sessions.end_others(session, person_id=person().person_id, session_id=person().session_id)
    return done("其他设备均已退出", "All other devices are signed out", HOME)


@blueprint.post("/parties")
def party_change() -> Response:
    """Another party that one works for, in a session of its own; the one before ends."""
    who = person()
    with transaction(scope()) as session:
        for membership in people.memberships(session, who.person_id):
            if request.form.get("party") == party_key(membership):
                sessions.end_one(session, person_id=who.person_id, session_id=who.session_id)
                return enter(open_for(session, membership, who.proved_at), membership)
    raise NotFound


@blueprint.post("/leave")
def party_leave() -> Response:
    """Out of the party that one works for here."""
    who = person()
    try:
        with transaction(scope()) as session:
            staff.remove(session, party=who.party, party_id=who.party_id, person_id=who.person_id)
    except MeshError as error:
        return refused(error, HOME)
    return redirect(url_for("account.sign_in"))


def party_key(membership: Membership) -> str:
    return f"{membership.party}:{membership.party_id}"


@blueprint.post("/password")
@limiter.limit(LOGIN)
@limiter.limit(PROOFS, key_func=by_person)
def password_change() -> Response:
    """Everybody is signed out, this browser begins anew."""
    who, form = person(), request.form
    try:
        with transaction(scope()) as session:
            known = people.authenticate(session, email=who.email, password=form.get("current", ""))
            people.set_password(session, person_id=known.id, password=form.get("password", ""))
            note(session, "person.password_changed")
            token, membership = open_door(session, known)
    except MeshError as error:
        return refused(error, HOME)
    response = done("密码已更改，其他设备均已退出", "Password changed; all other devices are signed out", HOME)
    return enter(token, membership, response.headers["Location"])


@blueprint.post("/email")
@limiter.limit(LETTERS, key_func=by_email)
@step_up
def email_change() -> Response:
    """The same answer whether somebody has the address or not."""
    try:
        with transaction(scope()) as session:
            email = forms.text(request.form, "email", required=True, most=254)
            people.ask_move(session, person_id=person().person_id, email=email)
    except MeshError as error:
        return refused(error, HOME)
    return done("确认信已寄往新邮箱", "A letter is on its way to the new address", HOME)


@blueprint.get("/email/<token>")
def email_confirm(token: str) -> str:
    """A look at the link changes nothing: mail servers open links, too."""
    with transaction(scope()) as session:
        wanted = _own_link(session, token).wanted_email
    return render("account/email.html", wanted=wanted)


@blueprint.post("/email/<token>")
@limiter.limit(LOGIN)
def email_confirm_submit(token: str) -> Response:
    try:
        with transaction(scope()) as session:
            people.move(session, _own_link(session, token))
    except MeshError as error:
        return refused(error, HOME)
    return done("登录邮箱已更改", "You sign in with the new address from now on", HOME)


def _own_link(session: Session, token: str) -> Person:
    """Raises NotFound for what is no link of the person who is signed in."""
    found = links.open_link(session, token, Purpose.EMAIL)
    if found.id != person().person_id:
        raise NotFound
    return found
