"""What trade asks of a kind of goods."""

import uuid
from collections.abc import Collection, Sequence
from typing import NamedTuple, Protocol

from sqlalchemy.orm import Session

from ....goods.inventory.credentials import Credential
from ....goods.inventory.service import OfferLike
from ...models import OrderUnit


class Reserved(NamedTuple):
    """What was set aside for one unit: a row of stock, a version of a file, both or neither."""

    stock_unit_id: uuid.UUID | None = None
    file_id: uuid.UUID | None = None


class Kind(Protocol):
    """A strategy. Every method runs inside the order's transaction; none calls the network."""

    @property
    def name(self) -> str: ...

    @property
    def at_once(self) -> bool:
        """Whether a reserved unit can be handed over in the same transaction."""
        ...

    def reserve(self, session: Session, offer: OfferLike, count: int) -> list[Reserved]:
        """Set aside `count` units. Raises OutOfStock with nothing taken."""
        ...

    def give_back(self, session: Session, offer: OfferLike, stock_unit_ids: Collection[uuid.UUID]) -> None:
        """Put what was set aside, and never shown to anybody, back on sale."""
        ...

    def reveal(self, session: Session, units: Sequence[OrderUnit], locale: str) -> dict[uuid.UUID, list[Credential]]:
        """Unit id → what the buyer gets. The caller has written the audit rows."""
        ...
