"""The units of one order as a list: what each cost and earned, and what became of it."""

from typing import NamedTuple

from flask import request
from sqlalchemy.orm import Session

from ...kit.errors import NotFound
from ...kit.i18n import Text
from ...kit.ids import parse_id, public_id
from ...kit.money import Money
from ...trade.models import Order, OrderLine, OrderUnit
from ...trade.orders import checkout
from ...trade.orders import service as orders
from ..common.console import person
from ..common.tables import Asked, Table, columns, empty, whole


class Unit(NamedTuple):
    line: OrderLine
    unit: OrderUnit

    @property
    def goods(self) -> str:
        return f"{checkout.title(self.line)} #{self.unit.ordinal}"

    def amount(self, name: str) -> Money:
        """`retail`, `cost`, or a party's part of it."""
        return Money(getattr(self.unit, f"{name}_minor"), self.unit.currency)


def asked_order(session: Session) -> Order:
    """The distributor's own order that the address names. Raises NotFound."""
    order_id = parse_id("ord", (request.view_args or {})["order_id"])
    row = orders.find(session, tenant_id=person().party_id, order_id=order_id)
    if row is None:
        raise NotFound
    return row


def _units(session: Session, _asked: Asked) -> list[Unit]:
    view = orders.view(session, asked_order(session))
    return [Unit(line.line, unit) for line in view.lines for unit in line.units]


UNITS = Table(
    name="order-units",
    title=Text("订单明细", "Units of the order"),
    source=whole(_units),
    columns=(
        columns.text("goods", "商品", "Goods", lambda row: row.goods),
        columns.badge("status", "状态", "State", lambda row: row.unit.status),
        columns.money("retail", "零售", "Price", lambda row: row.amount("retail")),
        columns.money("cost", "进货价", "Cost", lambda row: row.amount("cost")),
        columns.money("share", "您的份额", "Your share", lambda row: row.amount("distributor")),
        columns.time("revealed", "查看", "Revealed", lambda row: row.unit.revealed_at),
        columns.time("settles", "结算", "Settles", lambda row: row.unit.settled_at or row.unit.hold_until),
        columns.code("unit", "编号", "Unit", lambda row: public_id("unt", row.unit.id), only_file=True),
        columns.actions(),
    ),
    empty=empty("没有明细", "No units", "这个订单没有商品。", "There is nothing in this order."),
)
