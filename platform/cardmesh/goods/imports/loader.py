"""Storing one batch of lines: offers made or changed, keys loaded, refusals recorded, counts moved, all or nothing."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from sqlalchemy.orm import Session

from ...kit.db import transaction
from ...kit.errors import MeshError
from ...kit.failpoints import reach
from ...kit.money import Money
from ...kit.tenancy import Scope
from .. import changes
from ..catalog.service import find_or_create_sku
from ..inventory.load import Counts, load, load_sealed
from ..models import Import, ImportStatus, Offer
from ..offers import queries as offer_queries
from ..offers import service as offers
from ..offers.errors import OfferExists
from ..offers.rules import MAX_QUANTITY
from . import issues, queries
from .errors import OfferCurrencyFixed
from .issues import Issue
from .lines import Batch
from .parse import KeyRecord, LineError, OfferRecord
from .state import Standing

DEFAULT_MAX_QUANTITY = 100
DEFAULT_WARRANTY_HOURS = 72


class Superseded(Exception):
    """Another run of the same import went on meanwhile: this one stops, having changed nothing."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where keys of an offer go."""

    offer_id: uuid.UUID
    sku_id: uuid.UUID


@dataclass(slots=True)
class _Outcome:
    """What a batch comes to while it is being stored."""

    keys: list[tuple[Place, KeyRecord]] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    rejected: set[int] = field(default_factory=set)
    refused_offers: list[int] = field(default_factory=list)
    duplicates: int = 0
    created: int = 0
    updated: int = 0

    def refuse(self, issue: Issue) -> None:
        self.issues.append(issue)
        self.rejected.add(issue.line)


class Loader:
    """Stores batches of one import, each in a transaction of its own that also moves the cursor.

    So a killed run leaves whole batches only, and the next one goes on with exact counts.
    """

    def __init__(self, scope: Scope, row: Import, standing: Standing, place: Place | None) -> None:
        self._scope, self._import_id, self._supplier_id = scope, row.id, row.supplier_id
        self.standing = standing
        self._place = place
        self._places: dict[int, Place | None] = dict.fromkeys(standing.refused_offers)

    def apply(self, batch: Batch) -> None:
        """Raises Superseded, KeyRenewed."""
        with transaction(self._scope) as session:
            row = queries.locked(session, self._import_id)
            if row.status != ImportStatus.RUNNING or row.cursor.get("line", 0) != self.standing.line:
                raise Superseded
            outcome = _Outcome()
            self._read(session, batch, outcome)
            self._load(session, row, batch, outcome)
            reach("import.batch.loaded")
            standing = self._advance(session, row, batch, outcome)
        reach("import.batch.committed")
        self.standing = standing

    def _read(self, session: Session, batch: Batch, outcome: _Outcome) -> None:
        for item in batch.items:
            match item:
                case LineError():
                    outcome.refuse(Issue(item.line, item.code, item.params))
                case OfferRecord():
                    self._offer(session, item, outcome)
                case KeyRecord():
                    self._key(session, item, outcome)

    def _offer(self, session: Session, record: OfferRecord, outcome: _Outcome) -> None:
        """A refused offer leaves nothing behind, and the keys under it are refused with it."""
        try:
            with session.begin_nested():
                self._places[record.line] = self._store(session, record, outcome)
        except MeshError as refusal:
            self._places[record.line] = None
            outcome.refused_offers.append(record.line)
            outcome.refuse(issues.of_refusal(record.line, refusal))

    def _store(self, session: Session, record: OfferRecord, outcome: _Outcome) -> Place:
        sku = find_or_create_sku(
            session,
            product_name=record.product,
            category_slug=record.category,
            sku_name=record.sku,
            face=record.face_value,
            description=record.description,
        )
        there, fresh = _found_or_made(session, self._supplier_id, sku.id, record)
        outcome.created += fresh
        if not fresh:
            before = there.version
            outcome.updated += _update(session, there, record, f"import {self._import_id}").version != before
        return Place(there.id, sku.id)

    def _key(self, session: Session, record: KeyRecord, outcome: _Outcome) -> None:
        place = self._place_of(session, record)
        if place:
            outcome.keys.append((place, record))
        else:
            first = record.offer.line if record.offer else 0
            outcome.refuse(Issue(record.line, "import_offer_above_rejected", {"first_line": first}))

    def _place_of(self, session: Session, record: KeyRecord) -> Place | None:
        """The offer of a key's line, stored by this run or by one before it."""
        offer = record.offer
        if offer is None:
            return None
        if offer.line not in self._places:
            self._places[offer.line] = self._stored_before(session, offer)
        return self._places[offer.line]

    def _stored_before(self, session: Session, record: OfferRecord) -> Place | None:
        sku = find_or_create_sku(
            session, product_name=record.product, category_slug=record.category, sku_name=record.sku
        )
        offer = offer_queries.of_sku(session, self._supplier_id, sku.id, record.kind)
        return Place(offer.id, sku.id) if offer else None

    def _load(self, session: Session, row: Import, batch: Batch, outcome: _Outcome) -> None:
        """A sheet without a duplicate so far will hardly have one in this batch."""
        counts = Counts()
        skus: Iterable[uuid.UUID] = ()
        if batch.sealed and self._place:
            counts = load_sealed(session, batch.sealed, self._import_id, likely_new=not row.duplicates)
            skus = [self._place.sku_id]
        elif outcome.keys:
            pairs = [(place.offer_id, record) for place, record in outcome.keys]
            counts = load(session, supplier_id=self._supplier_id, keys=pairs, import_id=self._import_id)
            skus = (place.sku_id for place, _ in outcome.keys)
        outcome.duplicates = counts.duplicates
        outcome.issues += [Issue(line, issues.KEY_DUPLICATE, {}) for line in counts.duplicate_lines]
        if counts.accepted:
            changes.note_skus(session, skus, "stock.added")

    def _advance(self, session: Session, row: Import, batch: Batch, outcome: _Outcome) -> Standing:
        room = issues.MAX_ISSUES - self.standing.issues
        recorded = sorted(outcome.issues, key=lambda issue: issue.line)[:room]
        issues.record(session, row.supplier_id, row.id, recorded)
        standing = replace(
            self.standing,
            line=batch.last,
            offset=batch.end,
            refused_offers=[*self.standing.refused_offers, *outcome.refused_offers],
            issues=self.standing.issues + len(recorded),
        )
        row.cursor = standing.to_json()
        row.done_bytes = batch.end
        row.total += batch.total
        row.rejected += len(outcome.rejected)
        row.duplicates += outcome.duplicates
        row.accepted += batch.total - len(outcome.rejected) - outcome.duplicates
        row.offers_created += outcome.created
        row.offers_updated += outcome.updated
        session.flush()
        return standing


