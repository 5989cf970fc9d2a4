"""Price lists of one offer: planned, in force, canceled."""

import uuid
from collections.abc import Sequence
from typing import NamedTuple

from flask import request
from sqlalchemy import select
from sqlalchemy.orm import Session

from ...goods.offers import service as offers
from ...goods.pricing.models import PriceList, PriceListStatus
from ...kit.i18n import Text
from ...kit.ids import parse_id
from ...kit.money import Money
from ..common.console import person, t
from ..common.format import as_money
from ..common.tables import Table, columns, empty, filters, listed


def asked_offer() -> uuid.UUID:
    """The offer that the address names. Raises NotFound for what is no offer's id."""
    return parse_id("off", (request.view_args or {})["offer_id"])


class Planned(NamedTuple):
    plan: PriceList
    currency: str

    @property
    def others(self) -> str:
        """The prices besides the base price, in one line."""
        return "; ".join(
            f"{tier or t('所有人', 'Everybody')} ≥ {count}: {as_money(minor, self.currency)}"
            for tier, count, minor in self.plan.prices
        )


def _priced(session: Session, rows: Sequence[PriceList]) -> list[Planned]:
    currency = offers.get_offer(session, asked_offer()).currency
    return [Planned(row, currency) for row in rows]


LISTS = Table(
    name="price-lists",
    title=Text("价目", "Price lists"),
    source=listed(
        lambda: select(PriceList).where(
            PriceList.supplier_id == person().party_id, PriceList.offer_id == asked_offer()
        ),
        PriceList.id,
    ),
    dress=_priced,
    columns=(
        columns.time("from", "生效", "From", lambda row: row.plan.effective_from),
        columns.money("base", "供货价", "Base price", lambda row: Money(row.plan.base_price_minor, row.currency)),
        columns.prose("others", "其他价格", "Other prices", lambda row: row.others),
        columns.badge("status", "状态", "State", lambda row: row.plan.status),
        columns.time("planned", "预设时间", "Planned", lambda row: row.plan.created_at, roomy=True, sort=PriceList.id),
        columns.actions(),
    ),
    filters=(filters.states("status", "状态", "State", PriceListStatus, PriceList.status),),
    empty=empty(
        "没有预设的价目",
        "Nothing is planned",
        "在上方预设，到期自动生效。",
        "Plan one above; it comes into force by itself.",
    ),
)
