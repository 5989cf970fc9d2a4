"""The caller's store: settings, builds, publication."""

from typing import Annotated, Any, Literal

from flask import Response
from flask.typing import ResponseReturnValue
from pydantic import Field
from sqlalchemy.orm import Session

from ....identity.models import Party
from ....kit import runtime
from ....kit.clock import rfc3339
from ....kit.db import transaction
from ....kit.ids import public_id
from ....stores import publish, queries
from ....stores import service as stores
from ....stores.models import Build, Store
from ...common.etag import expected_version, with_etag
from ...common.idempotent import once
from ...common.principal import caller, requires
from ...common.schema import Line, Shape
from . import blueprint
from .listings import own_store


class StoreOut(Shape):
    object: Literal["store"] = "store"
    id: str
    handle: str
    name: str
    url: str
    status: str
    locale: str
    currency: str
    theme: str
    preset: str
    settings: dict[str, Any]
    templates: dict[str, Any]
    profile: dict[str, Any]
    version: int


class StorePatch(Shape):
    name: Line | None = None
    locale: Literal["zh-CN", "en"] | None = None
    status: Literal["open", "maintenance"] | None = None
    theme: Annotated[str, Field(max_length=40)] | None = None
    preset: Annotated[str, Field(max_length=40)] | None = None
    settings: dict[str, Any] | None = None
    templates: dict[str, Any] | None = None
    profile: dict[str, Any] | None = None


class BuildOut(Shape):
    object: Literal["build"] = "build"
    id: str
    status: str
    reason: str
    pages: int
    rendered: int
    failure: str | None
    created_at: str
    finished_at: str | None


class BuildList(Shape):
    data: list[BuildOut]


@blueprint.get("/store")
@blueprint.output(StoreOut)
@requires(Party.DISTRIBUTOR, "store:read")
def get_store() -> Response:
    """The store's settings; the ETag goes into If-Match of a change."""
    with transaction(caller().scope()) as session:
        store = own_store(session)
        return with_etag(_shape(store), store.version)


@blueprint.patch("/store")
@blueprint.input(StorePatch)
@blueprint.output(StoreOut)
@requires(Party.DISTRIBUTOR, "store:write")
def change_store(json_data: StorePatch) -> Response:
    """Change name, look or profile; the pages follow within seconds."""
    changes = json_data.model_dump(exclude_unset=True, exclude_none=True)
    with transaction(caller().scope()) as session:
        store = own_store(session)
        if changes:
            store = stores.update_store(session, store_id=store.id, changes=changes, version=expected_version())
        return with_etag(_shape(store), store.version)


@blueprint.post("/store/publish")
@blueprint.output(BuildOut, status_code=202)
@requires(Party.DISTRIBUTOR, "store:write")
def publish_store() -> ResponseReturnValue:
    """Build and publish the pages now."""
    principal = caller()

    def effect(session: Session) -> BuildOut:
        store = own_store(session)
        return _build(
            publish.request_build(session, tenant_id=store.tenant_id, store_id=store.id, reason="asked by api")
        )

    return once(principal.scope(), principal.party_id, effect, status=202, key_required=False)


@blueprint.get("/store/builds")
@blueprint.output(BuildList)
@requires(Party.DISTRIBUTOR, "store:read")
def list_builds() -> BuildList:
    """The latest builds, newest first."""
    with transaction(caller().scope()) as session:
        rows = queries.list_builds(session, store_id=own_store(session).id)
    return BuildList(data=[_build(row) for row in rows])


def _shape(store: Store) -> StoreOut:
    return StoreOut(
        id=public_id("sto", store.id),
        handle=store.handle,
        name=store.name,
        url=runtime.current().settings.store_url(stores.host_of(store)),
        status=store.status or "open",
        locale=store.locale,
        currency=store.currency,
        theme=store.theme,
        preset=store.preset,
        settings=store.settings,
        templates=store.templates,
        profile=store.profile,
        version=store.version or 1,
    )


def _build(row: Build) -> BuildOut:
    return BuildOut(
        id=public_id("bld", row.id),
        status=row.status,
        reason=row.reason,
        pages=row.pages or 0,
        rendered=row.rendered or 0,
        failure=row.failure,
        created_at=rfc3339(row.created_at),
        finished_at=rfc3339(row.finished_at) if row.finished_at else None,
    )
