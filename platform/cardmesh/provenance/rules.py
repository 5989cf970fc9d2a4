"""Merkle tree arithmetic of RFC 6962 §2.1, pure.

A node `(level, index)` is the complete subtree over the leaves from `index << level` up to `(index + 1) << level`. Each
hash in a proof covers a span of leaves that begins on a subtree's edge, so it is a fold of few complete subtrees.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple, TypeAlias

Node: TypeAlias = tuple[int, int]
Fetch: TypeAlias = Callable[[Collection[Node]], Mapping[Node, bytes]]

EMPTY_ROOT = sha256(b"").digest()


class Span(NamedTuple):
    """Leaves `start` ≤ i < `end`."""

    start: int
    end: int


def leaf_hash(content: bytes) -> bytes:
    return sha256(b"\x00" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def cover(span: Span) -> list[Node]:
    """The complete subtrees that make up a span, from left to right: at most one of each size."""
    nodes: list[Node] = []
    start = span.start
    while start < span.end:
        level = (span.end - start).bit_length() - 1
        nodes.append((level, start >> level))
        start += 1 << level
    return nodes


def fold(hashes: Sequence[bytes]) -> bytes:
    """The hash of a span from those of its cover."""
    if not hashes:
        return EMPTY_ROOT
    folded = hashes[-1]
    for left in reversed(hashes[:-1]):
        folded = node_hash(left, folded)
    return folded


class Frontier:
    """The right edge of a tree: all that has to be known of it to append."""

    def __init__(self, size: int = 0, hashes: Iterable[bytes] = ()) -> None:
        """`hashes` are those of `cover(Span(0, size))`."""
        self.size = size
        self._edge = list(hashes)

    def append(self, hash: bytes) -> list[tuple[int, int, bytes]]:
        """Append a leaf; `(level, index, hash)` of every subtree that it completes, itself first."""
        level, index = 0, self.size
        completed = [(level, index, hash)]
        while index & 1:
            hash = node_hash(self._edge.pop(), hash)
            level, index = level + 1, index >> 1
            completed.append((level, index, hash))
        self._edge.append(hash)
        self.size += 1
        return completed

    def root(self) -> bytes:
        return fold(self._edge)


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << ((size - 1).bit_length() - 1)


def inclusion_spans(index: int, size: int) -> list[Span]:
    """The spans whose hashes prove leaf `index` in the tree of `size` leaves, from the leaf up (§2.1.1)."""
    if not 0 <= index < size:
        raise ValueError("no such leaf in this tree")
    start, end = 0, size
    spans: list[Span] = []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            spans.append(Span(middle, end))
            end = middle
        else:
            spans.append(Span(start, middle))
            start = middle
    return spans[::-1]


def consistency_spans(first: int, second: int) -> list[Span]:
    """The spans whose hashes prove that the tree of `first` leaves is the beginning of that of `second` (§2.1.2)."""
    if not 0 < first <= second:
        raise ValueError("the first tree has leaves, and no more than the second")
    start, end = 0, second
    spans: list[Span] = []
    while end != first:
        middle = start + _split(end - start)
        if first <= middle:
            spans.append(Span(middle, end))
            end = middle
        else:
            spans.append(Span(start, middle))
            start = middle
    if start:
        spans.append(Span(start, end))
    return spans[::-1]


def hashes_of(spans: Sequence[Span], fetch: Fetch) -> list[bytes]:
    """The hash of each span; all nodes are fetched at once."""
    nodes = [cover(span) for span in spans]
    found = fetch({node for covered in nodes for node in covered})
    return [fold([found[node] for node in covered]) for covered in nodes]


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether `path` proves that the leaf with hash `leaf` is number `index` of `size` (RFC 9162 §2.1.3.2)."""
    if not 0 <= index < size:
        return False
    place, last, reached = index, size - 1, leaf
    for step in path:
        if last == 0:
            return False
        if place & 1 or place == last:
            reached = node_hash(step, reached)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            reached = node_hash(reached, step)
        place, last = place >> 1, last >> 1
    return last == 0 and reached == root


def verify_consistency(
    first: int, second: int, first_root: bytes, second_root: bytes, path: Sequence[bytes]
) -> bool:
    """Whether `path` proves that nothing in the first tree was changed in the second (RFC 9162 §2.1.4.2)."""
    if not 0 < first <= second:
        return False
    if first == second:
        return not path and first_root == second_root
    steps = list(path)
    if first & (first - 1) == 0:
        steps.insert(0, first_root)
    if not steps:
        return False
    place, last = first - 1, second - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            old, new = node_hash(step, old), node_hash(step, new)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new = node_hash(new, step)
        place, last = place >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root
