"""The caller's own themes: packages, what was found in them."""

from typing import Literal

from flask import request
from flask.typing import ResponseReturnValue

from site_builder.package import MAX_PACKAGE

from ....identity.models import Party
from ....kit.clock import rfc3339
from ....kit.db import transaction
from ....kit.ids import parse_id, public_id
from ....stores.wardrobe import queries
from ....stores.wardrobe import service as wardrobe
from ....stores.wardrobe.models import UploadedTheme
from ...common import theme_findings
from ...common.principal import caller, requires
from ...common.schema import Shape
from . import blueprint


class FindingOut(Shape):
    """`place` is the file, with `:line` where one is to blame; `why` and `fix` are in the caller's language."""

    level: str
    family: str
    place: str
    why: str
    fix: str


class ThemeOut(Shape):
    """One version. `status` is checking, passed or refused; only one that passed can be the store's `theme`."""

    object: Literal["theme"] = "theme"
    id: str
    handle: str
    version: str
    name: dict[str, str]
    status: str
    size: int
    sha256: str
    findings: list[FindingOut]
    created_at: str
    checked_at: str | None


class ThemeList(Shape):
    data: list[ThemeOut]


@blueprint.get("/themes")
@blueprint.output(ThemeList)
@requires(Party.DISTRIBUTOR, "store:read")
def list_themes() -> ThemeList:
    """Every version that was uploaded, the newest first."""
    with transaction(caller().scope()) as session:
        rows = queries.list_themes(session, tenant_id=caller().party_id)
    return ThemeList(data=[_shape(row) for row in rows])


@blueprint.post("/themes")
@blueprint.output(ThemeOut, status_code=202)
@requires(Party.DISTRIBUTOR, "store:write")
def upload_theme() -> ThemeOut:
    """Upload a package (a zip of the theme's folder) as the request's body; it is checked within seconds."""
    request.max_content_length = MAX_PACKAGE + 1
    principal = caller()
    row = wardrobe.upload(tenant_id=principal.party_id, package=request.get_data(), actor=principal.actor)
    return _shape(row)


@blueprint.get("/themes/<theme_id>")
@blueprint.output(ThemeOut)
@requires(Party.DISTRIBUTOR, "store:read")
def get_theme(theme_id: str) -> ThemeOut:
    """One version, with the check's findings."""
    with transaction(caller().scope()) as session:
        return _shape(queries.get_theme(session, tenant_id=caller().party_id, theme_id=parse_id("thm", theme_id)))


@blueprint.delete("/themes/<theme_id>")
@blueprint.output({}, status_code=204)
@requires(Party.DISTRIBUTOR, "store:write")
def delete_theme(theme_id: str) -> ResponseReturnValue:
    """Take a version away; refused while a store or its draft wears it."""
    principal = caller()
    wardrobe.remove(tenant_id=principal.party_id, theme_id=parse_id("thm", theme_id), actor=principal.actor)
    return "", 204


def _shape(row: UploadedTheme) -> ThemeOut:
    found = theme_findings.shown(row.findings or ())
    findings = [
        FindingOut(level=one.level, family=one.family, place=one.place, why=one.why, fix=one.fix) for one in found
    ]
    return ThemeOut(
        id=public_id("thm", row.id),
        handle=row.handle or "",
        version=row.version or "",
        name=row.name or {},
        status=row.status,
        size=row.size,
        sha256=row.sha256,
        findings=findings,
        created_at=rfc3339(row.created_at),
        checked_at=rfc3339(row.checked_at) if row.checked_at else None,
    )