def _found_or_made(
    session: Session, supplier_id: uuid.UUID, sku_id: uuid.UUID, record: OfferRecord
) -> tuple[Offer, bool]:
    """The row's offer, and whether it is new: another sheet of this supplier may make it at the same time."""
    if there := offer_queries.of_sku(session, supplier_id, sku_id, record.kind):
        return there, False
    try:
        return _create(session, supplier_id, sku_id, record), True
    except OfferExists as made:
        return offer_queries.get(session, uuid.UUID(str(made.extra["offer"]))), False


def _create(session: Session, supplier_id: uuid.UUID, sku_id: uuid.UUID, record: OfferRecord) -> Offer:
    return offers.create_offer(
        session,
        supplier_id=supplier_id,
        sku_id=sku_id,
        kind=record.kind,
        base_price=Money(record.base_price_minor, record.currency),
        tier_prices=dict(record.tier_prices_minor),
        quantity_prices=record.quantity_prices_minor,
        min_quantity=record.min_quantity,
        max_quantity=_most(record) or max(DEFAULT_MAX_QUANTITY, record.min_quantity),
        stock_cap=_cap(record),
        warranty_hours=DEFAULT_WARRANTY_HOURS if record.warranty_hours is None else record.warranty_hours,
    )


def _update(session: Session, offer: Offer, record: OfferRecord, reason: str) -> Offer:
    """The row's prices are the offer's prices; terms the row does not state stay."""
    if offer.currency != record.currency:
        raise OfferCurrencyFixed(currency=offer.currency)
    cap = _cap(record)
    return offers.update_offer(
        session,
        offer_id=offer.id,
        base_price_minor=record.base_price_minor,
        tier_prices=dict(record.tier_prices_minor),
        quantity_prices=record.quantity_prices_minor,
        min_quantity=record.min_quantity,
        max_quantity=_most(record),
        warranty_hours=record.warranty_hours,
        stock_cap=offers.Keep.KEEP if cap is None else cap,
        reason=reason,
    )


def _most(record: OfferRecord) -> int | None:
    """Suppliers write 9999 for "no limit"; ours is what one order line can hold."""
    return None if record.max_quantity is None else min(record.max_quantity, MAX_QUANTITY)


def _cap(record: OfferRecord) -> int | None:
    """In a sheet of keys 库存 is how many keys follow: the pool counts itself."""
    return None if record.kind == "card_key" else record.stock_cap
