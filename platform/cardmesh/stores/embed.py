"""Which sites may show a store's goods in a frame: exact origins, checked by the browser and again by us.

The browser refuses a frame whose every ancestor is not named in `frame-ancestors`; the frame's script speaks to no
other origin; and an order that claims another one is refused. Source of the forms: CSP level 3, §2.3.1 and §6.4.2.
"""

import re
import uuid
from collections.abc import Sequence

from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy.orm import Session

from ..identity.audit import service as audit
from ..kit import runtime
from ..kit.errors import ValidationFailed, invalid
from .errors import VersionMismatch
from .models import Store
from .queries import get_store

MOST_ORIGINS = 20
PREVIEW_SECONDS = 3600
PAGE_PATH = "/-/embed"
SCRIPT_PATH = "/-/embed/v1/embed.js"
BUTTON_PATH = "/-/embed/v1/button.css"
"""On the store's host. Pasted into other people's pages, so it stays: `v1` changes when what script and page say to
each other does."""
ANY_LOCALHOST = "http://localhost:*"
"""Any port of this machine, in development only."""
_ANY_PORT = re.compile(r"http://localhost(:\d{1,5})?")
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_SITE = re.compile(rf"https://(?:{_LABEL}\.)+[a-z](?:[a-z0-9-]{{0,61}}[a-z0-9])(?::([0-9]{{1,5}}))?")
_LOCAL = re.compile(r"http://(?:localhost|127\.0\.0\.1):([0-9]{1,5})")


def set_origins(
    session: Session, *, store_id: uuid.UUID, origins: Sequence[str], version: int | None = None
) -> Store:
    """These sites and no others from now on. Raises NotFound, VersionMismatch, ValidationFailed."""
    wanted = checked(origins)
    store = get_store(session, store_id=store_id, lock=True)
    if version is not None and version != store.version:
        raise VersionMismatch(extra={"version": store.version})
    before, store.embed_origins = store.embed_origins, wanted
    store.version += 1
    session.flush()
    audit.record(
        session,
        party_id=store.tenant_id,
        action="store.embed_changed",
        subject="store",
        subject_id=store.id,
        details={"before": list(before), "after": wanted},
    )
    return store


def checked(origins: Sequence[str]) -> list[str]:
    """Each as browsers write it, once. Raises ValidationFailed naming the place of the first that is none."""
    if len(origins) > MOST_ORIGINS:
        raise invalid("/origins", "too_long", "最多 {most} 个网站", "At most {most} sites", most=MOST_ORIGINS)
    found = [_origin(text, place) for place, text in enumerate(origins)]
    return list(dict.fromkeys(found))


def _origin(text: str, place: int) -> str:
    origin = text.strip().lower().removesuffix("/")
    development = runtime.current().settings.env == "development"
    if development and origin == ANY_LOCALHOST:
        return origin
    exact = _SITE.fullmatch(origin) or (_LOCAL.fullmatch(origin) if development else None)
    port = int(exact[1]) if exact and exact[1] else None
    if exact is None or (port is not None and not 0 < port < 65536):
        raise _refused(f"/origins/{place}", text)
    return origin.removesuffix(":443") if origin.startswith("https://") else origin


def _refused(pointer: str, text: str) -> ValidationFailed:
    return invalid(
        pointer,
        "origin_invalid",
        "“{text}”不是网站地址，应形如 https://www.example.com（不带路径和通配符）",
        "“{text}” is not a site: write it like https://www.example.com, without path or wildcard",
        text=text.strip()[:80],
    )


def allows(origins: Sequence[str], origin: str) -> bool:
    """Whether a site with this origin, as the browser tells it, is one of them."""
    return origin in origins or (ANY_LOCALHOST in origins and _ANY_PORT.fullmatch(origin) is not None)


def require(origins: Sequence[str], origin: str) -> str:
    """The origin. Raises ValidationFailed for a site that the store does not sell through."""
    if not allows(origins, origin):
        raise invalid("/embed", "origin_not_allowed", "此网站未获店铺授权", "The store does not sell through this site")
    return origin


def ancestors(origins: Sequence[str]) -> str:
    """The value of the policy's `frame-ancestors`."""
    return " ".join(origins) or "'none'"


def preview_token(store_id: uuid.UUID) -> str:
    """Lets our own console frame the widget of this store for an hour, before any site may."""
    return _signer().dumps(str(store_id))


def is_preview(store_id: uuid.UUID, token: str) -> bool:
    try:
        return _signer().loads(token, max_age=PREVIEW_SECONDS) == str(store_id)
    except BadData:
        return False


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(runtime.current().settings.secret_key, salt="embed preview")
