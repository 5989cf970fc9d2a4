"""The store: name, look, words, state; its builds and their publication."""

from collections.abc import Mapping
from typing import Any

from flask import request
from werkzeug.wrappers import Response

from ...kit.db import transaction
from ...kit.errors import MeshError
from ...kit.ids import parse_id, public_id
from ...stores import publish, queries
from ...stores import service as stores
from ...stores.models import BuildStatus, Store
from ..common import forms
from ..common.console import allow, done, person, refused, render, scope
from ..common.requests import actor_of
from . import blueprint
from .looks import shelf, worn_by
from .own import own_store, store_url

CONTACTS = ("email", "wechat", "qq", "telegram")
LOCALES = ("zh-CN", "en")
UNDER_WAY = (BuildStatus.QUEUED, BuildStatus.RUNNING)


@blueprint.get("/store")
def store() -> str:
    with transaction(scope()) as session:
        row = own_store(session)
    return render(
        "distributor/store.html",
        store=row,
        url=store_url(row),
        themes=shelf(),
        worn=worn_by(row),
        contacts=CONTACTS,
        words={name: _words(row.profile.get(name), row.locale) for name in ("announcement", "about")},
    )


@blueprint.post("/store")
@allow("manager")
def store_change() -> Response:
    form = request.form
    try:
        with transaction(scope()) as session:
            row = own_store(session)
            stores.update_store(
                session,
                store_id=row.id,
                changes=_changes(form, row),
                version=forms.whole(form, "version", least=1),
            )
    except MeshError as error:
        return refused(error, "distributor.store")
    return done("已保存，店铺几秒内更新", "Saved; the store follows in seconds", "distributor.store")


@blueprint.get("/store/builds")
def store_builds() -> str:
    with transaction(scope()) as session:
        row = own_store(session)
        builds = queries.list_builds(session, store_id=row.id)
    site = publish.site_of(row.id)
    return render(
        "distributor/builds.html",
        builds=builds,
        current=site.current(),
        kept=set(site.builds()),
        busy=any(build.status in UNDER_WAY for build in builds),
        url=store_url(row),
    )


@blueprint.post("/store/builds")
@allow("manager")
def store_publish() -> Response:
    with transaction(scope()) as session:
        row = own_store(session)
        publish.request_build(session, tenant_id=row.tenant_id, store_id=row.id, reason="asked by console")
    return done("已开始发布", "Publishing has begun", "distributor.store_builds")


@blueprint.post("/store/builds/<build_id>")
@allow("manager")
def store_roll_back(build_id: str) -> Response:
    """Serve an earlier build of this store at once."""
    with transaction(scope()) as session:
        row = own_store(session)
        build = queries.get_build(session, tenant_id=row.tenant_id, build_id=parse_id("bld", build_id))
    try:
        publish.rollback(
            tenant_id=row.tenant_id,
            store_id=row.id,
            to=public_id("bld", build.id),
            actor=actor_of(person()),
        )
    except MeshError as error:
        return refused(error, "distributor.store_builds")
    return done("已切换到该版本", "That build is served now", "distributor.store_builds")


def _changes(form: Mapping[str, str], row: Store) -> dict[str, Any]:
    """What the form says, in the words of `update_store`; other parts of the profile stay."""
    contact = {name: value for name in CONTACTS if (value := forms.text(form, f"contact_{name}", most=100))}
    words = {
        name: {language: value for language in LOCALES if (value := forms.text(form, f"{name}_{language}", most=2000))}
        for name in ("announcement", "about")
    }
    profile = row.profile | {"contact": contact} | {name: texts or None for name, texts in words.items()}
    return {
        "name": forms.text(form, "name", required=True, most=100),
        "locale": forms.choice(form, "locale", LOCALES),
        "status": forms.choice(form, "status", ("open", "maintenance")),
        "profile": {name: value for name, value in profile.items() if value is not None},
        **_chosen_look(form, row),
    }


def _chosen_look(form: Mapping[str, str], row: Store) -> dict[str, Any]:
    """Another theme or preset starts from its own settings; the one that is worn keeps those of the store."""
    worn = worn_by(row)
    looks = [one["handle"] for theme in shelf() for one in theme["looks"]]
    chosen = forms.choice(form, "look", (worn, *looks), worn)
    theme, _, preset = chosen.partition("/")
    return {} if chosen == worn else {"theme": theme, "preset": preset, "settings": {}}


def _words(value: object, locale: str) -> dict[str, str]:
    """A text by language, whether it was said in one or in both."""
    if isinstance(value, Mapping):
        return {str(language): str(text) for language, text in value.items()}
    return {locale: value} if isinstance(value, str) else {}
