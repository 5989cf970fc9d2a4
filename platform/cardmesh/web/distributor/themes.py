"""The distributor's own themes: upload, what the check found, put on, take away."""

from flask import request
from werkzeug.wrappers import Response

from site_builder.package import MAX_PACKAGE

from ...kit.db import transaction
from ...kit.errors import MeshError
from ...kit.ids import parse_id, public_id
from ...stores import service as stores
from ...stores.wardrobe import queries
from ...stores.wardrobe import service as wardrobe
from ...stores.wardrobe.models import ThemeStatus
from ..common import forms, theme_findings
from ..common.console import allow, done, person, refused, render, scope
from ..common.requests import actor_of
from . import blueprint
from .own import own_store

ROOM_FOR_THE_FORM = 64 * 1024


@blueprint.get("/themes")
def themes_list() -> str:
    with transaction(scope()) as session:
        store = own_store(session)
        rows = queries.list_themes(session, tenant_id=store.tenant_id)
    return render(
        "distributor/themes.html",
        rows=rows,
        worn=store.theme,
        worn_handle=next((row.handle for row in rows if public_id("thm", row.id) == store.theme), None),
        megabytes=MAX_PACKAGE // 1024 // 1024,
        busy=any(row.status == ThemeStatus.CHECKING for row in rows),
    )


@blueprint.post("/themes")
@allow("manager")
def themes_upload() -> Response:
    request.max_content_length = MAX_PACKAGE + ROOM_FOR_THE_FORM
    file = request.files.get("package")
    try:
        if not file or not file.filename:
            raise forms.refuse("package", "missing", "请选择主题包", "Choose a theme package")
        row = wardrobe.upload(tenant_id=person().party_id, package=file.read(), actor=actor_of(person()))
    except MeshError as error:
        return refused(error, "distributor.themes_list")
    made = public_id("thm", row.id)
    return done("已上传，正在检查", "Uploaded; it is being checked", "distributor.theme", theme_id=made)


@blueprint.get("/themes/<theme_id>")
def theme(theme_id: str) -> str:
    with transaction(scope()) as session:
        store = own_store(session)
        row = queries.get_theme(session, tenant_id=store.tenant_id, theme_id=parse_id("thm", theme_id))
    return render(
        "distributor/theme.html", theme=row, worn=store.theme == theme_id, findings=theme_findings.shown(row.findings)
    )


@blueprint.post("/themes/<theme_id>/wear")
@allow("manager")
def theme_wear(theme_id: str) -> Response:
    """The store in this version; the values of another version of the same theme stay."""
    try:
        with transaction(scope()) as session:
            store = own_store(session)
            queries.get_theme(session, tenant_id=store.tenant_id, theme_id=parse_id("thm", theme_id))
            stores.update_store(session, store_id=store.id, changes={"theme": theme_id})
    except MeshError as error:
        return refused(error, "distributor.themes_list")
    return done("已换上，店铺几秒内更新", "Put on; the store follows in seconds", "distributor.themes_list")


@blueprint.post("/themes/<theme_id>/delete")
@allow("manager")
def theme_delete(theme_id: str) -> Response:
    try:
        wardrobe.remove(tenant_id=person().party_id, theme_id=parse_id("thm", theme_id), actor=actor_of(person()))
    except MeshError as error:
        return refused(error, "distributor.themes_list")
    return done("已删除", "Deleted", "distributor.themes_list")
