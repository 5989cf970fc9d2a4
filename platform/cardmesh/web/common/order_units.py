"""The units of one order as a list: what each is of, what each party has of it, and when it settles."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from sqlalchemy.orm import Session

from ...kit.i18n import Text
from ...kit.ids import public_id
from ...kit.money import Money
from ...trade.models import Order, OrderLine, OrderUnit
from ...trade.orders import checkout
from ...trade.orders import service as orders
from .tables import Asked, Table, columns, empty, whole
from .tables.columns import Column


class Unit(NamedTuple):
    line: OrderLine
    unit: OrderUnit

    @property
    def goods(self) -> str:
        return f"{checkout.title(self.line)} #{self.unit.ordinal}"

    def amount(self, name: str) -> Money:
        """`retail`, `cost`, or a party's part of it."""
        return Money(getattr(self.unit, f"{name}_minor"), self.unit.currency)


def units_table(asked_order: Callable[[Session], Order], *own: Column, last: Sequence[Column] = ()) -> Table:
    """The list of the order that the address names; a console's `own` columns stand in its middle."""

    def units(session: Session, _asked: Asked) -> list[Unit]:
        view = orders.view(session, asked_order(session))
        return [Unit(line.line, unit) for line in view.lines for unit in line.units]

    return Table(
        name="order-units",
        title=Text("订单明细", "Units of the order"),
        source=whole(units),
        columns=(
            columns.text("goods", "商品", "Goods", lambda row: row.goods),
            *own,
            columns.time("settles", "结算", "Settles", lambda row: row.unit.settled_at or row.unit.hold_until),
            columns.code("unit", "编号", "Unit", lambda row: public_id("unt", row.unit.id), only_file=True),
            *last,
        ),
        empty=empty("没有明细", "No units", "这个订单没有商品。", "There is nothing in this order."),
    )
