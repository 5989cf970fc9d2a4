"""Reading the sums: the kept ones and what the fold has not reached, in one snapshot, by any kept dimension."""

# ruff: noqa: S608 - statements are put together from our own words; values are bound

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from ...kit.db import require_scope
from ...kit.ids import NIL
from . import facts
from .models import DIMENSIONS, MEASURES, Face
from .rules import ZONE, Step, start_of

_TYPES = {"at": "timestamptz", "face": "text", "channel": "text", "currency": "text"}
_NAMES = ", ".join((*DIMENSIONS, *MEASURES))
_RECORD = ", ".join(
    [*(f"{name} {_TYPES.get(name, 'uuid')}" for name in DIMENSIONS), *(f"{name} bigint" for name in MEASURES)]
)
SOURCE = (
    f"(select {_NAMES} from sales_figures union all"
    f" select {_NAMES} from json_to_recordset(cast(:tail as json)) as t ({_RECORD})) f"
)
SUMS = ", ".join(f"cast(coalesce(sum(f.{name}), 0) as bigint) as {name}" for name in MEASURES)
TRADED = tuple(name for name in MEASURES if name in ("units", "refunded") or name.endswith("_minor"))
"""What goods and stores are compared by: hundreds of thousands of rows, so no sum that nobody shows."""
TRADED_SUMS = ", ".join(f"cast(sum(f.{name}) as bigint) as {name}" for name in TRADED)
WEEKS = {Face.STORE_DAY: Face.STORE_WEEK, Face.GOODS: Face.GOODS_WEEK}


@dataclass(frozen=True, slots=True)
class Figures:
    """The measures of `SalesFigure` for one key, in one currency; zero where nothing happened."""

    orders: int = 0
    identified: int = 0
    firsts: int = 0
    units: int = 0
    retail_minor: int = 0
    cost_minor: int = 0
    supplier_minor: int = 0
    platform_minor: int = 0
    distributor_minor: int = 0
    refunded: int = 0
    refunded_retail_minor: int = 0
    refunded_cost_minor: int = 0
    refunded_supplier_minor: int = 0
    refunded_platform_minor: int = 0
    refunded_distributor_minor: int = 0
    failed: int = 0
    failed_minor: int = 0
    within_1s: int = 0
    within_5s: int = 0
    within_30s: int = 0
    within_5m: int = 0
    within_1h: int = 0
    slower: int = 0

    @property
    def take_minor(self) -> int:
        """What the platform keeps: its share of sales without that of refunds."""
        return self.platform_minor - self.refunded_platform_minor

    @property
    def profit_minor(self) -> int:
        """What distributors keep."""
        return self.distributor_minor - self.refunded_distributor_minor

    @property
    def income_minor(self) -> int:
        """What suppliers keep."""
        return self.supplier_minor - self.refunded_supplier_minor

    @property
    def returning(self) -> int:
        """Orders of buyers who had bought in the store before."""
        return self.identified - self.firsts

    @property
    def anonymous(self) -> int:
        """Orders without a contact: those that distributors' programs make."""
        return self.orders - self.identified


