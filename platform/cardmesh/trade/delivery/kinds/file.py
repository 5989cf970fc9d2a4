"""A private object, handed over as a short-lived signed link with a cap on downloads."""

import uuid
from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from ....goods.inventory import service as inventory
from ....goods.inventory.credentials import Credential
from ....goods.inventory.errors import OutOfStock
from ....goods.inventory.service import OfferLike
from ....goods.models import GoodsKind, OfferFile
from ...models import OrderUnit
from .. import links
from .base import Reserved


class Files:
    name = GoodsKind.FILE
    at_once = True

    def reserve(self, session: Session, offer: OfferLike, count: int) -> list[Reserved]:
        """The newest version of the file; a later upload does not change what was bought."""
        newest = (
            select(OfferFile.id)
            .where(OfferFile.supplier_id == offer.supplier_id, OfferFile.offer_id == offer.id)
            .order_by(OfferFile.version.desc())
            .limit(1)
        )
        file_id = session.scalar(newest)
        if file_id is None:
            raise OutOfStock
        tokens = inventory.take(session, offer=offer, count=count)
        return [Reserved(token, file_id) for token in tokens or [None] * count]

    def give_back(self, session: Session, offer: OfferLike, stock_unit_ids: Collection[uuid.UUID]) -> None:
        inventory.give_back(session, offer=offer, unit_ids=stock_unit_ids)

    def reveal(self, session: Session, units: Sequence[OrderUnit], locale: str) -> dict[uuid.UUID, list[Credential]]:
        names = select(OfferFile.id, OfferFile.filename).where(OfferFile.id.in_({unit.file_id for unit in units}))
        filenames = {row.id: row.filename for row in session.execute(names)}
        return {
            unit.id: [Credential("file", filenames[unit.file_id], links.path(unit.tenant_id, unit.id))]
            for unit in units
            if unit.file_id and unit.file_id in filenames
        }
