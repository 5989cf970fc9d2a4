"""Make, change, review, pause offers. Prices apply at once and every change of one is on record."""

import uuid
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, TypeAlias

from sqlalchemy import delete, insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ...identity.audit import service as audit
from ...kit.ids import NIL, new_id
from ...kit.money import Money
from .. import changes
from ..catalog.closed import require_open_category
from ..inventory import service as inventory
from ..inventory.errors import NotCapped
from ..models import GoodsKind, Offer, OfferPrice
from ..pricing.rules import PriceRow
from . import queries, rules
from .errors import DecisionUnknown, KindUnsupported, OfferExists, ReasonMissing, VersionMismatch
from .files import StoredFile, attach_file, store_file
from .queries import get as get_offer
from .queries import newest_file, page

__all__ = [
    "Keep",
    "StoredFile",
    "attach_file",
    "create_offer",
    "get_offer",
    "newest_file",
    "page",
    "pause",
    "resubmit",
    "resume",
    "review",
    "store_file",
    "update_offer",
]


_State: TypeAlias = tuple[dict[str, Any], dict[str, Any]]
"""Prices and terms of an offer, as the audit trail keeps them."""


Bounds: TypeAlias = tuple[int | None, int | None]
"""The least and the most a buyer may be asked for a unit, in minor units; None: no bound."""


class Keep(Enum):
    """Leave it as it is, where None says something else."""

    KEEP = "keep"


def create_offer(
    session: Session,
    *,
    supplier_id: uuid.UUID,
    sku_id: uuid.UUID,
    kind: str,
    base_price: Money,
    tier_prices: Mapping[str, int] | None = None,
    quantity_prices: Sequence[tuple[int, int]] = (),
    min_quantity: int = 1,
    max_quantity: int = 100,
    stock_cap: int | None = None,
    warranty_hours: int = 72,
    retail_bounds: Bounds = (None, None),
) -> Offer:
    """A new offer, waiting for review. `tier_prices` is tier → minor units, `quantity_prices` (from, minor units),
    `retail_bounds` the least and the most that a buyer may be asked.

    Raises OfferExists, KindUnsupported, CategoryClosed, NotCapped, and the refusals of `rules.price_rows` and
    `rules.check_terms`.
    """
    if kind not in rules.SUPPORTED:
        raise KindUnsupported(kind=kind)
    require_open_category(session, sku_id)
    if kind == GoodsKind.CARD_KEY and stock_cap is not None:
        raise NotCapped
    rows = rules.price_rows(base_price.minor, tier_prices or {}, quantity_prices)
    rules.check_terms(min_quantity, max_quantity, warranty_hours)
    rules.check_bounds(*retail_bounds)
    offer = Offer(
        supplier_id=supplier_id,
        id=new_id(),
        sku_id=sku_id,
        kind=kind,
        base_price_minor=base_price.minor,
        currency=base_price.currency,
        min_quantity=min_quantity,
        max_quantity=max_quantity,
        warranty_hours=warranty_hours,
        min_retail_minor=retail_bounds[0],
        max_retail_minor=retail_bounds[1],
    )
    _insert(session, offer)
    _store_rows(session, offer, rows)
    if stock_cap is not None:
        inventory.set_cap(session, offer=offer, cap=stock_cap)
    _audit(session, offer, "offer.created", {"prices": _shown(offer, rows)})
    return offer


def _insert(session: Session, offer: Offer) -> None:
    try:
        with session.begin_nested():
            session.add(offer)
    except IntegrityError as error:
        there = queries.of_sku(session, offer.supplier_id, offer.sku_id, offer.kind)
        if there is None:
            raise
        raise OfferExists(extra={"offer": str(there.id)}) from error


def update_offer(
    session: Session,
    *,
    offer_id: uuid.UUID,
    base_price_minor: int | None = None,
    tier_prices: Mapping[str, int] | None = None,
    quantity_prices: Sequence[tuple[int, int]] | None = None,
    min_quantity: int | None = None,
    max_quantity: int | None = None,
    warranty_hours: int | None = None,
    expected_version: int | None = None,
    stock_cap: int | Keep | None = Keep.KEEP,
    retail_bounds: Bounds | None = None,
    rows: Sequence[PriceRow] | None = None,
    reason: str = "",
) -> Offer:
    """Change what is given; the rest stays. `stock_cap=None` lifts the cap, leaving it out keeps it.

    Given tier or quantity prices replace all of their kind, `rows` all there are. Prices apply at once, also to an
    active offer, and are recorded with what they were. Raises NotFound, VersionMismatch, and what `create_offer`
    refuses.
    """
    offer = queries.locked(session, offer_id)
    if expected_version is not None and expected_version != offer.version:
        raise VersionMismatch(version=offer.version)
    before = _stored_rows(session, offer)
    was = _shown(offer, before), _terms(offer)
    base = offer.base_price_minor if base_price_minor is None else base_price_minor
    if rows is None:
        rows = _merged(before, base, tier_prices, quantity_prices)
    rules.check_matrix(base, rows)
    least = offer.min_quantity if min_quantity is None else min_quantity
    most = offer.max_quantity if max_quantity is None else max_quantity
    hours = offer.warranty_hours if warranty_hours is None else warranty_hours
    rules.check_terms(least, most, hours)
    if retail_bounds is not None:
        rules.check_bounds(*retail_bounds)
        offer.min_retail_minor, offer.max_retail_minor = retail_bounds
    offer.base_price_minor = base
    offer.min_quantity, offer.max_quantity, offer.warranty_hours = least, most, hours
    if sorted(rows) != sorted(before):
        _store_rows(session, offer, rows)
    if not isinstance(stock_cap, Keep) and stock_cap != offer.stock_cap:
        inventory.set_cap(session, offer=offer, cap=stock_cap)
    _record_change(session, offer, was, (_shown(offer, rows), _terms(offer)), reason)
    return offer


