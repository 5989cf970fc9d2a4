"""The store's API blueprint, and which store a request is for."""

from apiflask import APIBlueprint
from flask import request

from ...identity.errors import TenantSuspended
from ...identity.models import PartyStatus
from ...kit import tenancy
from ...kit.errors import NotFound
from ...kit.tenancy import Scope
from ...stores import directory
from ...stores.directory import StoreRef
from ..common.requests import buyer
from ..hosts import STORE_HOST, STORE_PREFIX

_FOUND = "cardmesh.store"

blueprint = APIBlueprint("store_api", __name__, url_prefix=f"{STORE_PREFIX}/api", tag="Store")


def store() -> StoreRef:
    """The open store that this host belongs to. Raises NotFound, TenantSuspended."""
    if _FOUND not in request.environ:  # once a request: the directory must not be asked inside a transaction
        request.environ[_FOUND] = directory.resolve(request.environ.get(STORE_HOST, ""))
    found: StoreRef | None = request.environ[_FOUND]
    if found is None:
        raise NotFound
    if found.tenant_status != PartyStatus.ACTIVE:
        raise TenantSuspended
    return found


def reading() -> Scope:
    """The store's own rows and the shared catalog."""
    return tenancy.tenant(store().tenant_id, buyer())


def selling() -> Scope:
    """A sale in this store."""
    return tenancy.trade(store().tenant_id, buyer())
