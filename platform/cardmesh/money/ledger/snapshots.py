"""The fold: postings added up once, so that reading a balance costs one snapshot and a short tail."""

from sqlalchemy.orm import Session

from ...kit.failpoints import reach
from . import queries


def fold(session: Session) -> int:
    """Move all final postings into the snapshots, in one statement; returns how many. Platform scope.

    Exact: rows carry the id of their transaction, and only those older than every transaction still running are
    moved. Safe while others post, read and fold; without effect when another fold is at work.
    """
    folded = session.execute(queries.FOLD).scalar_one()
    reach("ledger.folded")
    return folded


def refold(session: Session) -> int:
    """Forget all snapshots and fold anew; returns how many postings were folded. Platform scope.

    For a database restored from a dump into a server whose transaction ids are behind the dump's: until then the
    ledger refuses to post, because the fold would miss what is posted (docs/decisions/0004-ledger.md).
    """
    session.execute(queries.LOCK_FOLD)
    session.execute(queries.FORGET_SNAPSHOTS)
    session.execute(queries.RESTART_FOLD)
    return fold(session)
