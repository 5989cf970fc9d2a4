"""The distributor's own themes: upload, what the check found, put on, take away."""

from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from site_builder.package import MAX_PACKAGE

from ...kit.db import transaction
from ...kit.errors import MeshError
from ...kit.i18n import Text
from ...kit.ids import parse_id, public_id
from ...stores import service as stores
from ...stores.wardrobe import queries
from ...stores.wardrobe import service as wardrobe
from ...stores.wardrobe.models import ThemeStatus, UploadedTheme
from ..common import forms, theme_findings
from ..common.console import allow, done, person, refused, render, scope, t
from ..common.format import state_name
from ..common.requests import actor_of
from ..common.tables import Shown, Table, columns, empty, listed, screen
from . import blueprint
from .own import own_store

ROOM_FOR_THE_FORM = 64 * 1024


def _name(row: UploadedTheme) -> str:
    names = [row.name.get(language) or row.handle for language in ("zh-CN", "en")]
    return t(*names) or t("未读出", "Not read yet")


THEMES = Table(
    name="themes",
    title=Text("我的主题", "My themes"),
    source=listed(lambda: select(UploadedTheme).where(UploadedTheme.tenant_id == person().party_id), UploadedTheme.id),
    columns=(
        columns.own("name", "主题", "Theme", _name),
        columns.text("version", "版本", "Version", lambda row: row.version),
        columns.own("status", "状态", "State", lambda row: state_name(row.status)),
        columns.count("findings", "检查结果", "Findings", lambda row: len(row.findings)),
        columns.time("created", "上传时间", "Uploaded", lambda row: row.created_at, roomy=True, sort=UploadedTheme.id),
        columns.actions(),
    ),
    empty=empty(
        "还没有上传主题",
        "No theme uploaded yet",
        "用 python -m site_builder new 开始一个主题，打包成 zip 传到这里。",
        "Start one with python -m site_builder new, zip its folder and upload it here.",
    ),
)


@blueprint.get("/themes")
def themes_list() -> ResponseReturnValue:
    return screen(
        THEMES, template="distributor/themes.html", more=_worn, megabytes=MAX_PACKAGE // 1024 // 1024, theme_name=_name
    )


def _worn(session: Session, shown: Shown) -> dict[str, Any]:
    worn = own_store(session).theme
    return {
        "worn": worn,
        "worn_handle": next((row.handle for row in shown.rows if public_id("thm", row.id) == worn), None),
        "busy": any(row.status == ThemeStatus.CHECKING for row in shown.rows),
    }


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
