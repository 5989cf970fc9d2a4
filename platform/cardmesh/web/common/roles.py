"""Who may do what in a console: the matrix of roles and verbs.

Every verb (a route that changes something) names the roles beside it with `console.allow`; the owner may do everything.
A verb that names none is refused to everybody but the owner, so a forgotten line shuts a door instead of opening one.
Reading is for every member, but for a role that is listed in `SEES`.
"""

from collections.abc import Mapping

from flask import current_app

from ...kit.errors import Forbidden

OWNER = "owner"
READING = frozenset({"GET", "HEAD", "OPTIONS"})
SEES: Mapping[str, tuple[str, ...]] = {"key-uploader": ("home", "offer", "import", "find")}
"""By role: how the names of the pages begin that it may see; a role that is not here sees everything."""


def named(endpoint: str) -> tuple[str, ...] | None:
    """The roles besides the owner that may use a verb; None where none were named."""
    return getattr(current_app.view_functions.get(endpoint), "roles", None)


def may_see(role: str, endpoint: str) -> bool:
    """Whether a role may open a page."""
    return role not in SEES or endpoint.partition(".")[2].startswith(SEES[role])


def may_use(role: str, endpoint: str) -> bool:
    """Whether a role may send what a verb takes."""
    return role == OWNER or role in (named(endpoint) or ())


def require_role(role: str, endpoint: str, method: str) -> None:
    """Raises Forbidden."""
    if not (may_see(role, endpoint) if method in READING else may_use(role, endpoint)):
        raise Forbidden


def matrix(face: str) -> dict[str, tuple[str, ...]]:
    """A console's verbs by name, and the roles that may use each besides the owner."""
    verbs = {rule.endpoint for rule in current_app.url_map.iter_rules() if (rule.methods or set()) - READING}
    return {name: named(name) or () for name in sorted(verbs) if name.startswith(f"{face}.")}
