"""A one-time secret from the supplier's pool, taken in the order's own transaction."""

import uuid
from collections.abc import Collection, Sequence

from sqlalchemy.orm import Session

from ....goods.inventory import service as inventory
from ....goods.inventory.credentials import Credential
from ....goods.inventory.service import OfferLike
from ....goods.models import GoodsKind
from ...models import OrderUnit
from .base import Reserved


class CardKeys:
    name = GoodsKind.CARD_KEY
    at_once = True

    def reserve(self, session: Session, offer: OfferLike, count: int) -> list[Reserved]:
        return [Reserved(unit_id) for unit_id in inventory.take(session, offer=offer, count=count)]

    def give_back(self, session: Session, offer: OfferLike, stock_unit_ids: Collection[uuid.UUID]) -> None:
        inventory.give_back(session, offer=offer, unit_ids=stock_unit_ids)

    def reveal(self, session: Session, units: Sequence[OrderUnit], locale: str) -> dict[uuid.UUID, list[Credential]]:
        keys = {unit.stock_unit_id: unit.id for unit in units if unit.stock_unit_id}
        opened = inventory.open_keys(session, key_ids=list(keys), locale=locale)
        return {keys[key_id]: credentials for key_id, credentials in opened.items()}
