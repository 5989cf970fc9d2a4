"""What was sold: without the buyer or the retail price."""

from collections.abc import Sequence
from typing import NamedTuple

from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from ...goods.catalog.queries import full_names
from ...kit.i18n import Text
from ...kit.ids import public_id
from ...kit.money import Money
from ...trade.models import OrderUnit, UnitStatus
from ...trade.orders.reasons import reasons_for_supplier
from ..common import board_rows
from ..common.audiences import SUPPLIER
from ..common.console import person
from ..common.requests import locale
from ..common.tables import Table, columns, empty, filters, listed, screen
from . import blueprint


class Sold(NamedTuple):
    unit: OrderUnit
    goods: str
    why: Text
    """The rule that it was divided by."""


def _named(session: Session, rows: Sequence[OrderUnit]) -> list[Sold]:
    names = full_names(session, {row.sku_id for row in rows})
    reasons = reasons_for_supplier(session, rows)
    return [Sold(row, names.get(row.sku_id, ""), reasons[row.id]) for row in rows]


SOLD = Table(
    name="sold",
    title=Text("销售", "Sold"),
    source=listed(
        lambda: select(OrderUnit).where(OrderUnit.supplier_id == person().party_id, *board_rows.units(SUPPLIER)),
        OrderUnit.id,
    ),
    dress=_named,
    columns=(
        columns.text("goods", "商品", "Goods", lambda row: row.goods),
        columns.prose("why", "分成规则", "Divided by", lambda row: row.why.render(locale()), roomy=True),
        columns.badge("status", "状态", "State", lambda row: row.unit.status),
        columns.money("cost", "进货价", "Cost", lambda row: Money(row.unit.cost_minor, row.unit.currency)),
        columns.money(
            "income", "您的收入", "Your income", lambda row: Money(row.unit.supplier_minor, row.unit.currency)
        ),
        columns.time("delivered", "交付", "Delivered", lambda row: row.unit.delivered_at, sort=OrderUnit.id),
        columns.time("settles", "结算", "Settles", lambda row: row.unit.settled_at or row.unit.hold_until, roomy=True),
        columns.code("unit", "编号", "Unit", lambda row: public_id("unt", row.unit.id), only_file=True),
    ),
    filters=(
        filters.states("status", "状态", "State", UnitStatus, OrderUnit.status),
        filters.within(OrderUnit.created_at, OrderUnit.id),
    ),
    empty=empty(
        "还没有售出",
        "Nothing sold yet",
        "供货通过审核、被店铺上架后，销售会出现在这里。",
        "Once approved and listed by a store, sales appear here.",
        ("supplier.offers_list", "查看供货", "See the offers"),
    ),
)


@blueprint.get("/sold")
def sold_list() -> ResponseReturnValue:
    return screen(SOLD, more=lambda session, _: {"chips": board_rows.chips(session, SUPPLIER)})
