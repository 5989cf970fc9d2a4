"""The store: name, look, words, state; its builds and their publication."""

from collections.abc import Mapping
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ...kit import keyset
from ...kit.db import transaction
from ...kit.errors import MeshError
from ...kit.i18n import Text
from ...kit.ids import parse_id, public_id
from ...stores import publish, queries
from ...stores import service as stores
from ...stores.models import Build, BuildStatus, Store
from ..common import forms
from ..common.console import allow, done, person, refused, render, scope, t
from ..common.format import state_name
from ..common.requests import actor_of, locale
from ..common.tables import Asked, Table, columns, empty, screen
from . import blueprint
from .looks import shelf, worn_by
from .own import own_store, store_url

CONTACTS = ("email", "wechat", "qq", "telegram")
LOCALES = ("zh-CN", "en")
UNDER_WAY = (BuildStatus.QUEUED, BuildStatus.RUNNING)
REASONS = {
    "store.opened": Text("开店", "Store opened"),
    "store.changed": Text("店铺设置变动", "Settings changed"),
    "store.address": Text("店铺网址变动", "The store's address changed"),
    "catalog.changed": Text("商品或价格变动", "Goods or prices changed"),
    "asked by console": Text("手动发布", "Published by hand"),
    "asked by api": Text("由 API 发布", "Published over the API"),
}
"""Why a build was made, as its row says."""


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


def _built(session: Session, _table: Table, asked: Asked, limit: int) -> keyset.Slice:
    query = select(Build).where(Build.tenant_id == person().party_id, Build.store_id == own_store(session).id)
    order = keyset.Order(Build.id, Build.id, asked.descending)
    return keyset.read(session, query, order, after=asked.after, before=asked.before, limit=limit)


def _why(row: Build) -> str:
    return REASONS[row.reason].render(locale()) if row.reason in REASONS else row.reason


def _failure(row: Build) -> str | None:
    return t("被后一次发布取代", "Superseded by the next one") if row.failure == "superseded" else row.failure


BUILDS = Table(
    name="builds",
    title=Text("发布记录", "Builds"),
    source=_built,
    columns=(
        columns.time("created", "时间", "Time", lambda row: row.created_at, sort=Build.id),
        columns.text("why", "起因", "Why", _why),
        columns.own("status", "状态", "State", lambda row: state_name(row.status)),
        columns.count("pages", "页面", "Pages", lambda row: row.pages if row.finished_at else None),
        columns.count("made", "本次重建", "Made anew", lambda row: row.rendered if row.finished_at else None),
        columns.prose("failure", "失败原因", "Failure", _failure),
        columns.actions(),
    ),
    page=20,
    empty=empty(
        "还没有发布过",
        "Nothing published yet",
        "保存店铺设置或上架商品后会自动发布。",
        "Saving the store or listing goods publishes by itself.",
    ),
)


@blueprint.get("/store/builds")
def store_builds() -> ResponseReturnValue:
    with transaction(scope()) as session:
        row = own_store(session)
    site = publish.site_of(row.id)
    return screen(
        BUILDS,
        template="distributor/builds.html",
        current=site.current(),
        kept=set(site.builds()),
        under_way=UNDER_WAY,
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
