"""API keys, the same page in every console."""

from flask import Blueprint, request
from werkzeug.wrappers import Response

from ...identity.api_keys import service as api_keys
from ...identity.api_keys.rules import SCOPES
from ...kit.db import transaction
from ...kit.errors import MeshError
from ...kit.ids import parse_id
from . import forms
from .console import allow, done, person, refused, render, scope
from .step_up import step_up


def add_account_pages(blueprint: Blueprint) -> None:
    """`/keys`."""
    name = blueprint.name

    @blueprint.get("/keys")
    def keys_list() -> str:
        return _keys_page(name)

    @blueprint.post("/keys")
    @allow()
    @step_up
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


def _keys_page(face: str, secret: str | None = None) -> str:
    with transaction(scope()) as session:
        rows = api_keys.list_keys(session, party=person().party, party_id=person().party_id)
    return render("common/keys.html", rows=rows, face=face, secret=secret, scopes=SCOPES[person().party])
