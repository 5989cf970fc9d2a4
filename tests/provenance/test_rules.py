"""Our tree against the public vectors of Certificate Transparency, and against the definition for every size."""

import random
from collections.abc import Collection, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardmesh.provenance import rules
from cardmesh.provenance.rules import Frontier, Node, Span
from tests.provenance import naive

LEAVES = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
L0, L1 = ROOTS[0], "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
L4, N01, N03 = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b", ROOTS[1], ROOTS[3]
N23 = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
N45 = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
N67 = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
N47 = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
PATHS = [(0, 1, []), (0, 8, [L1, N23, N47]), (5, 8, [L4, N67, N03]), (2, 3, [N01]), (1, 5, [L0, N23, L4])]
PROOFS = [(1, 1, []), (1, 8, [L1, N23, N47]), (6, 8, [N45, N67, N03]), (2, 5, [N23, L4])]
"""From the tests of the Certificate Transparency reference implementation (merkle_tree_test.cc), indexes from 0."""


class Tree:
    """A tree in memory, grown leaf by leaf."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        self.nodes: dict[Node, bytes] = {}
        self.roots = [rules.EMPTY_ROOT]
        frontier = Frontier()
        for leaf in leaves:
            for level, index, hash in frontier.append(rules.leaf_hash(leaf)):
                self.nodes[level, index] = hash
            self.roots.append(frontier.root())

    def fetch(self, nodes: Collection[Node]) -> dict[Node, bytes]:
        return {node: self.nodes[node] for node in nodes}

    def path(self, index: int, size: int) -> list[bytes]:
        return rules.hashes_of(rules.inclusion_spans(index, size), self.fetch)

    def proof(self, first: int, second: int) -> list[bytes]:
        return rules.hashes_of(rules.consistency_spans(first, second), self.fetch)


def hexed(hashes: Sequence[bytes]) -> list[str]:
    return [hash.hex() for hash in hashes]


@pytest.mark.parametrize("size", range(1, 9))
def test_public_roots(size: int) -> None:
    assert Tree(LEAVES[:size]).roots[-1].hex() == ROOTS[size - 1] == naive.mth(LEAVES[:size]).hex()


@pytest.mark.parametrize(("index", "size", "path"), PATHS)
def test_public_audit_paths(index: int, size: int, path: list[str]) -> None:
    ours = Tree(LEAVES).path(index, size)
    assert hexed(ours) == path == hexed(naive.path(index, LEAVES[:size]))
    root = bytes.fromhex(ROOTS[size - 1])
    assert rules.verify_inclusion(rules.leaf_hash(LEAVES[index]), index, size, ours, root)


@pytest.mark.parametrize(("first", "second", "proof"), PROOFS)
def test_public_consistency_proofs(first: int, second: int, proof: list[str]) -> None:
    ours = Tree(LEAVES).proof(first, second)
    assert hexed(ours) == proof == hexed(naive.proof(first, LEAVES[:second]))
    before, after = bytes.fromhex(ROOTS[first - 1]), bytes.fromhex(ROOTS[second - 1])
    assert rules.verify_consistency(first, second, before, after, ours)


def test_the_empty_tree() -> None:
    assert Frontier().root() == rules.EMPTY_ROOT == naive.mth([])


def test_every_root_path_and_proof_up_to_130_leaves() -> None:
    leaves = [number.to_bytes(2, "big") for number in range(130)]
    tree, proved = Tree(leaves), 0
    for size in range(1, 131):
        some, root = leaves[:size], tree.roots[size]
        assert root == naive.mth(some)
        for index in range(size):
            path = tree.path(index, size)
            assert rules.verify_inclusion(rules.leaf_hash(leaves[index]), index, size, path, root)
            assert rules.verify_consistency(index + 1, size, tree.roots[index + 1], root, tree.proof(index + 1, size))
            proved += 2
    assert proved == 130 * 131


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 9, 31, 64, 65, 127, 128, 129, 130])
def test_paths_and_proofs_are_those_of_the_definition(size: int) -> None:
    leaves = [number.to_bytes(2, "big") for number in range(size)]
    tree = Tree(leaves)
    for index in range(size):
        assert tree.path(index, size) == naive.path(index, leaves)
        assert tree.proof(index + 1, size) == naive.proof(index + 1, leaves)


@given(st.lists(st.binary(max_size=8), max_size=130), st.integers(0, 129))
def test_a_tree_goes_on_from_its_stored_edge(leaves: list[bytes], cut: int) -> None:
    cut = min(cut, len(leaves))
    tree = Tree(leaves)
    edge = [tree.nodes[node] for node in rules.cover(Span(0, cut))]
    frontier = Frontier(cut, edge)
    for leaf in leaves[cut:]:
        frontier.append(rules.leaf_hash(leaf))
    assert frontier.root() == naive.mth(leaves)


@given(st.integers(1, 130), st.randoms(use_true_random=False))
def test_a_path_that_was_tampered_with_proves_nothing(size: int, chance: random.Random) -> None:
    leaves = [number.to_bytes(2, "big") for number in range(size)]
    tree = Tree(leaves)
    index = chance.randrange(size)
    leaf, path, root = rules.leaf_hash(leaves[index]), tree.path(index, size), tree.roots[size]
    other = (index + 1 + chance.randrange(max(size - 1, 1))) % size
    if other != index:
        assert not rules.verify_inclusion(leaf, other, size, path, root)
    assert not rules.verify_inclusion(rules.leaf_hash(b"other"), index, size, path, root)
    assert not rules.verify_inclusion(leaf, index, size, [*path, root], root)
    for place in range(len(path)):
        assert not rules.verify_inclusion(leaf, index, size, [*path[:place], *path[place + 1 :]], root)
        assert not rules.verify_inclusion(leaf, index, size, [*path[:place], root, *path[place + 1 :]], root)


@given(st.integers(2, 130), st.randoms(use_true_random=False))
def test_a_rewritten_beginning_is_not_consistent(size: int, chance: random.Random) -> None:
    leaves = [number.to_bytes(2, "big") for number in range(size)]
    first = chance.randrange(1, size)
    changed = leaves.copy()
    changed[chance.randrange(first)] = b"changed"
    before, after = Tree(leaves), Tree(changed)
    for proof in (before.proof(first, size), after.proof(first, size)):
        assert not rules.verify_consistency(first, size, before.roots[first], after.roots[size], proof)
    for proof in (before.proof(first, size)[1:], [*before.proof(first, size), before.roots[1]]):
        assert not rules.verify_consistency(first, size, before.roots[first], before.roots[size], proof)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (3, 3), (-1, 3)])
def test_no_path_beyond_the_tree(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="no such leaf"):
        rules.inclusion_spans(index, size)
    assert not rules.verify_inclusion(rules.EMPTY_ROOT, index, size, [], rules.EMPTY_ROOT)


@pytest.mark.parametrize(("first", "second"), [(0, 3), (4, 3), (-1, 3)])
def test_no_proof_between_trees_that_are_not_in_order(first: int, second: int) -> None:
    with pytest.raises(ValueError, match="the first tree"):
        rules.consistency_spans(first, second)
    assert not rules.verify_consistency(first, second, b"", b"", [])
