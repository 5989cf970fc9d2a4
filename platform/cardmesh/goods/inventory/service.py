"""Take, give back, load, open. `offer` is anything with `id supplier_id kind stock_cap` (see `OfferLike`)."""

import uuid
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Protocol, TypeAlias

from sqlalchemy import delete, func, literal, null, select
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from ...identity.audit import service as audit
from ...kit import runtime
from ...kit.i18n import DEFAULT_LOCALE
from .. import changes
from ..models import CardKey, GoodsKind, KeyEvent, KeyEventKind, Offer, StockUnit
from . import queries
from .credentials import Credential, deserialise
from .errors import CapInvalid, KeyMissing, NotCapped, NotKeyed, OutOfStock
from .load import Counts, Key, load
from .rules import LOW, MAX_CAP, StockBand, band


class OfferRef(Protocol):
    """What stock needs to know of an offer; a `pricing.OfferChoice` is one."""

    @property
    def id(self) -> uuid.UUID: ...

    @property
    def supplier_id(self) -> uuid.UUID: ...

    @property
    def kind(self) -> str: ...

    @property
    def stock_cap(self) -> int | None: ...


OfferLike: TypeAlias = Offer | OfferRef


def is_counted(offer: OfferLike) -> bool:
    """Whether each sale takes a unit: always for keys, for other kinds when the supplier set a cap."""
    return offer.kind == GoodsKind.CARD_KEY or offer.stock_cap is not None


def take(session: Session, *, offer: OfferLike, count: int) -> list[uuid.UUID]:
    """Take `count` units out of stock and return their ids; `[]` for an unlimited offer.

    Never waits, never gives a unit to two callers. Raises OutOfStock with nothing taken, after which the same
    transaction may try another offer.
    """
    if count < 1:
        raise ValueError("take at least one")
    if not is_counted(offer):
        return []
    place = {"offer_id": offer.id, "start": uuid.uuid4(), "count": count}
    taken = list(session.scalars(queries.TAKE, place))
    if len(taken) != count:
        raise OutOfStock
    return taken


def give_back(session: Session, *, offer: OfferLike, unit_ids: Collection[uuid.UUID]) -> None:
    """Put units that were taken and never shown to anybody back on sale. The second time changes nothing."""
    if not unit_ids or not is_counted(offer):
        return
    if offer.kind == GoodsKind.CARD_KEY:
        own = (CardKey.id.in_(unit_ids), CardKey.offer_id == offer.id, CardKey.supplier_id == offer.supplier_id)
        rows = select(CardKey.offer_id, CardKey.id, CardKey.supplier_id, CardKey.expires_on).where(*own)
    else:
        unit = func.unnest(list(unit_ids)).column_valued("unit")
        rows = select(literal(offer.id), unit, literal(offer.supplier_id), null())
    columns = ["offer_id", "unit_id", "supplier_id", "expires_on"]
    statement = insert(StockUnit).from_select(columns, rows).on_conflict_do_nothing()
    if offer.kind == GoodsKind.CARD_KEY:
        back = statement.returning(StockUnit.unit_id).cte("back")
        session.execute(_noted(KeyEventKind.LISTED, back.c.unit_id))
    else:
        session.execute(statement)


def stock_band(
    session: Session,
    *,
    offer_ids: Collection[uuid.UUID] = (),
    sku_ids: Collection[uuid.UUID] = (),
) -> dict[uuid.UUID, StockBand]:
    """The band of each offer, or of each SKU over its active offers. Bounded counts: cheap whatever the stock."""
    bands: dict[uuid.UUID, StockBand] = {}
    if offer_ids:
        found = queries.available_by_offer(session, offer_ids, LOW)
        bands |= {offer_id: band(count) for offer_id, count in found.items()}
    if sku_ids:
        for sku_id, counts in queries.available_by_sku(session, sku_ids, LOW).items():
            bands[sku_id] = band(sum_available(counts))
    return bands


def sum_available(counts: Iterable[int | None]) -> int | None:
    """Units over several offers; one unlimited makes all of them so."""
    total = 0
    for count in counts:
        if count is None:
            return None
        total += count
    return total


def add_keys(session: Session, *, offer: Offer, records: Sequence[Key], import_id: uuid.UUID | None = None) -> Counts:
    """Seal and store keys for one offer and put them on sale. Raises NotKeyed.

    Duplicates, in these records or of any key on the platform, are left out and counted by line. One statement loads
    all, so batches of 5,000 to 20,000 are right.
    """
    if offer.kind != GoodsKind.CARD_KEY:
        raise NotKeyed
    pairs = [(offer.id, record) for record in records]
    counts = load(session, supplier_id=offer.supplier_id, keys=pairs, import_id=import_id)
    if counts.accepted:
        changes.note_skus(session, [offer.sku_id], "stock.added")
    return counts


