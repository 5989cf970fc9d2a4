"""Many listings at once: what can be done is done, the rest is left and counted; each as if it were alone."""

import json
import uuid
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import delete, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ...identity.audit import service as audit
from ...kit.i18n import Text
from .. import changes
from ..models import Listing
from ..pricing.errors import LossGuard, OfferNotActive, PriceRuleMissing, RetailOutOfBounds
from . import notes, queries, service

VERBS = ("pause", "resume", "remove")
DONE = {
    "pause": Text("已下架 {n} 个商品", "{n} paused"),
    "resume": Text("已恢复销售 {n} 个商品", "{n} on sale again"),
    "remove": Text("已移出店铺 {n} 个商品", "{n} taken out of the store"),
}
_TERMS_BACK = text("""
update listings l set status = r.status, currency = r.currency, retail_minor = r.retail_minor,
  markup_percent = r.markup_percent, markup_fixed_minor = r.markup_fixed_minor, round_to_minor = r.round_to_minor,
  floor_minor = r.floor_minor, bulk_steps = r.bulk_steps, supplier_id = r.supplier_id,
  version = l.version + 1, updated_at = clock_timestamp()
from jsonb_to_recordset(cast(:rows as jsonb)) as r (
  id uuid, version int, status text, currency text, retail_minor bigint, markup_percent numeric,
  markup_fixed_minor bigint, round_to_minor bigint, floor_minor bigint, bulk_steps jsonb, supplier_id uuid)
where l.tenant_id = :tenant_id and l.id = r.id and l.version = r.version + 1 returning l.id
""")
"""Where nobody touched it since: the bulk made one version."""


def move(
    session: Session, *, tenant_id: uuid.UUID, verb: str, listing_ids: Collection[uuid.UUID]
) -> dict[str, Any]:
    """One of `VERBS`, in key order: by id, what undoing it takes. What is gone or would sell at a loss is left out."""
    done: dict[str, Any] = {}
    for row in queries.lock_many(session, tenant_id, listing_ids):
        if verb == "remove":
            done[str(row.id)] = notes.note(row)
            service.remove(session, tenant_id=tenant_id, listing_id=row.id)
        elif (version := _turn(session, row, verb)) is not None:
            done[str(row.id)] = version
    return done


def _turn(session: Session, row: Listing, verb: str) -> int | None:
    """The version after a change of state; None where there was none."""
    before, act = row.version, {"pause": service.pause, "resume": service.resume}[verb]
    try:
        version = act(session, tenant_id=row.tenant_id, listing_id=row.id).version
    except (LossGuard, OfferNotActive, PriceRuleMissing, RetailOutOfBounds):
        return None
    return version if version > before else None


def move_back(session: Session, *, tenant_id: uuid.UUID, verb: str, done: Mapping[str, Any]) -> int:
    """Undo `move` where nobody touched the listing since; how many."""
    if verb == "remove":
        return sum(_put_back(session, tenant_id, row) for row in done.values())
    reverse = {"pause": "resume", "resume": "pause"}[verb]
    there = queries.lock_many(session, tenant_id, list(map(uuid.UUID, done)))
    untouched = [row.id for row in there if row.version == done[str(row.id)]]
    return len(move(session, tenant_id=tenant_id, verb=reverse, listing_ids=untouched))


def _put_back(session: Session, tenant_id: uuid.UUID, row: Mapping[str, Any]) -> int:
    """The same listing again; 0 where the SKU was listed anew meanwhile."""
    values = notes.read(row) | {"tenant_id": tenant_id, "version": row["version"] + 1}
    again = insert(Listing).values(values).on_conflict_do_nothing().returning(Listing.id)
    if session.scalar(again) is None:
        return 0
    audit.record(session, party_id=tenant_id, action="listing.restored", subject="listing", subject_id=values["id"])
    changes.note_listing(session, tenant_id, values["sku_id"], "listing.restored")
    return 1


def undo_matching(session: Session, *, tenant_id: uuid.UUID, store_id: uuid.UUID, result: Mapping[str, Any]) -> int:
    """Take back `list_matching`: what it listed goes, what it repriced has its old terms; touched since stays."""
    fresh = [uuid.UUID(one) for one in result["created"]]
    mine = (Listing.tenant_id == tenant_id, Listing.store_id == store_id, Listing.version == 1, Listing.id.in_(fresh))
    count = len(session.scalars(delete(Listing).where(*mine).returning(Listing.id)).all())
    rows = json.dumps(result["replaced"])
    count += len(session.execute(_TERMS_BACK, {"tenant_id": tenant_id, "rows": rows}).all())
    if count:
        audit.record(
            session, party_id=tenant_id, action="listing.bulk_undone", subject="store", subject_id=store_id,
            details={"count": count},
        )  # fmt: skip
        changes.note_tenant(session, tenant_id, "listing.bulk_undone")
    return count
