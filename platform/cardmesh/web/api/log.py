"""The provenance log, open to everybody: heads, leaves and proofs, without a key of ours."""

from typing import Annotated, Literal

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue
from pydantic import Field

from ...kit import tenancy
from ...kit.db import transaction
from ...provenance import keys, proofs
from ..common.limits import READ, limiter
from ..common.log_shapes import (
    ConsistencyOut,
    ConsistencyQuery,
    Hex,
    LogHeadOut,
    LogKeyOut,
    LogLeafOut,
    Size,
    hexes,
)
from ..common.schema import Query, Shape

blueprint = APIBlueprint("api_log", __name__, tag="Provenance log")

WELL_KNOWN = "/.well-known/cardmesh-log.json"


class HeadsQuery(Query):
    after: Size = 0
    limit: Annotated[int, Field(ge=1, le=100)] = 20


class HeadList(Shape):
    """`next_after` goes into `after` to read on; null at the newest head."""

    data: list[LogHeadOut]
    next_after: int | None


class LeavesQuery(Query):
    start: Size = 0
    limit: Annotated[int, Field(ge=1, le=proofs.MOST_LEAVES)] = 100


class LeafList(Shape):
    """`next_start` goes into `start` to read on; null at the end."""

    data: list[LogLeafOut]
    next_start: int | None


class InclusionQuery(Query):
    index: Size
    size: Size


class InclusionOut(Shape):
    object: Literal["inclusion_proof"] = "inclusion_proof"
    index: int
    size: int
    path: list[Hex]


class LogOut(Shape):
    """How to read the log: its keys, oldest first, of which the last one signs, and where everything is."""

    object: Literal["log"] = "log"
    hash: Literal["sha256"] = "sha256"
    signature: Literal["ed25519"] = "ed25519"
    keys: list[LogKeyOut]
    head_url: str = "/v1/log/head"
    heads_url: str = "/v1/log/heads"
    leaves_url: str = "/v1/log/leaves"
    inclusion_url: str = "/v1/log/inclusion"
    consistency_url: str = "/v1/log/consistency"


@blueprint.get(WELL_KNOWN)
@blueprint.output(LogOut)
@limiter.limit(READ)
def get_log() -> LogOut:
    """The log's public keys. Keep them: a head that none of them signed is forged."""
    with transaction(tenancy.public()) as session:
        return LogOut(keys=[LogKeyOut.of(row) for row in keys.public_keys(session)])


@blueprint.get("/v1/log/head")
@blueprint.output(LogHeadOut)
@limiter.limit(READ)
def get_head() -> LogHeadOut:
    """The newest signed head; a few seconds pass between an event and the head that covers it."""
    with transaction(tenancy.public()) as session:
        return LogHeadOut.of(proofs.latest_head(session))


@blueprint.get("/v1/log/heads")
@blueprint.input(HeadsQuery, location="query")
@blueprint.output(HeadList)
@limiter.limit(READ)
def list_heads(query_data: HeadsQuery) -> ResponseReturnValue:
    """Every head that was ever signed, smallest first."""
    with transaction(tenancy.public()) as session:
        rows = proofs.heads(session, after=query_data.after, limit=query_data.limit)
    shown = [LogHeadOut.of(row) for row in rows[: query_data.limit]]
    return {"data": shown, "next_after": shown[-1].size if len(rows) > query_data.limit else None}


@blueprint.get("/v1/log/leaves")
@blueprint.input(LeavesQuery, location="query")
@blueprint.output(LeafList)
@limiter.limit(READ)
def list_leaves(query_data: LeavesQuery) -> ResponseReturnValue:
    """The leaves themselves: who reads all of them can count the sales of every key."""
    start = query_data.start
    with transaction(tenancy.public()) as session:
        found = proofs.leaves(session, start=start, limit=query_data.limit)
    shown = [LogLeafOut.of(start + place, leaf) for place, leaf in enumerate(found)]
    return {"data": shown, "next_start": start + len(shown) if len(shown) == query_data.limit else None}


@blueprint.get("/v1/log/inclusion")
@blueprint.input(InclusionQuery, location="query")
@blueprint.output(InclusionOut)
@limiter.limit(READ)
def get_inclusion(query_data: InclusionQuery) -> InclusionOut:
    """The audit path of one leaf in the log of one size (RFC 6962 §2.1.1)."""
    index, size = query_data.index, query_data.size
    with transaction(tenancy.public()) as session:
        return InclusionOut(index=index, size=size, path=hexes(proofs.inclusion(session, index=index, size=size)))


@blueprint.get("/v1/log/consistency")
@blueprint.input(ConsistencyQuery, location="query")
@blueprint.output(ConsistencyOut)
@limiter.limit(READ)
def get_consistency(query_data: ConsistencyQuery) -> ConsistencyOut:
    """The proof that the log of the first size is the beginning of that of the second (RFC 6962 §2.1.2)."""
    first, second = query_data.first, query_data.second
    with transaction(tenancy.public()) as session:
        path = proofs.consistency(session, first=first, second=second)
    return ConsistencyOut(first=first, second=second, path=hexes(path))
