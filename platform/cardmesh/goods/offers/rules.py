"""What an offer may say."""

import re
from collections.abc import Mapping, Sequence

from ...kit.money import MAX_MINOR
from ..models import GoodsKind, OfferStatus
from ..pricing.rules import PriceRow
from .errors import (
    OfferState,
    PriceInvalid,
    PriceNotLower,
    QuantitiesInvalid,
    QuantityPricesInvalid,
    RetailBoundsInvalid,
    TierUnknown,
    WarrantyInvalid,
)

SUPPORTED = (GoodsKind.CARD_KEY, GoodsKind.FILE)
MAX_QUANTITY = 1_000
"""The most units of one order line."""
MAX_WARRANTY_HOURS = 24 * 366 * 5
MAX_STEPS = 20
MAX_ROWS = 200
MAX_FILE_BYTES = 512 << 20

_TIER = re.compile(r"VIP[1-9][0-9]?")

TRANSITIONS: dict[str, tuple[OfferStatus, tuple[OfferStatus, ...]]] = {
    "approve": (OfferStatus.ACTIVE, (OfferStatus.PENDING_REVIEW, OfferStatus.REJECTED)),
    "reject": (OfferStatus.REJECTED, (OfferStatus.PENDING_REVIEW, OfferStatus.ACTIVE, OfferStatus.PAUSED)),
    "pause": (OfferStatus.PAUSED, (OfferStatus.ACTIVE,)),
    "resume": (OfferStatus.ACTIVE, (OfferStatus.PAUSED,)),
    "resubmit": (OfferStatus.PENDING_REVIEW, (OfferStatus.REJECTED,)),
}
"""Verb → (new state, states it is allowed in)."""


def next_state(verb: str, state: str) -> OfferStatus:
    """Raises OfferState."""
    target, allowed = TRANSITIONS[verb]
    if state not in allowed:
        extra = {"state": state, "allowed": [str(one) for one in allowed]}
        raise OfferState(extra=extra, state=state, allowed=" / ".join(allowed))
    return target


def price_rows(base_minor: int, tiers: Mapping[str, int], quantities: Sequence[tuple[int, int]]) -> list[PriceRow]:
    """The rows behind tier prices and quantity prices. Raises PriceInvalid, TierUnknown, PriceNotLower,
    QuantityPricesInvalid."""
    check_price(base_minor)
    counts = [count for count, _ in quantities]
    if len(counts) > MAX_STEPS or len(set(counts)) < len(counts) or any(not 1 < n <= MAX_QUANTITY for n in counts):
        raise QuantityPricesInvalid(limit=MAX_STEPS)
    rows = [PriceRow(check_tier(tier), 1, price) for tier, price in tiers.items()]
    rows += [PriceRow("", count, price) for count, price in quantities]
    check_rows(base_minor, rows)
    return rows


def check_rows(base_minor: int, rows: Sequence[PriceRow]) -> None:
    """No row may be dearer than the base: the best matching row is the cost, so it would never apply."""
    for row in rows:
        check_price(row.price_minor)
        if row.price_minor > base_minor:
            raise PriceNotLower(what=row.tier or f"≥ {row.min_quantity}")


def check_matrix(base_minor: int, rows: Sequence[PriceRow]) -> None:
    """Prices by tier and quantity together. Raises PriceInvalid, TierUnknown, PriceNotLower, QuantityPricesInvalid."""
    check_price(base_minor)
    places = [(row.tier, row.min_quantity) for row in rows]
    counts = all(1 <= count <= MAX_QUANTITY and (tier or count > 1) for tier, count in places)
    if len(rows) > MAX_ROWS or len(set(places)) < len(places) or not counts:
        raise QuantityPricesInvalid(limit=MAX_ROWS)
    for row in rows:
        if row.tier:
            check_tier(row.tier)
    check_rows(base_minor, rows)


def check_price(minor: int) -> None:
    if not 0 < minor <= MAX_MINOR:
        raise PriceInvalid


def check_bounds(least: int | None, most: int | None) -> None:
    """Raises RetailBoundsInvalid."""
    given = [bound for bound in (least, most) if bound is not None]
    if any(not 0 < bound <= MAX_MINOR for bound in given) or given != sorted(given):
        raise RetailBoundsInvalid


def check_tier(tier: str) -> str:
    """The tier itself. Raises TierUnknown."""
    if not _TIER.fullmatch(tier):
        raise TierUnknown(tier=tier)
    return tier


def check_terms(min_quantity: int, max_quantity: int, warranty_hours: int) -> None:
    """Raises QuantitiesInvalid, WarrantyInvalid."""
    if not 1 <= min_quantity <= max_quantity <= MAX_QUANTITY:
        raise QuantitiesInvalid(limit=MAX_QUANTITY)
    if not 0 <= warranty_hours <= MAX_WARRANTY_HOURS:
        raise WarrantyInvalid(limit=MAX_WARRANTY_HOURS)
