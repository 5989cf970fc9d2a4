"""Tenants: made with their store, owner and first key in one call."""

from typing import Annotated, Literal

from flask.typing import ResponseReturnValue
from pydantic import Field
from sqlalchemy.orm import Session

from ....identity.models import Party, Tenant
from ....identity.tenants import service as tenants
from ....kit import runtime
from ....kit.clock import rfc3339
from ....kit.db import transaction
from ....kit.ids import parse_id, public_id
from ....stores import opening
from ....stores import service as stores
from ....stores.models import Store
from ...common.idempotent import once
from ...common.lists import ListOf
from ...common.principal import caller, requires
from ...common.schema import Line, Paging, Shape
from . import blueprint
from .lists import all_of

Tier = Annotated[str, Field(pattern="^VIP[1-9][0-9]?$", examples=["VIP1"])]
Email = Annotated[
    str, Field(pattern=r"^[^@\s\x00]+@[^@\s\x00]+\.?[^@\s\x00]*$", max_length=254, examples=["a@example.com"])
]


class TenantIn(Shape):
    name: Line
    handle: Annotated[str, Field(min_length=1, max_length=40)]
    owner_email: Email
    theme: Annotated[str, Field(max_length=40)] = "classic"
    preset: Annotated[str, Field(max_length=40)] | None = None
    locale: Literal["zh-CN", "en"] = "zh-CN"
    tier: Tier = "VIP1"


class StoreOut(Shape):
    id: str
    url: str


class TenantOut(Shape):
    object: Literal["tenant"] = "tenant"
    id: str
    name: str
    handle: str
    tier: str
    status: str
    locale: str
    created_at: str
    store: StoreOut | None = None
    api_key: str | None = None


class TenantPatch(Shape):
    tier: Tier | None = None
    status: Literal["active", "suspended"] | None = None
    reason: Annotated[str, Field(max_length=500)] = ""


class TenantList(ListOf[TenantOut]):
    pass


@blueprint.post("/tenants")
@blueprint.input(TenantIn)
@blueprint.output(TenantOut, status_code=201)
@requires(Party.PLATFORM, "platform:write")
def create_tenant(json_data: TenantIn) -> ResponseReturnValue:
    """Make a tenant with its store. The answer holds its first API key, shown only here."""

    def effect(session: Session) -> TenantOut:
        opened = opening.open_tenant(
            session,
            name=json_data.name,
            handle=json_data.handle,
            owner_email=json_data.owner_email,
            theme=json_data.theme,
            preset=json_data.preset,
            locale=json_data.locale,
            tier=json_data.tier,
        )
        return _shape(opened.tenant, opened.store, opened.api_key)

    principal = caller()
    return once(principal.scope(), principal.party_id, effect, key_required=False)


@blueprint.get("/tenants")
@blueprint.input(Paging, location="query")
@blueprint.output(TenantList)
@requires(Party.PLATFORM, "platform:read")
def list_tenants(query_data: Paging) -> ResponseReturnValue:
    """All tenants, newest first."""
    return all_of(Tenant, "ten", query_data, _shape)


@blueprint.get("/tenants/<tenant_id>")
@blueprint.output(TenantOut)
@requires(Party.PLATFORM, "platform:read")
def get_tenant(tenant_id: str) -> TenantOut:
    """One tenant with its store."""
    with transaction(caller().scope()) as session:
        tenant = tenants.get_tenant(session, parse_id("ten", tenant_id))
        return _shape(tenant, stores.first_store(session, tenant.id))


@blueprint.patch("/tenants/<tenant_id>")
@blueprint.input(TenantPatch)
@blueprint.output(TenantOut)
@requires(Party.PLATFORM, "platform:write")
def change_tenant(tenant_id: str, json_data: TenantPatch) -> TenantOut:
    """Set the tier, suspend or re-activate."""
    with transaction(caller().scope()) as session:
        tenant = tenants.change_tenant(
            session,
            tenant_id=parse_id("ten", tenant_id),
            tier=json_data.tier,
            status=json_data.status,
            reason=json_data.reason,
        )
        return _shape(tenant, stores.first_store(session, tenant.id))


def _shape(tenant: Tenant, store: Store | None = None, api_key: str | None = None) -> TenantOut:
    settings = runtime.current().settings
    return TenantOut(
        id=public_id("ten", tenant.id),
        name=tenant.name,
        handle=tenant.handle,
        tier=tenant.tier,
        status=tenant.status,
        locale=tenant.locale,
        created_at=rfc3339(tenant.created_at),
        store=StoreOut(id=public_id("sto", store.id), url=settings.store_url(stores.host_of(store))) if store else None,
        api_key=api_key,
    )
