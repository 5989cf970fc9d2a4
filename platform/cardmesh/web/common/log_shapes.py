"""The provenance log as the API and the order page show it. Hashes, keys and signatures are hex."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field
from sqlalchemy.orm import Session

from ...kit.clock import rfc3339
from ...kit.ids import public_id
from ...provenance import keys, proofs
from ...provenance.leaves import Leaf
from ...provenance.models import LogHead, LogKey
from ...trade.models import Order
from .lists import cursor_id
from .schema import Query, Shape

Hex = Annotated[str, Field(pattern="^([0-9a-f]{2})*$")]
Size = Annotated[int, Field(ge=0, le=2**62)]


class LogKeyOut(Shape):
    """`endorsement`: the key before signed `cardmesh log key endorsement v1|` and this one; the first has none."""

    object: Literal["log_key"] = "log_key"
    id: str
    public_key: Hex
    endorsement: Hex | None
    created_at: str

    @classmethod
    def of(cls, row: LogKey) -> "LogKeyOut":
        return cls(
            id=row.id,
            public_key=row.public_key.hex(),
            endorsement=row.endorsement.hex() if row.endorsement else None,
            created_at=rfc3339(row.created_at),
        )


class LogHeadOut(Shape):
    """`signature` is Ed25519 over RFC 6962's TreeHeadSignature: 00 01, timestamp and size as 8 bytes each, root."""

    object: Literal["log_head"] = "log_head"
    size: int
    root: Hex
    timestamp_ms: int
    key: str
    signature: Hex

    @classmethod
    def of(cls, row: LogHead) -> "LogHeadOut":
        return cls(
            size=row.size,
            root=row.root.hex(),
            timestamp_ms=row.timestamp_ms,
            key=row.key_id,
            signature=row.signature.hex(),
        )


class LogLeafOut(Shape):
    """`text` is what is hashed, SHA-256(00 | text). `key` names a card key; `root` a tree of `keys` such names."""

    index: int
    text: str
    event: str
    key: Hex | None
    root: Hex | None
    keys: int | None

    @classmethod
    def of(cls, index: int, leaf: Leaf) -> "LogLeafOut":
        many = leaf.keys is not None
        token = leaf.token.hex()
        return cls(
            index=index,
            text=leaf.text(),
            event=leaf.event,
            key=None if many else token,
            root=token if many else None,
            keys=leaf.keys,
        )


class BatchPlaceOut(Shape):
    """Where the key's 32-byte name stands among those of its batch, and the path from it to the leaf's `root`."""

    position: int
    keys: int
    path: list[Hex]


class ProofStepOut(Shape):
    leaf: LogLeafOut
    path: list[Hex]
    batch: BatchPlaceOut | None


class UnitProofOut(Shape):
    """`key` is the public name of the card key. `sales` is 1; 0 until the next head, seconds after the sale."""

    object: Literal["unit_proof"] = "unit_proof"
    id: str
    item: str
    unit: int
    key: Hex
    sales: int
    steps: list[ProofStepOut]


class ConsistencyQuery(Query):
    first: Size
    second: Size


class ConsistencyOut(Shape):
    object: Literal["consistency_proof"] = "consistency_proof"
    first: int
    second: int
    path: list[Hex]


class ProofsQuery(Query):
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    after: Annotated[str | None, Field(max_length=120)] = None


class OrderProofsOut(Shape):
    """Everything the log tells of an order's keys, under one head; `log_key` is the key that signed it."""

    object: Literal["order_proofs"] = "order_proofs"
    head: LogHeadOut
    log_key: LogKeyOut
    data: list[UnitProofOut]
    has_more: bool
    next_cursor: str | None


def order_proofs(session: Session, order: Order, query: ProofsQuery) -> OrderProofsOut:
    """The proofs of an order that the reader may see. Scope: TRADE."""
    head = proofs.latest_head(session)
    signer = next(row for row in keys.public_keys(session) if row.id == head.key_id)
    after = cursor_id("unt", query.after)
    found = proofs.of_order(session, order=order, size=head.size, after=after, limit=query.limit)
    shown, more = found[: query.limit], len(found) > query.limit
    return OrderProofsOut(
        head=LogHeadOut.of(head),
        log_key=LogKeyOut.of(signer),
        data=[_unit(one) for one in shown],
        has_more=more,
        next_cursor=public_id("unt", shown[-1].unit_id) if more else None,
    )


def hexes(hashes: Sequence[bytes]) -> list[str]:
    return [hash.hex() for hash in hashes]


def _unit(proof: proofs.UnitProof) -> UnitProofOut:
    return UnitProofOut(
        id=public_id("unt", proof.unit_id),
        item=public_id("itm", proof.line_id),
        unit=proof.ordinal,
        key=proof.token.hex(),
        sales=proof.sales,
        steps=[_step(step) for step in proof.steps],
    )


def _step(step: proofs.Step) -> ProofStepOut:
    batch = step.batch and BatchPlaceOut(
        position=step.batch.position, keys=step.batch.keys, path=hexes(step.batch.path)
    )
    return ProofStepOut(leaf=LogLeafOut.of(step.index, step.leaf), path=hexes(step.path), batch=batch)
