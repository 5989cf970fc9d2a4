"""Proof of the whole log: leaves against tree, tree against heads, heads against keys, all of it against the tables.

Reads every leaf, in one snapshot of the database. What anybody can do from outside with the public calls, and more:
only here are the tables at hand.
"""

from collections.abc import Generator, Iterator
from contextlib import closing
from itertools import groupby, pairwise
from typing import Any, TypeAlias

from sqlalchemy import TextClause
from sqlalchemy.orm import Session

from . import keys, queries, signing
from .leaves import Leaf, tokens_of
from .models import LogKey
from .rules import Frontier, leaf_hash
from .signing import Head

SHOWN = 20
_STREAM = 10_000

Rows: TypeAlias = Generator[Any, None, None]


class Report:
    """What was looked at, and what is wrong: the first few of each kind."""

    def __init__(self) -> None:
        self.looked_at: dict[str, int] = {}
        self.defects: list[str] = []
        self._room: dict[str, int] = {}

    def defect(self, kind: str, words: str) -> None:
        self._room[kind] = self._room.get(kind, SHOWN) - 1
        if self._room[kind] >= 0:
            self.defects.append(words)


def verify(session: Session) -> Report:
    """Every check there is. Scope: PLATFORM; the transaction must be fresh."""
    session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    report = Report()
    roots = _signed(session, report)
    _whole(session, report, roots)
    _batches(session, report)
    _imports(session, report)
    for row in session.execute(queries.SOLD_TWICE, {"limit": SHOWN}):
        leaves = " and ".join(f"#{index}" for index in row.leaves)
        report.defect("twice", f"key {row.token.hex()} was sold {row.times} times: leaves {leaves}")
    for row in session.execute(queries.DISAGREEMENTS, {"limit": SHOWN}):
        report.defect(
            "tables",
            f"key {row.token.hex()} was {row.event} {row.told} times by the tables, {row.logged} times by the log",
        )
    return report


def _signed(session: Session, report: Report) -> dict[int, bytes]:
    """The root that each head promises; every signature, and every key's endorsement, is checked."""
    public = {row.id: row.public_key for row in _endorsed(session, report)}
    promised: dict[int, bytes] = {}
    last = 0
    for row in session.execute(queries.ALL_HEADS):
        head = Head(row.size, row.root, row.timestamp_ms)
        if not signing.is_signed(public.get(row.key_id, b""), row.signature, head.signed_bytes()):
            report.defect("heads", f"the head of size {row.size} is not signed by key {row.key_id}")
        if row.timestamp_ms < last:
            report.defect("heads", f"the head of size {row.size} is older than the one before it")
        last, promised[row.size] = row.timestamp_ms, row.root
    report.looked_at["heads"] = len(promised)
    return promised


def _endorsed(session: Session, report: Report) -> list[LogKey]:
    rows = list(keys.public_keys(session))
    for before, row in pairwise(rows):
        said = signing.endorsement_bytes(row.public_key)
        if not signing.is_signed(before.public_key, row.endorsement or b"", said):
            report.defect("keys", f"key {row.id} is not endorsed by {before.id}")
    for row in rows:
        if signing.key_id(row.public_key) != row.id:
            report.defect("keys", f"key {row.id} is not what its name says")
    report.looked_at["keys"] = len(rows)
    return rows


def _whole(session: Session, report: Report, promised: dict[int, bytes]) -> None:
    """Grow the tree anew from what the leaves say, beside the stored one."""
    with closing(_stream(session, queries.ALL_LEAVES)) as leaves, closing(_stream(session, queries.ALL_NODES)) as nodes:
        frontier = _grown(report, promised, leaves, nodes)
        if next(nodes, None) is not None:
            report.defect("nodes", "there are nodes beyond the leaves")
    for size in promised:
        report.defect("roots", f"the head of size {size} promises leaves that are not there")
    state = session.execute(queries.READ_STATE).one()
    if state.size != frontier.size:
        report.defect("state", f"the log has {frontier.size} leaves and counts {state.size}")
    report.looked_at["leaves"] = frontier.size


def _grown(report: Report, promised: dict[int, bytes], leaves: Rows, nodes: Rows) -> Frontier:
    """Up to the first leaf that is missing; takes each head that was reached out of `promised`."""
    frontier = Frontier()
    for index, event, token, count, hash in leaves:
        if index != frontier.size:
            report.defect("leaves", f"leaf #{frontier.size} is missing: the next one is #{index}")
            break
        own = leaf_hash(Leaf(event, token, count).content())
        if own != hash:
            report.defect("leaves", f"leaf #{index} was changed: its hash is another")
        for level, place, inner in frontier.append(own)[1:]:
            if next(nodes, None) != (level, place, inner):
                report.defect("nodes", f"node {level}/{place} is not the hash of its leaves")
        if frontier.size in promised and promised.pop(frontier.size) != frontier.root():
            report.defect("roots", f"the head of size {index + 1} is not the root of the first {index + 1} leaves")
    return frontier


def _batches(session: Session, report: Report) -> None:
    """Each batch's root is what its two leaves say, and no leaf speaks of a batch that is not there."""
    count = 0
    for row in _stream(session, queries.ALL_BATCHES):
        tree = Frontier()
        for token in tokens_of(row.tokens):
            tree.append(leaf_hash(token))
        said = (row.imported, row.imported_root, row.imported_keys, row.listed, row.listed_root, row.listed_keys)
        if said != ("imported", tree.root(), tree.size, "listed", tree.root(), tree.size):
            report.defect("batches", f"the batch of leaf #{row.imported_index} is not what its leaves say")
        count += 1
    if lost := session.execute(queries.UNLOGGED_BATCHES).scalar_one():
        report.defect("batches", f"{lost} leaves speak of batches that are not there")
    report.looked_at["batches"] = count


def _imports(session: Session, report: Report) -> None:
    """Every imported key is in a batch of its transaction, once, and nothing else is."""
    batches = _by_transaction(session, queries.BATCHES_BY_TRANSACTION)
    logged = ((xid, [token for row in rows for token in tokens_of(row.tokens)]) for xid, rows in batches)
    keyed = _by_transaction(session, queries.TOKENS_BY_TRANSACTION)
    stored = ((xid, [row.token for row in rows]) for xid, rows in keyed)
    count, told, written = 0, next(stored, None), next(logged, None)
    while told or written:
        here = min(int(one[0]) for one in (told, written) if one)
        keys_, tokens = [], []
        if told and int(told[0]) == here:
            keys_, told = told[1], next(stored, None)
        if written and int(written[0]) == here:
            tokens, written = written[1], next(logged, None)
        count += len(keys_)
        if sorted(keys_) != sorted(tokens):
            report.defect("imports", f"transaction {here} imported {len(keys_)} keys; the log's batches hold others")
    report.looked_at["keys imported"] = count


def _by_transaction(session: Session, statement: TextClause) -> Iterator[tuple[str, Iterator[Any]]]:
    return groupby(_stream(session, statement), key=lambda row: row.xid)


def _stream(session: Session, statement: TextClause) -> Rows:
    """Rows as they come, never all in memory; closed with the generator."""
    with closing(session.execute(statement, execution_options={"yield_per": _STREAM})) as rows:
        yield from rows
