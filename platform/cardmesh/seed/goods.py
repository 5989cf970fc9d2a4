"""Suppliers' sheets through the importer, files attached, everything approved."""

import mimetypes
import uuid
from pathlib import Path
from typing import Any

from sqlalchemy import select

from ..goods.catalog.rules import normalise
from ..goods.imports import service as imports
from ..goods.models import Import, ImportKind, ImportStatus, Offer, OfferStatus, Product, Sku
from ..goods.offers import service as offers
from ..kit import tenancy
from ..kit.db import transaction
from .operator import SEEDER


def load(supplier_id: uuid.UUID, entry: dict[str, Any], examples: Path) -> None:
    """Bring in one supplier's offers, then further keys, then files."""
    for sheet in entry["offers"]:
        _import(supplier_id, examples / sheet, ImportKind.OFFERS)
    for keys in entry["keys"]:
        offer_id = _offer(supplier_id, keys)
        _import(supplier_id, examples / keys["sheet"], ImportKind.KEYS, offer_id)
    for file in entry["files"]:
        _attach(_offer(supplier_id, file), supplier_id, examples / file["file"])


def approve_all() -> None:
    """The operator's review, in one go."""
    with transaction(tenancy.platform(SEEDER)) as session:
        waiting = select(Offer.id).where(Offer.status == OfferStatus.PENDING_REVIEW)
        for offer_id in session.scalars(waiting).all():
            offers.review(session, offer_id=offer_id, decision="approve")


def _import(supplier_id: uuid.UUID, path: Path, kind: ImportKind, offer_id: uuid.UUID | None = None) -> None:
    with transaction(tenancy.supplier(supplier_id, SEEDER)) as session:
        same = select(Import).where(Import.supplier_id == supplier_id, Import.filename == path.name)
        row = session.scalar(same)
        if row is None:
            with path.open("rb") as stream:
                row = imports.start(
                    session,
                    supplier_id=supplier_id,
                    kind=kind,
                    offer_id=offer_id,
                    filename=path.name,
                    stream=stream,
                )
    if row.status not in (ImportStatus.COMPLETED, ImportStatus.FAILED):
        imports.run(import_id=row.id, supplier_id=supplier_id)


def _offer(supplier_id: uuid.UUID, named: dict[str, str]) -> uuid.UUID:
    with transaction(tenancy.supplier(supplier_id, SEEDER)) as session:
        query = (
            select(Offer.id)
            .join(Sku, Sku.id == Offer.sku_id)
            .join(Product, Product.id == Sku.product_id)
            .where(
                Offer.supplier_id == supplier_id,
                Product.match_name == normalise(named["product"]),
                Sku.match_name == normalise(named["sku"]),
            )
        )
        return session.scalars(query).one()


def _attach(offer_id: uuid.UUID, supplier_id: uuid.UUID, path: Path) -> None:
    with transaction(tenancy.supplier(supplier_id, SEEDER)) as session:
        if offers.newest_file(session, offer_id) is None:
            kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
            offers.attach_file(
                session, offer_id=offer_id, filename=path.name, content_type=kind, body=path.read_bytes()
            )
