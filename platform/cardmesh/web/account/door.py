"""Pages for everybody, and how one gets in: a session of ours and its cookie."""

from datetime import datetime
from urllib.parse import urlsplit

from apiflask import APIBlueprint
from flask import redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ...identity.errors import WrongCredentials
from ...identity.models import Membership, Party, Person
from ...identity.people import service as people
from ...identity.sessions import service as sessions
from ...kit import runtime
from ..common.console import HOME, cookie_name
from ..common.requests import client_ip

blueprint = APIBlueprint("account", __name__, enable_openapi=False)


def open_door(session: Session, person: Person) -> tuple[str, Membership]:
    """A session for the first party a person works for. Raises WrongCredentials: without one there is nothing."""
    for membership in people.memberships(session, person.id):
        return open_for(session, membership), membership
    raise WrongCredentials


def open_for(session: Session, membership: Membership, proved_at: datetime | None = None) -> str:
    """A session's token."""
    agent = request.user_agent.string
    return sessions.open_session(
        session, membership=membership, user_agent=agent, ip=client_ip(), proved_at=proved_at
    )


def enter(token: str, membership: Membership, target: str | None = None) -> Response:
    """To the console, with the session's cookie."""
    response = redirect(local(target) or url_for(HOME[Party(membership.party)]))
    secure = runtime.current().settings.public_scheme == "https"
    lifetime = int(sessions.LIFETIME.total_seconds())
    response.set_cookie(cookie_name(), token, max_age=lifetime, httponly=True, samesite="Lax", secure=secure)
    return response


def local(target: str | None) -> str | None:
    """`target` when it is a path of ours: a sign-in link must not lead elsewhere."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return None
    try:
        parts = urlsplit(target)
    except ValueError:  # a host after all, and none that can be
        return None
    return target if not parts.scheme and not parts.netloc else None
