"""After a restore into another server: its counter of transactions will pass the ids that the restored rows carry.

Left alone, the log would then find those rows once more and tell of second sales that never were. So ids that the
server has yet to give out are taken off the rows, once, by the owner of the tables.
"""

from sqlalchemy import text
from sqlalchemy.orm import Session

from . import queries, sequencer

FROZEN = "'2'"
"""PostgreSQL's own id for what is older than everything: final, logged, never looked for again."""
APART = "cast(cast(cast(cast(xid as text) as numeric) + 9223372036854775808 as text) as xid8)"
"""Keys and their batches find each other by it, so they keep one: where no server ever comes to."""
_MOVES = {
    **dict.fromkeys(("order_units", "key_events", "daily_closes"), FROZEN),
    **dict.fromkeys(("card_keys", "log_batches"), APART),
}


def take_over(session: Session) -> int:
    """Log what the dump still held, and make this server's ids the log's; how many leaves, 0 when nothing is to do.

    Scope: PLATFORM, as the owner of the tables, before anything else is written. One transaction: a crash leaves it
    to be done again.
    """
    state, (_horizon, newest) = session.execute(queries.LOCK_STATE).one(), session.execute(queries.HORIZON).one()
    if int(state.upto) <= int(newest):
        return 0
    logged = sequencer.rebase(session)
    for table, xid in _MOVES.items():
        _renumber(session, table, xid)
    return logged


def _renumber(session: Session, table: str, xid: str) -> None:
    """Rows that are never changed, and whom nobody may see across tenants: the rules rest for one statement."""
    ahead = f"xid >= (select upto from log_state) and xid < '{queries.BEYOND}'"  # noqa: S608 - put together from constants
    _alter(session, table, "no force row level security", "disable trigger user")
    session.execute(text(f"update {table} set xid = {xid} where {ahead}"))  # noqa: S608 - put together from constants
    _alter(session, table, "enable trigger user", "force row level security")


def _alter(session: Session, table: str, *changes: str) -> None:
    for change in changes:
        session.execute(text(f"alter table {table} {change}"))
