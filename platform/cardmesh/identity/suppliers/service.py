"""Make and change suppliers."""

import uuid

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ...kit.errors import NotFound, invalid
from ...kit.ids import NIL, new_id
from .. import callers
from ..audit.service import record
from ..errors import NameTaken, SupplierSuspended
from ..models import PartyStatus, Supplier
from .admission import admit

GRADES = ("A", "B", "C")


def create_supplier(
    session: Session, *, name: str, email: str, status: PartyStatus = PartyStatus.ACTIVE
) -> Supplier:
    """A new supplier; one who is PENDING prepares everything and sells nothing. Raises NameTaken."""
    supplier = Supplier(id=new_id(), name=name, email=email, status=status)
    try:
        with session.begin_nested():
            session.add(supplier)
    except IntegrityError as error:
        raise NameTaken(name=name) from error
    record(session, party_id=NIL, action="supplier.created", subject="supplier", subject_id=supplier.id)
    return supplier


def get_supplier(session: Session, supplier_id: uuid.UUID) -> Supplier:
    """Raises NotFound."""
    if (supplier := session.get(Supplier, supplier_id)) is None:
        raise NotFound
    return supplier


def require_active(supplier: Supplier) -> None:
    """Raises SupplierSuspended. Who waits to be looked at may prepare everything."""
    if supplier.status == PartyStatus.SUSPENDED:
        raise SupplierSuspended


def change_supplier(
    session: Session, *, supplier_id: uuid.UUID, grade: str | None = None, status: str | None = None, reason: str = ""
) -> Supplier:
    """Set the grade or suspend / re-activate; one who waits is admitted. Raises NotFound, ValidationFailed."""
    supplier = session.get(Supplier, supplier_id, with_for_update=True)
    if supplier is None:
        raise NotFound
    if supplier.status == PartyStatus.PENDING and status == PartyStatus.ACTIVE:
        admit(session, supplier_id=supplier_id)
    if grade is not None and grade not in GRADES:
        raise invalid("/grade", "grade_unknown", "未知等级", "Unknown grade")
    if status is not None and status not in (PartyStatus.ACTIVE, PartyStatus.SUSPENDED):
        raise invalid("/status", "status_unknown", "未知状态", "Unknown status")
    supplier.grade = grade or supplier.grade
    supplier.status = status or supplier.status
    session.flush()
    callers.api_keys.forget(session)
    details = {"grade": supplier.grade, "status": supplier.status}
    record(
        session,
        party_id=NIL,
        action="supplier.changed",
        subject="supplier",
        subject_id=supplier_id,
        details=details,
        reason=reason,
    )
    return supplier
