"""What the three consoles share: who is signed in, the navigation, rendering in two languages, forms safe from CSRF."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

from flask import (
    Blueprint,
    Flask,
    Request,
    current_app,
    flash,
    g,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_wtf.csrf import CSRFProtect
from werkzeug.wrappers import Response

from ...identity.factors import service as factors
from ...identity.models import Party
from ...identity.sessions.service import SignedIn, find_session
from ...identity.settings import service as settings
from ...kit import runtime, tenancy
from ...kit.db import transaction
from ...kit.errors import Forbidden, MeshError, NotFound
from ...kit.i18n import Text
from ...kit.tenancy import Scope
from . import format as formats
from . import names
from .requests import actor_of, locale
from .roles import may_see, may_use, require_role

P = ParamSpec("P")
R = TypeVar("R")

csrf = CSRFProtect()

STALE = "version_mismatch"
FACES = {Party.PLATFORM: "admin", Party.SUPPLIER: "supplier", Party.DISTRIBUTOR: "distributor"}
HOME = {Party.PLATFORM: "admin.home", Party.SUPPLIER: "supplier.home", Party.DISTRIBUTOR: "distributor.home"}


@dataclass(frozen=True)
class NavItem:
    """A line of a console's navigation. `endpoint` is the screen it opens; `group` what it stands beneath."""

    endpoint: str
    zh: str
    en: str
    icon: str
    group: Text | None = None

    @property
    def section(self) -> str:
        """Screens whose endpoint starts with this belong to the item."""
        return self.endpoint.removesuffix("_list").removesuffix("s")


def group(title: Text, *items: NavItem) -> Sequence[NavItem]:
    """Lines that belong together."""
    return [replace(item, group=title) for item in items]


def face_of(party: str) -> str:
    """The name of a party's console."""
    return HOME[Party(party)].partition(".")[0]


NAVIGATION: dict[str, Sequence[NavItem]] = {}
"""Each console's own lines; filled by its package."""


def cookie_name() -> str:
    """`__Host-` binds the cookie to this very host; browsers demand HTTPS for it."""
    return "__Host-signed-in" if runtime.current().settings.public_scheme == "https" else "signed-in"


def person() -> SignedIn:
    """Who is signed in; only inside a guarded view."""
    return cast(SignedIn, g.person)


def find_person() -> SignedIn | None:
    """Who the session cookie belongs to, if anybody."""
    token = request.cookies.get(cookie_name())
    if not token:
        return None
    with transaction(tenancy.public()) as session:
        return find_session(session, token)


def scope() -> Scope:
    """The signed-in person's own rows; a visitor of the platform's reads them, and no more."""
    who = person()
    own = _scope_of(who)
    return replace(own, read_only=True) if who.visiting else own


def _scope_of(who: SignedIn) -> Scope:
    if who.party == Party.PLATFORM:
        return tenancy.platform(actor_of(who))
    if who.party == Party.SUPPLIER:
        return tenancy.supplier(who.party_id, actor_of(who))
    return tenancy.tenant(who.party_id, actor_of(who))


def trade_scope() -> Scope:
    """A distributor's own rows and what selling needs (refunds, reveals)."""
    return replace(tenancy.trade(person().party_id, actor_of(person())), read_only=person().visiting)


def guard(blueprint: Blueprint, party: Party) -> None:
    """Only members of `party` get in; others are sent to sign in. The rest of the roles come with their screens."""

    @blueprint.before_request
    def _check() -> Response | None:
        who = find_person()
        if who is None:
            target = request.full_path if request.method == "GET" else None
            return redirect(url_for("account.sign_in", next=target))
        if who.party != party and who.visiting:
            return redirect(url_for(HOME[Party(who.party)]))
        if who.party != party:
            raise NotFound
        g.person = who
        require_role(who.role, str(request.endpoint), request.method)
        return _led_to_second_factor(who)


def _led_to_second_factor(who: SignedIn) -> Response | None:
    """The platform's people set one up before anything else, where the settings demand it."""
    if who.party != Party.PLATFORM:
        return None
    with transaction(tenancy.public()) as session:
        if not settings.read(session).second_factor or factors.has_any(session, who.person_id):
            return None
    flash(t("平台要求二次验证：请先添加验证器或通行密钥", "Add an authenticator app or a passkey first"), "warning")
    return redirect(url_for("me.security"))


def may(*roles: str) -> bool:
    """Whether the signed-in person has one of these roles, or is the owner."""
    return person().role in ("owner", *roles)


