"""What a sheet's lines become: typed, in minor units, checked, not yet stored."""

from dataclasses import dataclass
from datetime import date

from ...kit.money import Money
from ..catalog.rules import normalise
from ..inventory.credentials import Credential, fingerprint_text, serialise


@dataclass(frozen=True, slots=True)
class OfferRecord:
    """One supplier's offer as its line states it. Prices are minor units of `currency`; None means not stated."""

    line: int
    product: str
    category: str
    sku: str
    kind: str
    currency: str
    base_price_minor: int
    face_value: Money | None = None
    tier_prices_minor: tuple[tuple[str, int], ...] = ()
    quantity_prices_minor: tuple[tuple[int, int], ...] = ()
    min_quantity: int = 1
    max_quantity: int | None = None
    stock_cap: int | None = None
    warranty_hours: int | None = None
    description: str = ""
    file: str = ""

    @property
    def identity(self) -> tuple[str, str, str]:
        """Category, product and SKU, spelling folded away as the catalog does: equal for one SKU from anyone."""
        return self.category, normalise(self.product), normalise(self.sku)


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """One key. `offer` is the offer of its line in an offer sheet, None in a sheet of keys alone."""

    line: int
    credentials: tuple[Credential, ...]
    expires_on: date | None = None
    offer: OfferRecord | None = None

    @property
    def payload(self) -> str:
        """Canonical JSON of the credentials: what is sealed."""
        return serialise(self.credentials)

    @property
    def fingerprint_text(self) -> str:
        """What the blind index is taken of: the same however the key is written."""
        return fingerprint_text(self.credentials)

    def __repr__(self) -> str:
        return f"KeyRecord(line={self.line})"  # a key is never in a log or a traceback
