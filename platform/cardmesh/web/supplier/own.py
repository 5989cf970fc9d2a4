"""The signed-in supplier's own standing."""

from flask import Blueprint, g, request

from ...identity.models import PartyStatus
from ...identity.suppliers.service import get_supplier, require_active
from ...kit.db import transaction
from ..common.console import person, scope


def guard_suspended(blueprint: Blueprint) -> None:
    """A suspended supplier sees everything and changes nothing. Raises SupplierSuspended on a change."""

    @blueprint.before_request
    def _check() -> None:
        with transaction(scope()) as session:
            supplier = get_supplier(session, person().party_id)
        if request.method != "GET":
            require_active(supplier)
        g.suspended = supplier.status == PartyStatus.SUSPENDED
        g.pending = supplier.status == PartyStatus.PENDING
        g.refusal = supplier.review_reason if g.pending else ""
