"""API keys, the same page in every console."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from werkzeug.wrappers import Response

from ...identity.api_keys import service as api_keys
from ...identity.api_keys.rules import SCOPES
from ...identity.models import ApiKey
from ...kit.db import transaction
from ...kit.errors import MeshError
from ...kit.i18n import Text
from ...kit.ids import parse_id
from . import forms
from .console import allow, done, person, refused, scope, t
from .step_up import step_up
from .tables import Table, columns, empty, listed, screen


def _scopes(row: ApiKey) -> str:
    narrowed = len(row.scopes) < len(SCOPES[row.party])
    return ", ".join(row.scopes) if narrowed else t("全部权限", "all scopes")


KEYS = Table(
    name="api-keys",
    title=Text("API 密钥", "API keys"),
    source=listed(
        lambda: select(ApiKey).where(ApiKey.party == person().party, ApiKey.party_id == person().party_id), ApiKey.id
    ),
    columns=(
        columns.text("name", "用途", "What for", lambda row: row.name),
        columns.code("key", "密钥", "Key", lambda row: f"{row.prefix}…"),
        columns.prose("scopes", "权限", "Scopes", _scopes),
        columns.text("addresses", "允许的 IP", "Addresses", lambda row: ", ".join(row.allowed_ips), roomy=True),
        columns.time("used", "最近使用", "Last used", lambda row: row.last_used_at, roomy=True),
        columns.time("created", "创建", "Created", lambda row: row.created_at, roomy=True, sort=ApiKey.id),
        columns.time("revoked", "吊销", "Revoked", lambda row: row.revoked_at, only_file=True),
        columns.actions(),
    ),
    empty=empty("还没有密钥", "No keys yet", "在上方创建第一个。", "Create the first one above."),
)


def add_account_pages(blueprint: Blueprint) -> None:
    """`/keys`."""
    name = blueprint.name

    @blueprint.get("/keys")
    def keys_list() -> ResponseReturnValue:
        return _keys_page(name)

    @blueprint.post("/keys")
    @allow()
    @step_up
    def keys_issue() -> ResponseReturnValue:
        chosen = [one for one in request.form.getlist("scope") if one in SCOPES[person().party]]
        try:
            with transaction(scope()) as session:
                issued = api_keys.issue(
                    session,
                    party=person().party,
                    party_id=person().party_id,
                    scopes=chosen or None,
                    name=forms.text(request.form, "name", required=True, most=100),
                    allowed_ips=forms.text(request.form, "allowed_ips", most=400).replace(",", " ").split(),
                )
        except MeshError as error:
            return refused(error, f"{name}.keys_list")
        return _keys_page(name, issued.secret)

    @blueprint.post("/keys/<key_id>/revoke")
    @allow()
    @step_up
    def keys_revoke(key_id: str) -> Response:
        try:
            with transaction(scope()) as session:
                api_keys.revoke(
                    session, party=person().party, party_id=person().party_id, key_id=parse_id("key", key_id)
                )
        except MeshError as error:
            return refused(error, f"{name}.keys_list")
        return done("密钥已吊销", "The key is revoked", f"{name}.keys_list")


def _keys_page(face: str, secret: str | None = None) -> ResponseReturnValue:
    return screen(KEYS, template="common/keys.html", face=face, secret=secret, scopes=SCOPES[person().party])