def _record_change(session: Session, offer: Offer, was: _State, now: _State, reason: str) -> None:
    """One record per sort of change; nothing changed, nothing recorded and no new version."""
    if was == now:
        return
    offer.version += 1
    session.flush()
    if was[0] != now[0]:
        _audit(session, offer, "offer.price_changed", {"before": was[0], "after": now[0]}, reason)
    if was[1] != now[1]:
        _audit(session, offer, "offer.terms_changed", {"before": was[1], "after": now[1]}, reason)
    changes.note_skus(session, [offer.sku_id], "offer.changed")


def _merged(
    before: Sequence[PriceRow],
    base_minor: int,
    tiers: Mapping[str, int] | None,
    quantities: Sequence[tuple[int, int]] | None,
) -> list[PriceRow]:
    """Rows by tier and quantity at once go with the tiers: who sets these says all of them."""
    old_tiers = {row.tier: row.price_minor for row in before if row.tier and row.min_quantity == 1}
    old_steps = [(row.min_quantity, row.price_minor) for row in before if not row.tier]
    both = [row for row in before if row.tier and row.min_quantity > 1 and tiers is None]
    return both + rules.price_rows(
        base_minor, old_tiers if tiers is None else tiers, old_steps if quantities is None else quantities
    )


def pause(session: Session, *, offer_id: uuid.UUID, reason: str = "") -> Offer:
    """Stop selling for now. Raises NotFound, OfferState."""
    return _move(session, offer_id, "pause", reason)


def resume(session: Session, *, offer_id: uuid.UUID) -> Offer:
    """Sell again what was approved before. Raises NotFound, OfferState."""
    return _move(session, offer_id, "resume", "")


def resubmit(session: Session, *, offer_id: uuid.UUID) -> Offer:
    """Ask for another review after a rejection. Raises NotFound, OfferState."""
    return _move(session, offer_id, "resubmit", "")


def review(session: Session, *, offer_id: uuid.UUID, decision: str, reason: str = "") -> Offer:
    """`approve` or `reject` (with a reason the supplier reads). Platform scope; audited on both sides.

    Raises NotFound, OfferState, DecisionUnknown, ReasonMissing.
    """
    if decision not in ("approve", "reject"):
        raise DecisionUnknown
    if decision == "reject" and not reason.strip():
        raise ReasonMissing
    return _move(session, offer_id, decision, reason.strip(), by_platform=True)


def _move(session: Session, offer_id: uuid.UUID, verb: str, reason: str, by_platform: bool = False) -> Offer:
    offer = queries.locked(session, offer_id)
    offer.status = rules.next_state(verb, offer.status)
    offer.version += 1
    if by_platform:
        offer.review_reason = reason
    session.flush()
    for party_id in (NIL, offer.supplier_id) if by_platform else (offer.supplier_id,):
        audit.record(
            session,
            party_id=party_id,
            action=f"offer.{_DONE[verb]}",
            subject="offer",
            subject_id=offer.id,
            reason=reason,
        )
    changes.note_skus(session, [offer.sku_id], f"offer.{_DONE[verb]}")
    return offer


_DONE = {
    "approve": "approved",
    "reject": "rejected",
    "pause": "paused",
    "resume": "resumed",
    "resubmit": "resubmitted",
}


def _stored_rows(session: Session, offer: Offer) -> list[PriceRow]:
    return [PriceRow(row.tier, row.min_quantity, row.price_minor) for row in queries.prices(session, [offer.id])]


def _store_rows(session: Session, offer: Offer, rows: Sequence[PriceRow]) -> None:
    session.execute(delete(OfferPrice).where(OfferPrice.offer_id == offer.id))
    if rows:
        key = {"supplier_id": offer.supplier_id, "offer_id": offer.id}
        session.execute(insert(OfferPrice), [key | row._asdict() for row in rows])


def _shown(offer: Offer, rows: Sequence[PriceRow]) -> dict[str, Any]:
    """Prices as the audit trail keeps them."""
    return {
        "currency": offer.currency,
        "base": offer.base_price_minor,
        "rows": [[row.tier, row.min_quantity, row.price_minor] for row in sorted(rows)],
    }


def _terms(offer: Offer) -> dict[str, Any]:
    return {
        "min_quantity": offer.min_quantity,
        "max_quantity": offer.max_quantity,
        "warranty_hours": offer.warranty_hours,
        "stock_cap": offer.stock_cap,
        "retail_bounds": [offer.min_retail_minor, offer.max_retail_minor],
    }


def _audit(session: Session, offer: Offer, action: str, details: dict[str, Any], reason: str = "") -> None:
    audit.record(
        session,
        party_id=offer.supplier_id,
        action=action,
        subject="offer",
        subject_id=offer.id,
        details=details,
        reason=reason,
    )
