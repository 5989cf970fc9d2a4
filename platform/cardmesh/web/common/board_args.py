"""What a dashboard is asked for, and the rows behind a figure: all of it stands in the address."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask import request, url_for
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from ...goods.models import Category, Product
from ...identity.models import Supplier, Tenant
from ...insight.boards import goods
from ...insight.boards.rows import WHAT, Rows
from ...insight.boards.rules import WAITS, ZONE, Period, Step, between, last_days, midnight
from ...kit import clock
from ...kit.errors import NotFound
from ...kit.ids import NIL, parse_id
from ...trade.models import Channel
from .console import t
from .names import channel_name
from .requests import locale

RANGES = {"today": 1, "7d": 7, "30d": 30, "90d": 90, "12m": 365}
USUAL = "30d"
GOODS = ("sku", "product", "category")
ENTITIES = ("tenant", "supplier", "category", "product", "sku", "channel")
"""Parameters that narrow a dashboard to one of something."""


@dataclass(frozen=True, slots=True)
class Chip:
    """A narrowing that is in force, by the parameter that makes it."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Asked:
    """The narrowings of an address; None is none. `skus` selects one, a product's or a category's.

    An id that is no id is nil, which is nobody's: it narrows to nothing.
    """

    tenant_id: uuid.UUID | None
    supplier_id: uuid.UUID | None
    skus: Select[uuid.UUID] | None
    channel: str | None


def period() -> tuple[str, Period]:
    """The named range, empty for days of one's own choice, and what it is."""
    now, step = clock.now(), _step()
    since, last = _day("from"), _day("to")
    if since or last:
        last = last or now.astimezone(ZONE).date()
        since = since or last
        return "", between(midnight(since), midnight(last) + timedelta(days=1), step)
    name = request.args.get("range", USUAL)
    return (name, last_days(RANGES[name], now=now, step=step)) if name in RANGES else (USUAL, last_days(30, now=now))


def asked(allowed: tuple[str, ...] = ENTITIES) -> Asked:
    """Parameters that are not `allowed` are not there; a channel is not told apart of goods, or of a supplier's."""
    channel, skus = request.args.get("channel"), _skus()
    supplier_id = _id("supplier", "sup") if "supplier" in allowed else None
    whole = skus is None and supplier_id is None and "channel" in allowed
    return Asked(
        tenant_id=_id("tenant", "ten") if "tenant" in allowed else None,
        supplier_id=supplier_id,
        skus=skus,
        channel=channel if whole and channel in list(Channel) else None,
    )


def rows(allowed: tuple[str, ...] = ENTITIES) -> Rows | None:
    """The rows behind a figure, when the address is that of one."""
    what = request.args.get("what")
    if what not in WHAT:
        return None
    span, here = period()[1], asked(allowed)
    hour, wait, currency = request.args.get("hour", ""), request.args.get("wait"), request.args.get("currency", "")
    return Rows(
        what,
        span.since,
        span.until,
        supplier_id=here.supplier_id,
        skus=here.skus,
        currency=currency if len(currency) == 3 else None,
        hour=int(hour) if hour.isdecimal() and len(hour) < 3 else None,
        wait=wait if wait in WAITS else None,
    )


def chips(session: Session, here: Asked) -> list[Chip]:
    """The narrowings by their names; of goods the closest one is in force."""
    found: list[Chip] = []
    unknown = t("未知", "Unknown")
    for name, model, id in (("tenant", Tenant, here.tenant_id), ("supplier", Supplier, here.supplier_id)):
        if id:
            found.append(Chip(name, session.scalar(select(model.name).where(model.id == id)) or unknown))
    if here.skus is not None:
        name = next(name for name in GOODS if request.args.get(name))
        found.append(Chip(name, _goods(session, name) or unknown))
    return [*found, *([Chip("channel", channel_name(here.channel))] if here.channel else [])]


def rows_url(endpoint: str, what: str, since: datetime, until: datetime, **more: Any) -> str:
    """Where a figure's rows are listed: its days, and the narrowings of this address."""
    days: dict[str, Any] = {"from": since.date().isoformat(), "to": (until - timedelta(hours=1)).date().isoformat()}
    kept: dict[str, Any] = {name: request.args[name] for name in ENTITIES if name in request.args}
    return url_for(endpoint, what=what, **(days | kept | more))


def _day(name: str) -> date | None:
    try:
        day = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return day if 2000 <= day.year <= 9000 else None


def _step() -> Step | None:
    name = request.args.get("step")
    return Step(name) if name in list(Step) else None


def _id(name: str, prefix: str) -> uuid.UUID | None:
    if not (value := request.args.get(name)):
        return None
    try:
        return parse_id(prefix, value)
    except NotFound:
        return NIL


def _skus() -> Select[uuid.UUID] | None:
    sku_id, product_id, category = _id("sku", "sku"), _id("product", "prd"), request.args.get("category")
    if not (sku_id or product_id or category):
        return None
    return goods.skus_of(sku_id=sku_id, product_id=product_id, category=category)


def _goods(session: Session, name: str) -> str | None:
    if name == "sku":
        sku_id = _id("sku", "sku") or NIL
        return found.full if (found := goods.names(session, [sku_id]).get(sku_id)) else None
    if name == "product":
        return session.scalar(select(Product.name).where(Product.id == _id("product", "prd")))
    title = Category.name_zh if locale() == "zh-CN" else Category.name_en
    return session.scalar(select(title).where(Category.slug == request.args["category"]))
