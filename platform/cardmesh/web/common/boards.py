"""The dashboards of the three consoles: one page, one file, one row of key figures, told apart by their audience."""

import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, request, url_for
from sqlalchemy.orm import Session

from ...insight.boards import goods, stock
from ...insight.boards import service as boards
from ...insight.boards.figures import snapshot
from ...insight.boards.rules import Step
from ...insight.boards.service import Board, Lens
from ...insight.boards.stock import Risk
from ...kit import clock
from ...kit.db import transaction
from ...kit.errors import NotFound
from ...kit.sheets.writer import iter_csv
from . import board_args, charts
from .audiences import Audience
from .board_args import Asked, Chip
from .board_cards import cards
from .board_keys import key_figures
from .board_tables import Writer
from .charts import Table
from .console import render, scope

HOME_DAYS = 7
KEYS = 4
"""What a home has room for."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose sales a console shows: its distributor's or supplier's own, or everybody's."""

    tenant_id: uuid.UUID | None = None
    supplier_id: uuid.UUID | None = None


EVERYBODY = Owner()


def page(audience: Audience, owner: Owner = EVERYBODY) -> str:
    """The whole dashboard."""
    name, _ = board_args.period()
    board, chips = _read(audience, owner)
    return render(
        "common/insights.html",
        audience=audience,
        board=board,
        chips=chips,
        range=name,
        ranges=board_args.RANGES,
        steps=list(Step),
        keys=key_figures(board, audience),
        cards=cards(board, audience),
        save=lambda table: f"{url_for(audience.file)}?{urlencode(_arguments(table))}",
    )


def file(audience: Audience, owner: Owner = EVERYBODY) -> Response:
    """One table as CSV, named by `table`. Raises NotFound for a table that there is not."""
    board, _ = _read(audience, owner)
    wanted = request.args.get("table", "course")
    table = next((card.table for card in cards(board, audience) if card.table.key == wanted), None)
    if table is None:
        raise NotFound
    headers = {"Content-Disposition": f"attachment; filename={wanted}.csv"}
    return Response(iter_csv(table.cells(), table.columns()), content_type="text/csv; charset=utf-8", headers=headers)


def home(session: Session, audience: Audience, owner: Owner = EVERYBODY, *, currency: str = "CNY") -> dict[str, Any]:
    """What the head of a console's home shows of the last days. The transaction must be frozen."""
    period = boards.last_days(HOME_DAYS, now=clock.now())
    lens = Lens(since=period.since, until=period.until, **asdict(owner))
    found = boards.headline(session, lens, period, currency=currency)
    course = Writer(found, audience).course()
    keys = key_figures(found, audience)[:KEYS]
    return {"keys": keys, "course": charts.stacked(course), "board_url": url_for(audience.board)}


def running_out(session: Session, owner: Owner) -> Sequence[tuple[str, Risk]]:
    """What will be sold out first, by name, for a home. The transaction must be frozen."""
    period = boards.last_days(HOME_DAYS, now=clock.now())
    risks = stock.at_risk(snapshot(session), Lens(since=period.since, until=period.until, **asdict(owner)), limit=KEYS)
    names = goods.names(session, [one.sku_id for one in risks])
    return [(names[one.sku_id].full, one) for one in risks]


def _arguments(table: Table) -> dict[str, str]:
    """Never to be given to `url_for`, which takes some names for its own: `_scheme=javascript`."""
    return {**request.args.to_dict(), "table": table.key}


def _read(audience: Audience, owner: Owner) -> tuple[Board, list[Chip]]:
    _, period = board_args.period()
    with transaction(scope()) as session:
        boards.freeze(session)
        here = board_args.asked(audience.narrows)
        lens = _lens(session, here, period, owner)
        wants = {"rank": audience.rank, "stores": "tenant" in audience.narrows}
        return boards.read(session, lens, period, currency="CNY", **wants), board_args.chips(session, here)


def _lens(session: Session, here: Asked, period: boards.Period, owner: Owner) -> Lens:
    currency = request.args.get("currency", "")
    return Lens(
        since=period.since,
        until=period.until,
        currency=currency if len(currency) == 3 and currency.isalpha() else None,
        skus=tuple(session.scalars(here.skus)) if here.skus is not None else None,
        channel=here.channel,
        tenant_id=owner.tenant_id or here.tenant_id,
        supplier_id=owner.supplier_id or here.supplier_id,
    )


def register(app: Flask) -> None:
    app.jinja_env.globals.update(share_of_best=charts.share_of_best)

