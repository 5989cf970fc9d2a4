"""The units of the distributor's own order: what each cost and earned, and what became of it."""

from flask import request
from sqlalchemy.orm import Session

from ...kit.errors import NotFound
from ...kit.ids import parse_id
from ...trade.models import Order
from ...trade.orders import service as orders
from ..common.console import person
from ..common.order_units import units_table
from ..common.tables import columns


def asked_order(session: Session) -> Order:
    """The distributor's own order that the address names. Raises NotFound."""
    order_id = parse_id("ord", (request.view_args or {})["order_id"])
    row = orders.find(session, tenant_id=person().party_id, order_id=order_id)
    if row is None:
        raise NotFound
    return row


UNITS = units_table(
    asked_order,
    columns.badge("status", "状态", "State", lambda row: row.unit.status),
    columns.money("retail", "零售", "Price", lambda row: row.amount("retail")),
    columns.money("cost", "进货价", "Cost", lambda row: row.amount("cost")),
    columns.money("share", "您的份额", "Your share", lambda row: row.amount("distributor")),
    columns.time("revealed", "查看", "Revealed", lambda row: row.unit.revealed_at),
    last=(columns.actions(),),
)