def usable(endpoint: str) -> bool:
    """Whether the signed-in person may send what a verb takes: pages offer nothing else."""
    return may_use(person().role, endpoint)


def allow(*roles: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Only these roles (and the owner) may; others see Forbidden and nothing happens."""

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            if not may(*roles):
                raise Forbidden
            return view(*args, **kwargs)

        guarded.roles = roles  # pyright: ignore[reportAttributeAccessIssue] - the matrix is made of these
        return guarded

    return decorate


def t(zh: str, en: str, **params: object) -> str:
    """A text in the reader's language: `t("订单", "Orders")`. Both are always there, so neither can be forgotten."""
    return Text(zh, en).render(locale(), **params)


def render(template: str, **context: Any) -> str:
    """A console page."""
    who = person()
    return render_template(template, person=who, navigation=navigation(who), console=FACES[Party(who.party)], **context)


def navigation(who: SignedIn) -> Sequence[NavItem]:
    """What this person may open."""
    return [item for item in NAVIGATION.get(who.party, ()) if may_see(who.role, item.endpoint)]


def done(zh: str, en: str, endpoint: str, **values: Any) -> Response:
    """After a change: say so on the next page."""
    flash(t(zh, en), "success")
    return redirect(url_for(endpoint, **values))


def refused(error: MeshError, endpoint: str, **values: Any) -> Response:
    """After a refusal: the screen `endpoint` with the reason and what was typed; nothing was changed.

    Not a redirect: what people type may be long or personal, and has no business in an address. Somebody else's change
    in the meantime is shown instead of what was typed. What is not there has no screen: raises NotFound.
    """
    _tell(error)
    if error.code != STALE:
        keep_typed()
    g.screen = url_for(endpoint, **values)
    return make_response(current_app.view_functions[endpoint](**values), error.status)


def sent_back(error: MeshError, endpoint: str, **values: Any) -> Response:
    """After a refusal: to a screen whose address says what was typed, such as a preview's."""
    _tell(error)
    return redirect(url_for(endpoint, **values))


def _tell(error: MeshError) -> None:
    if isinstance(error, NotFound):
        raise error
    g.faults = {field.pointer.rpartition("/")[2]: field.message(locale()) for field in error.errors}
    details = ("；" if locale() == "zh-CN" else "; ").join(field.message(locale()) for field in error.errors[:3])
    flash(details or _message(error), "danger")


def _message(error: MeshError) -> str:
    """For people: a state goes by its name, not by its code."""
    states = {name: str(error.params[name]).split(" / ") for name in ("state", "allowed") if name in error.params}
    named = {name: " / ".join(map(formats.state_name, codes)) for name, codes in states.items()}
    return error.text.render(locale(), **{**error.params, **named})


def keep_typed() -> None:
    """The screen that answers this form shows it as it was sent."""
    g.typed_at = request.path


def typed(name: str, value: Any = "", at: str | None = None) -> Any:
    """What a refused form said, else `value`. `at`: the form's address, where several of a page have such a field."""
    sent = g.get("typed_at")
    return request.form.get(name, value) if sent and at in (None, sent) else value


def fault(name: str, at: str | None = None) -> str:
    """What is wrong with a field of a refused form; `at` as in `typed`."""
    sent = g.get("typed_at")
    return g.get("faults", {}).get(name, "") if sent and at in (None, sent) else ""


def ticked(name: str, value: str, otherwise: bool = False) -> bool:
    """Whether this box was ticked in a refused form; `otherwise` when none was refused."""
    return value in request.form.getlist(name) if g.get("typed_at") else otherwise


class FormSessions(SecureCookieSessionInterface):
    """Flask's own cookie, read only where one was sent: a program's request brings none."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if self.get_cookie_name(app) in request.cookies:
            return super().open_session(app, request)
        return self.session_class()


def register(app: Flask) -> None:
    """Filters, globals and CSRF protection for every page; Flask's own cookie carries only the form's secret."""
    secure = runtime.current().settings.public_scheme == "https"
    app.config.update(
        SESSION_COOKIE_NAME="__Host-form" if secure else "form",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_SAMESITE="Lax",
    )
    app.session_interface = FormSessions()
    csrf.init_app(app)
    formats.register(app)
    names.register(app)
    app.jinja_env.filters.update(face=face_of)
    app.jinja_env.globals.update(t=t, current_locale=locale, may=may, usable=usable)
    app.jinja_env.globals.update(typed=typed, ticked=ticked, fault=fault)