@dataclass(frozen=True, slots=True, kw_only=True)
class Lens:
    """Which sales are looked at; None is all. `skus` may be empty: a product without any has sold nothing.

    `since` and `until` are whole hours in `rules.ZONE`, whole days where `by_day_only`.
    """

    since: datetime
    until: datetime
    currency: str | None = None
    tenant_id: uuid.UUID | None = None
    supplier_id: uuid.UUID | None = None
    skus: tuple[uuid.UUID, ...] | None = None
    channel: str | None = None

    @property
    def by_day_only(self) -> bool:
        """Goods are kept by day."""
        return self.skus is not None or bool(self.tenant_id and self.supplier_id)

    def face(self, *, goods: bool = False) -> Face:
        """The face that answers, the coarsest one unless goods have to be told apart."""
        if goods or self.by_day_only:
            return Face.STORE_GOODS if self.tenant_id else Face.GOODS
        if self.tenant_id:
            return Face.STORE
        return Face.SUPPLIER if self.supplier_id else Face.MARKET

    def where(self, face: Face, *, all_stores: bool = False, whole: bool = False) -> str:
        """Ids are not nil, and faces are written out: indexes are of a part, and a parameter would match none.

        `whole` time is asked in one sum, so that full weeks may stand for their days where both are kept.
        """
        parts = [f"({_by_weeks(face)})" if whole and face in WEEKS else _during(face, ":since", ":until")]
        parts += [] if face is Face.STORE_DAY or all_stores else ["f.tenant_id = :tenant"]
        parts += ["f.currency = :currency"] if self.currency else []
        parts += [f"f.supplier_id = :supplier and f.supplier_id <> '{NIL}'"] if self.supplier_id else []
        if self.skus is not None:
            parts.append(f"f.sku_id = any(cast(:skus as uuid[])) and f.sku_id <> '{NIL}'")
        if self.channel and face in (Face.MARKET, Face.STORE):
            parts.append("f.channel = :channel")
        return " and ".join(parts)

    def values(self) -> dict[str, object]:
        """What the conditions name."""
        named = {"tenant": self.tenant_id or NIL, "supplier": self.supplier_id, "skus": list(self.skus or ())}
        monday, last_monday = full_weeks(self.since, self.until)
        span = {"since": self.since, "until": self.until, "monday": monday, "last_monday": last_monday}
        return {**named, **span, "channel": self.channel, "currency": self.currency}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The sums as they are at one moment; `tail` is what the fold has not reached, as JSON."""

    session: Session
    tail: str

    def rows(self, sql: str, lens: Lens, **values: object) -> Sequence[Row[Any]]:
        """Run a statement over `SOURCE` with the lens's conditions."""
        return self.session.execute(text(sql), {**lens.values(), "tail": self.tail, **values}).all()

    def total(self, lens: Lens) -> Figures:
        """One sum."""
        found = self._by("''", lens)
        return found[0][1] if found else Figures()

    def series(self, lens: Lens, step: Step) -> dict[datetime, Figures]:
        """By the start of each step in which something happened."""
        return dict(self._by(f"date_trunc('{step}', f.at, '{ZONE.key}')", lens))

    def channels(self, lens: Lens) -> dict[str, Figures]:
        """By channel; not where `lens.by_day_only`."""
        return dict(self._by("f.channel", lens))

    def hours(self, lens: Lens) -> dict[int, Figures]:
        """By the hour of the day in `ZONE`; not where `lens.by_day_only`."""
        return dict(self._by(f"cast(extract(hour from f.at at time zone '{ZONE.key}') as int)", lens))

    def stores(self, lens: Lens, limit: int = 10) -> list[tuple[uuid.UUID, Figures]]:
        """The distributors that sold most."""
        whole = lens.supplier_id is None and lens.skus is None
        face = Face.STORE_DAY if whole else Face.STORE_GOODS
        where = f"{lens.where(face, all_stores=True, whole=True)} and f.tenant_id <> '{NIL}'"
        end = f"group by 1 order by sum(f.retail_minor) desc, 1 limit {limit}"
        rows = self.rows(f"select f.tenant_id, {TRADED_SUMS} from {SOURCE} where {where} {end}", lens)
        return [(row[0], traded(row[1:])) for row in rows]

    def currencies(self, lens: Lens) -> list[str]:
        """What was sold in, the most used first."""
        where = replace(lens, currency=None).where(lens.face())
        sql = f"select f.currency from {SOURCE} where {where} group by 1 order by sum(f.units + f.failed) desc, 1"
        return [row[0] for row in self.rows(sql, lens)]

    def _by(self, key: str, lens: Lens) -> list[tuple[Any, Figures]]:
        where = lens.where(lens.face())
        rows = self.rows(f"select {key} as key, {SUMS} from {SOURCE} where {where} group by 1", lens)
        return [(row[0], Figures(*row[1:])) for row in rows]


def traded(sums: Sequence[int]) -> Figures:
    """Figures with the sums of `TRADED`; of whole orders they know nothing."""
    return Figures(**dict(zip(TRADED, sums, strict=True)))


def full_weeks(since: datetime, until: datetime) -> tuple[datetime, datetime]:
    """The first Monday and the one that ends the last full week; `since` twice when there is none."""
    monday, last = start_of(since, Step.WEEK), start_of(until, Step.WEEK)
    monday = monday if monday == since else monday + timedelta(days=7)
    return (monday, last) if monday < last else (since, since)


def _during(face: Face, since: str, until: str) -> str:
    return f"f.face = '{face}' and f.at >= {since} and f.at < {until}"


def _by_weeks(face: Face) -> str:
    spans = ((face, ":since", ":monday"), (WEEKS[face], ":monday", ":last_monday"), (face, ":last_monday", ":until"))
    return " or ".join(_during(*span) for span in spans)


def freeze(session: Session) -> None:
    """The first thing that a transaction does: all it reads will be of one moment.

    Were the fold to go on between two of its statements, a fact could be read twice.
    """
    session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


def snapshot(session: Session) -> Snapshot:
    """What is known now to the session's realm. Raises RuntimeError in a transaction that was not frozen."""
    if session.connection().get_execution_options().get("isolation_level") != "REPEATABLE READ":
        raise RuntimeError("freeze the transaction before anything is read")
    cube = facts.cube(require_scope(session).realm, since="(select upto from figures_fold)")
    whole = f"{cube} select cast(coalesce(json_agg(cube), '[]') as text) from cube"
    return Snapshot(session, session.execute(text(whole)).scalar_one())
