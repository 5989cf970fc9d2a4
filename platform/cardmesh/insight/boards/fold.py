"""The fold: facts that can no longer change sides are added to the sums, once, whatever dies and whoever else tries."""

# ruff: noqa: S608 - statements are put together from our own words; values are bound

from sqlalchemy import text
from sqlalchemy.orm import Session

from ...kit import tenancy
from ...kit.db import transaction
from ...kit.failpoints import reach
from ...kit.tenancy import Realm
from . import facts
from .models import DIMENSIONS, MEASURES

POSTINGS = 30_000
"""How many postings one transaction takes on; a larger transaction of somebody's is taken whole."""

TRY_STATE = text("select cast(upto as text) from figures_fold for update skip locked")
LOCK_STATE = text("select cast(upto as text) from figures_fold for update")
MOVE_STATE = text("update figures_fold set upto = cast(:upto as xid8), folded_at = clock_timestamp()")
HORIZON = text("select cast(pg_snapshot_xmin(pg_current_snapshot()) as text)")
_WINDOW = "xid >= cast(:since as xid8) and xid < cast(:upto as xid8)"
FIRST = text(f"""
select cast(min(xid) as text) from (
  (select xid from postings where {_WINDOW} order by xid limit 1)
  union all (select xid from refunds where {_WINDOW} order by xid limit 1)) facts
""")
TOO_MUCH = text(f"select cast(xid as text) from postings where {_WINDOW} order by xid offset :most limit 1")

_STORED = """,
stored as (
  insert into store_buyers (tenant_id, buyer, first_at, order_id, channel, currency)
  select tenant_id, buyer, moment, order_id, channel, currency from moved
  on conflict (tenant_id, buyer) do update set first_at = excluded.first_at, order_id = excluded.order_id,
    channel = excluded.channel, currency = excluded.currency
)"""
_COLUMNS = ", ".join((*DIMENSIONS, *MEASURES))
_ADDED = ", ".join(f"{name} = sales_figures.{name} + excluded.{name}" for name in MEASURES)
ADD = text(
    facts.cube(Realm.PLATFORM, since="cast(:since as xid8)", upto="cast(:upto as xid8)", also=_STORED)
    + f" insert into sales_figures ({_COLUMNS}) select {_COLUMNS} from cube"
    f" on conflict ({', '.join(DIMENSIONS)}) do update set {_ADDED}"
)


def catch_up(limit: int = 10_000) -> int:
    """Fold everything that is final, window by window; how many windows. Opens its own transactions.

    Safe to run twice and at once: whoever finds another at work does nothing.
    """
    for done in range(limit):
        with transaction(tenancy.platform()) as session:
            if not advance(session):
                return done
    return limit


def advance(session: Session) -> bool:
    """Add one window of facts to the sums; False when there is none. Scope: PLATFORM.

    The state moves in the same transaction as the sums, so each fact is in them exactly once.
    """
    since = session.execute(TRY_STATE).scalar_one_or_none()
    window = since and _window(session, since)
    if not window:
        return False
    session.execute(ADD, window)
    reach("figures.added")
    session.execute(MOVE_STATE, {"upto": window["upto"]})
    return True


def _window(session: Session, since: str) -> dict[str, str] | None:
    """The next facts, no more than is good for one transaction."""
    window = {"since": since, "upto": session.execute(HORIZON).scalar_one()}
    first = session.execute(FIRST, window).scalar_one()
    if first is None:
        return None
    beyond = session.execute(TOO_MUCH, {**window, "most": POSTINGS}).scalar_one_or_none()
    if beyond is None:
        return window
    return {"since": since, "upto": beyond if int(beyond) > int(first) else str(int(first) + 1)}


def refold(session: Session) -> None:
    """Forget all sums, so that the fold makes them anew from the first row on. Scope: PLATFORM.

    After a restore from a dump into another server, whose transaction ids may be behind the dump's.
    """
    session.execute(LOCK_STATE)
    session.execute(text("delete from sales_figures"))
    session.execute(text("delete from store_buyers"))
    session.execute(MOVE_STATE, {"upto": "3"})
