"""Strangers become suppliers and distributors: ask, answer the letter, set a password, begin."""

from flask import flash, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ...identity.models import Membership, Party, PartyStatus, Person
from ...identity.people import service as people
from ...identity.settings import service as settings
from ...identity.sign_up import service as sign_up
from ...identity.sign_up.models import SignUp
from ...identity.suppliers import service as suppliers
from ...kit import runtime, tenancy
from ...kit.db import transaction
from ...kit.errors import MeshError, NotFound
from ...kit.tenancy import Actor
from ...stores import opening
from ..common import forms
from ..common.console import t
from ..common.limits import LETTERS, LOGIN, by_email, limiter
from ..common.requests import client_ip, locale
from .door import blueprint, enter, open_door


@blueprint.get("/sign-up")
def sign_up_page() -> str:
    with transaction(tenancy.public()) as session:
        is_open = settings.read(session).sign_up
    party = request.args.get("as")
    return render_template("account/sign_up.html", is_open=is_open, party=party if party == Party.SUPPLIER else None)


@blueprint.post("/sign-up")
@limiter.limit(LOGIN)
@limiter.limit(LETTERS, key_func=by_email)
def sign_up_submit() -> tuple[str, int] | str:
    """The same page whether somebody has the address or not."""
    form = request.form
    try:
        with transaction(tenancy.public()) as session:
            sign_up.ask(
                session,
                email=forms.text(form, "email", required=True, most=254),
                party=forms.choice(form, "party", sign_up.PARTIES),
                name=forms.text(form, "name", required=True, most=200),
                locale=locale(),
            )
    except MeshError as error:
        flash(_told(error), "danger")
        return render_template("account/sign_up.html", is_open=True, party=form.get("party")), error.status
    return _sent()


@blueprint.post("/sign-up/resend")
@limiter.limit(LOGIN)
@limiter.limit(LETTERS, key_func=by_email)
def sign_up_resend() -> str:
    with transaction(tenancy.public()) as session:
        sign_up.resend(session, request.form.get("email", "").strip()[:254])
    return _sent()


@blueprint.get("/sign-up/confirm/<token>")
def sign_up_confirm(token: str) -> tuple[str, int] | str:
    """A look at the link changes nothing: mail servers open links, too."""
    try:
        with transaction(tenancy.platform()) as session:
            return _confirm_page(sign_up.open_link(session, token))
    except NotFound:
        return render_template("account/link_over.html"), 404


@blueprint.post("/sign-up/confirm/<token>")
@limiter.limit(LOGIN)
def sign_up_confirm_submit(token: str) -> Response | tuple[str, int]:
    try:
        with transaction(tenancy.platform()) as session:
            row = sign_up.open_link(session, token)
    except NotFound:
        return render_template("account/link_over.html"), 404
    try:
        with transaction(tenancy.platform(Actor("person", ip=client_ip(), name=row.email))) as session:
            cookie, membership = _begin(session, sign_up.open_link(session, token))
    except MeshError as error:
        flash(_told(error), "danger")
        return _confirm_page(row), error.status
    return enter(cookie, membership)


def _begin(session: Session, row: SignUp) -> tuple[str, Membership]:
    """The person and their party, all or nothing; signed in."""
    party, name = row.party, forms.text(request.form, "name", required=True, most=200)
    person = sign_up.complete(session, row, password=request.form.get("password", ""))
    if party == Party.SUPPLIER:
        _open_supplier(session, person, name)
    else:
        handle = forms.text(request.form, "handle", required=True, most=40).lower()
        tenant = opening.open_shop(session, name=name, handle=handle, locale=person.locale).tenant
        people.join(session, person_id=person.id, party=Party.DISTRIBUTOR, party_id=tenant.id)
    return open_door(session, person)


def _open_supplier(session: Session, person: Person, name: str) -> None:
    waits = settings.read(session).supplier_review
    status = PartyStatus.PENDING if waits else PartyStatus.ACTIVE
    supplier = suppliers.create_supplier(session, name=name, email=person.email, status=status)
    people.join(session, person_id=person.id, party=Party.SUPPLIER, party_id=supplier.id)


def _confirm_page(row: SignUp) -> str:
    netloc = runtime.current().settings.public_netloc
    return render_template("account/confirm.html", row=row, form=request.form, suffix=f".{netloc}")


def _sent() -> str:
    email = request.form.get("email", "").strip()[:254]
    again = url_for("account.sign_up_resend")
    return render_template("account/sent.html", email=email, again=again, back="account.sign_up_page")


def _told(error: MeshError) -> str:
    details = [field.message(locale()) for field in error.errors[:3]]
    return t("；", "; ").join(details) or error.message(locale())
