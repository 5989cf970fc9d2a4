"""The stored tree: appending n leaves writes fewer than 2n hashes, a proof reads O(log n)."""

from collections.abc import Collection, Sequence

from sqlalchemy.orm import Session

from . import queries
from .leaves import Leaf
from .rules import Frontier, Node, Span, consistency_spans, cover, fold, hashes_of, inclusion_spans, leaf_hash


def fetch(session: Session, nodes: Collection[Node]) -> dict[Node, bytes]:
    """The hashes of complete subtrees, in one statement."""
    inner = [node for node in nodes if node[0]]
    rows = session.execute(
        queries.NODES,
        {
            "leaves": [index for level, index in nodes if not level],
            "levels": [level for level, _ in inner],
            "indexes": [index for _, index in inner],
        },
    )
    return {(level, index): hash for level, index, hash in rows}


def frontier(session: Session, size: int) -> Frontier:
    """The right edge of the stored tree."""
    edge = cover(Span(0, size))
    found = fetch(session, edge)
    return Frontier(size, [found[node] for node in edge])


def append(session: Session, edge: Frontier, leaves: Sequence[Leaf]) -> None:
    """Store leaves and the subtrees that they complete; `edge` grows with them."""
    if not leaves:
        return
    start, hashes = edge.size, [leaf_hash(leaf.content()) for leaf in leaves]
    nodes = [node for hash in hashes for node in edge.append(hash) if node[0]]
    session.execute(
        queries.INSERT_LEAVES,
        {
            "indexes": list(range(start, edge.size)),
            "events": [str(leaf.event) for leaf in leaves],
            "tokens": [leaf.token for leaf in leaves],
            "keys": [leaf.keys for leaf in leaves],
            "hashes": hashes,
        },
    )
    levels, indexes, inner = zip(*nodes, strict=True) if nodes else ((), (), ())
    session.execute(
        queries.INSERT_NODES, {"levels": list(levels), "indexes": list(indexes), "hashes": list(inner)}
    )


def inclusion(session: Session, indexes: Sequence[int], size: int) -> list[list[bytes]]:
    """The audit path of each leaf in the tree of `size` leaves; all nodes are fetched at once."""
    spans = [inclusion_spans(index, size) for index in indexes]
    found = fetch(session, {node for path in spans for span in path for node in cover(span)})
    return [[fold([found[node] for node in cover(span)]) for span in path] for path in spans]


def consistency(session: Session, first: int, second: int) -> list[bytes]:
    """The proof that the tree of `first` leaves is the beginning of that of `second`."""
    return hashes_of(consistency_spans(first, second), lambda nodes: fetch(session, nodes))
