"""API keys and the audit trail, the same in every console."""

from flask import Blueprint, request
from werkzeug.wrappers import Response

from ...identity.api_keys import service as api_keys
from ...identity.api_keys.rules import SCOPES
from ...identity.audit import service as audit
from ...kit.db import transaction
from ...kit.errors import MeshError
from ...kit.ids import parse_id
from . import forms
from .console import allow, done, person, refused, render, scope

PAGE = 50


def add_account_pages(blueprint: Blueprint) -> None:
    """`/keys` and `/audit`."""
    name = blueprint.name

    @blueprint.get("/keys")
    def keys_list() -> str:
        return _keys_page(name)

    @blueprint.post("/keys")
    @allow()
    def keys_issue() -> Response | str:
        chosen = [one for one in request.form.getlist("scope") if one in SCOPES[person().party]]
        try:
            with transaction(scope()) as session:
                issued = api_keys.issue(
                    session,
                    party=person().party,
                    party_id=person().party_id,
                    scopes=chosen or None,
                    name=forms.text(request.form, "name", required=True, most=100),
                )
        except MeshError as error:
            return refused(error, f"{name}.keys_list")
        return _keys_page(name, issued.secret)

    @blueprint.post("/keys/<key_id>/revoke")
    @allow()
    def keys_revoke(key_id: str) -> Response:
        try:
            with transaction(scope()) as session:
                api_keys.revoke(
                    session, party=person().party, party_id=person().party_id, key_id=parse_id("key", key_id)
                )
        except MeshError as error:
            return refused(error, f"{name}.keys_list")
        return done("密钥已吊销", "The key is revoked", f"{name}.keys_list")

    @blueprint.get("/audit")
    def audit_list() -> str:
        before = request.args.get("after", "")
        with transaction(scope()) as session:
            rows = audit.trail(
                session,
                party_id=person().party_id,
                before=int(before) if before.isdecimal() and len(before) < 18 else None,
                limit=PAGE,
            )
        more, rows = len(rows) > PAGE, rows[:PAGE]
        return render("common/audit.html", rows=rows, more=more, cursor=str(rows[-1].id) if more else None)


def _keys_page(face: str, secret: str | None = None) -> str:
    with transaction(scope()) as session:
        rows = api_keys.list_keys(session, party=person().party, party_id=person().party_id)
    return render("common/keys.html", rows=rows, face=face, secret=secret, scopes=SCOPES[person().party])
