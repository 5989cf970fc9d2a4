"""What anybody may ask of the log, and what the buyer of an order may ask about its keys."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..kit.errors import invalid
from ..trade.models import Order
from . import queries, tree
from .errors import NoHeadYet
from .leaves import Event, Leaf, tokens_of
from .models import LogHead, LogLeaf
from .rules import Frontier, hashes_of, inclusion_spans, leaf_hash

MOST_LEAVES = 1_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where a key's token stands in a batch: its number among `keys`, and the path to the root that the leaf holds."""

    position: int
    keys: int
    path: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class Step:
    """One event of a key with the audit path of its leaf; `batch` when the leaf speaks of many keys."""

    leaf: Leaf
    index: int
    path: Sequence[bytes]
    batch: Place | None = None


@dataclass(slots=True)
class UnitProof:
    """One delivered key of an order and everything the log tells of it, in order."""

    unit_id: uuid.UUID
    line_id: uuid.UUID
    ordinal: int
    token: bytes
    steps: list[Step] = field(default_factory=list)

    @property
    def sales(self) -> int:
        """1 is what should be; 0 until the next head is signed, seconds after the sale."""
        return sum(step.leaf.event == Event.SOLD for step in self.steps)


def latest_head(session: Session) -> LogHead:
    """Raises NoHeadYet."""
    head = session.scalar(select(LogHead).order_by(LogHead.size.desc()).limit(1))
    if head is None:
        raise NoHeadYet
    return head


def heads(session: Session, *, after: int, limit: int) -> Sequence[LogHead]:
    """Heads of more than `after` leaves, smallest first; one more than `limit` tells that there are more."""
    return session.scalars(select(LogHead).where(LogHead.size > after).order_by(LogHead.size).limit(limit + 1)).all()


def leaves(session: Session, *, start: int, limit: int) -> list[Leaf]:
    """Leaves from number `start` on, up to the newest head."""
    query = select(LogLeaf).where(LogLeaf.index >= start).order_by(LogLeaf.index).limit(limit)
    return [Leaf(row.event, row.token, row.keys) for row in session.scalars(query)]


def inclusion(session: Session, *, index: int, size: int) -> list[bytes]:
    """The audit path of leaf `index` in the tree of `size` leaves. Raises NoHeadYet, ValidationFailed."""
    if not 0 <= index < size <= latest_head(session).size:
        raise invalid("/index", "log_range", "须 0 ≤ index < size ≤ 日志长度", "0 ≤ index < size ≤ the log's size")
    return tree.inclusion(session, [index], size)[0]


def consistency(session: Session, *, first: int, second: int) -> list[bytes]:
    """The proof that the log only grew between two sizes. Raises NoHeadYet, ValidationFailed."""
    if not 0 < first <= second <= latest_head(session).size:
        raise invalid(
            "/first", "log_range", "须 0 < first ≤ second ≤ 日志长度", "0 < first ≤ second ≤ the log's size"
        )
    return tree.consistency(session, first, second)


def of_order(
    session: Session, *, order: Order, size: int, after: uuid.UUID | None = None, limit: int = 20
) -> list[UnitProof]:
    """Every delivered key of an order with what the first `size` leaves tell of it; one more than `limit` tells that
    there are more. Scope: TRADE (keys are their supplier's rows); the caller has proved that the reader may ask.
    """
    asked = {"tenant_id": order.tenant_id, "order_id": order.id, "after": after, "limit": limit + 1}
    rows = session.execute(queries.UNITS_OF_ORDER, asked).all()
    proofs = [UnitProof(row.id, row.line_id, row.ordinal, row.token) for row in rows]
    found = _batched(session, {row.token: row.imported_xid for row in rows}, size)
    told = session.execute(queries.LEAVES_OF_TOKENS, {"tokens": [row.token for row in rows], "size": size})
    for index, event, token in told:
        found.append((token, index, Leaf(event, token), None))
    paths = dict(zip(indexes := sorted({one[1] for one in found}), tree.inclusion(session, indexes, size), strict=True))
    for proof in proofs:
        mine = sorted((one for one in found if one[0] == proof.token), key=lambda one: one[1])
        proof.steps = [Step(leaf, index, paths[index], batch) for _, index, leaf, batch in mine]
    return proofs


_Found = tuple[bytes, int, Leaf, Place | None]


def _batched(session: Session, xids: dict[bytes, str], size: int) -> list[_Found]:
    """The import and the listing of each token, from the batches of the transaction that imported it."""
    rows = session.execute(queries.BATCHES_OF_TRANSACTIONS, {"xids": sorted(set(xids.values())), "size": size})
    found: list[_Found] = []
    for row in rows:
        tokens = tokens_of(row.tokens)
        for token in xids.keys() & set(tokens):
            place, root = _place(tokens, tokens.index(token))
            for index, event in ((row.imported_index, Event.IMPORTED), (row.listed_index, Event.LISTED)):
                found.append((token, index, Leaf(event, root, row.keys), place))
    return found


def _place(tokens: Sequence[bytes], position: int) -> tuple[Place, bytes]:
    batch, nodes = Frontier(), {}
    for token in tokens:
        nodes |= {(level, index): hash for level, index, hash in batch.append(leaf_hash(token))}
    path = hashes_of(inclusion_spans(position, len(tokens)), lambda wanted: {node: nodes[node] for node in wanted})
    return Place(position, len(tokens), path), batch.root()
