"""Fetch a bought file by its signed link, counted against the cap."""

from typing import NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ...goods.models import OfferFile
from ...identity.audit import service as audit
from ..errors import DownloadLimitReached, LinkExpired
from ..models import OrderUnit, UnitStatus
from . import links


class Download(NamedTuple):
    """Where the bytes are, and what to call them. Serve as an attachment, never inline."""

    object_key: str
    filename: str
    content_type: str
    size: int
    ticket: links.Ticket


def open_download(session: Session, token: str) -> Download:
    """Count one download of the unit that the link is for. Scope: TRADE of the link's own tenant (`links.read`).

    Raises LinkExpired, DownloadLimitReached. The count and the check are one statement: racing downloads cannot
    exceed the cap.
    """
    ticket = links.read(token)
    unit = (OrderUnit.tenant_id == ticket.tenant_id, OrderUnit.id == ticket.unit_id)
    query = (
        select(OfferFile)
        .join(OrderUnit, (OrderUnit.supplier_id == OfferFile.supplier_id) & (OrderUnit.file_id == OfferFile.id))
        .where(*unit, OrderUnit.status == UnitStatus.DELIVERED)
    )
    file = session.scalar(query)
    if file is None:
        raise LinkExpired
    counted = (
        update(OrderUnit)
        .where(*unit, OrderUnit.status == UnitStatus.DELIVERED, OrderUnit.downloads < file.download_cap)
        .values(downloads=OrderUnit.downloads + 1)
        .returning(OrderUnit.downloads)
    )
    if session.scalar(counted) is None:
        raise DownloadLimitReached(cap=file.download_cap)
    audit.record(
        session,
        party_id=ticket.tenant_id,
        action="unit.downloaded",
        subject="order_unit",
        subject_id=ticket.unit_id,
    )
    return Download(file.object_key, file.filename, file.content_type, file.size, ticket)


def give_back(session: Session, ticket: links.Ticket) -> None:
    """A download that our object store refused or broke off does not count. Scope: as `open_download`."""
    unit = (OrderUnit.tenant_id == ticket.tenant_id, OrderUnit.id == ticket.unit_id, OrderUnit.downloads > 0)
    session.execute(update(OrderUnit).where(*unit).values(downloads=OrderUnit.downloads - 1))
    audit.record(
        session,
        party_id=ticket.tenant_id,
        action="unit.download_failed",
        subject="order_unit",
        subject_id=ticket.unit_id,
    )
