"""Suppliers as the operator sees them."""

from typing import Literal

from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from ....identity.api_keys import service as api_keys
from ....identity.models import Party, Supplier
from ....identity.suppliers import service as suppliers
from ....kit.clock import rfc3339
from ....kit.db import transaction
from ....kit.ids import parse_id, public_id
from ...common.idempotent import once
from ...common.lists import ListOf
from ...common.principal import caller, requires
from ...common.schema import Line, Paging, Shape
from . import blueprint
from .lists import all_of
from .tenants import Email


class SupplierIn(Shape):
    name: Line
    email: Email


class SupplierOut(Shape):
    object: Literal["supplier"] = "supplier"
    id: str
    name: str
    email: str
    grade: str
    status: str
    created_at: str
    api_key: str | None = None


class SupplierPatch(Shape):
    grade: Literal["A", "B", "C"] | None = None
    status: Literal["active", "suspended"] | None = None
    reason: str = ""


class SupplierList(ListOf[SupplierOut]):
    pass


@blueprint.post("/suppliers")
@blueprint.input(SupplierIn)
@blueprint.output(SupplierOut, status_code=201)
@requires(Party.PLATFORM, "platform:write")
def create_supplier(json_data: SupplierIn) -> ResponseReturnValue:
    """Admit a supplier. The answer holds its first API key, shown only here."""

    def effect(session: Session) -> SupplierOut:
        supplier = suppliers.create_supplier(session, name=json_data.name, email=json_data.email)
        key = api_keys.issue(session, party=Party.SUPPLIER, party_id=supplier.id, name="first key")
        return _shape(supplier, key.secret)

    principal = caller()
    return once(principal.scope(), principal.party_id, effect, key_required=False)


@blueprint.get("/suppliers")
@blueprint.input(Paging, location="query")
@blueprint.output(SupplierList)
@requires(Party.PLATFORM, "platform:read")
def list_suppliers(query_data: Paging) -> ResponseReturnValue:
    """All suppliers, newest first."""
    return all_of(Supplier, "sup", query_data, _shape)


@blueprint.patch("/suppliers/<supplier_id>")
@blueprint.input(SupplierPatch)
@blueprint.output(SupplierOut)
@requires(Party.PLATFORM, "platform:write")
def change_supplier(supplier_id: str, json_data: SupplierPatch) -> SupplierOut:
    """Set the grade, suspend or re-activate."""
    with transaction(caller().scope()) as session:
        supplier = suppliers.change_supplier(
            session,
            supplier_id=parse_id("sup", supplier_id),
            grade=json_data.grade,
            status=json_data.status,
            reason=json_data.reason,
        )
        return _shape(supplier)


def _shape(supplier: Supplier, api_key: str | None = None) -> SupplierOut:
    return SupplierOut(
        id=public_id("sup", supplier.id),
        name=supplier.name,
        email=supplier.email,
        grade=supplier.grade,
        status=supplier.status,
        created_at=rfc3339(supplier.created_at),
        api_key=api_key,
    )