def set_cap(session: Session, *, offer: Offer, cap: int | None) -> None:
    """From now on exactly `cap` units can be sold (`None`: any number). Raises NotCapped, CapInvalid.

    Units in open orders are not touched: given back, they come on top.
    """
    if offer.kind == GoodsKind.CARD_KEY:
        raise NotCapped
    if cap is not None and not 0 <= cap <= MAX_CAP:
        raise CapInvalid(limit=MAX_CAP)
    session.execute(delete(StockUnit).where(StockUnit.offer_id == offer.id))
    if cap:
        units = [{"offer_id": offer.id, "unit_id": uuid.uuid4(), "supplier_id": offer.supplier_id} for _ in range(cap)]
        session.execute(insert(StockUnit), units)
    offer.stock_cap = cap
    session.flush()
    changes.note_skus(session, [offer.sku_id], "stock.cap_set")


def withdraw(
    session: Session,
    *,
    supplier_id: uuid.UUID,
    offer: Offer,
    unit_ids: Collection[uuid.UUID] | None = None,
    import_id: uuid.UUID | None = None,
    reason: str,
) -> int:
    """Take unsold keys off sale for good: these, those of one import, or all of the offer. Returns how many.

    A key that is being sold at this moment stays with its buyer. Audited; the sealed rows remain, so that the same
    keys cannot be uploaded again by somebody else.
    """
    units = select(StockUnit.unit_id).where(StockUnit.offer_id == offer.id, StockUnit.supplier_id == supplier_id)
    if unit_ids is not None:
        units = units.where(StockUnit.unit_id.in_(unit_ids))
    if import_id is not None:
        units = units.where(
            StockUnit.unit_id.in_(
                select(CardKey.id).where(CardKey.offer_id == offer.id, CardKey.import_id == import_id)
            )
        )
    picked = units.with_for_update(skip_locked=True).cte("picked")
    chosen = (StockUnit.offer_id == offer.id, StockUnit.unit_id.in_(select(picked.c.unit_id)))
    taken = delete(StockUnit).where(*chosen).returning(StockUnit.unit_id).cte("taken")
    gone = session.execute(_noted(KeyEventKind.VOIDED, taken.c.unit_id)).rowcount  # pyright: ignore[reportAttributeAccessIssue] - a cursor result
    if not gone:
        return 0
    audit.record(
        session,
        party_id=supplier_id,
        action="stock.withdrawn",
        subject="offer",
        subject_id=offer.id,
        details={"keys": gone, "import_id": str(import_id) if import_id else None},
        reason=reason,
    )
    changes.note_skus(session, [offer.sku_id], "stock.withdrawn")
    return gone


def drop_expired(session: Session, *, today: date, limit: int = 1_000) -> int:
    """Take keys whose last day has passed off sale; returns how many (`limit` says: call again). Platform scope."""
    gone = queries.expired_units(session, today, limit)
    for unit in gone:
        session.delete(unit)
    session.add_all(KeyEvent(event=KeyEventKind.VOIDED, key_id=unit.unit_id) for unit in gone)
    session.flush()
    skus = select(Offer.sku_id).where(Offer.id.in_({unit.offer_id for unit in gone})).distinct()
    changes.note_skus(session, session.scalars(skus).all(), "stock.expired")
    return len(gone)


def _noted(event: KeyEventKind, key_ids: ColumnElement[uuid.UUID]) -> Insert:
    """The statement that writes one event for each key of a select, and with it all that the select does."""
    events = insert(KeyEvent).from_select(["event", "key_id"], select(literal(event.value), key_ids))
    return events.execution_options(preserve_rowcount=True)


def open_keys(
    session: Session, *, key_ids: Collection[uuid.UUID], locale: str = DEFAULT_LOCALE
) -> dict[uuid.UUID, list[Credential]]:
    """Decrypt keys: the one function of the project that does.

    The caller has decided that the reader may see them, and writes the audit rows of the reveal in the same
    transaction, before anything leaves. Raises KeyMissing unless all are there, DecryptionFailed when a row was moved
    or changed.
    """
    rows = queries.sealed_keys(session, key_ids)
    if len(rows) != len(set(key_ids)):
        raise KeyMissing
    return {row.id: _open(session, row, locale) for row in rows}


def _open(session: Session, row: CardKey, locale: str) -> list[Credential]:
    plaintext = runtime.current().vault.open(
        session,
        row.sealed,
        owner_id=row.supplier_id,
        secret_id=row.id,
        place_id=row.offer_id,
        version=row.key_version,
    )
    return [one.labelled(locale) for one in deserialise(plaintext)]
