"""What happened to an order, in order: the same in the distributor's and the platform's console."""

from datetime import datetime

from ...kit import clock
from ...trade.models import OrderStatus
from ...trade.orders.service import OrderView
from .console import t


def timeline(view: OrderView) -> list[tuple[str, datetime]]:
    """What happened, in order."""
    row, units = view.order, [unit for line in view.lines for unit in line.units]

    def first(name: str) -> datetime | None:
        return min((at for unit in units if (at := getattr(unit, name))), default=None)

    steps = [
        (t("下单，库存已预留", "Placed, goods reserved"), row.created_at),
        (t("已付款", "Paid"), row.paid_at),
        (t("已发货", "Delivered"), first("delivered_at")),
        (t("首次查看", "First revealed"), first("revealed_at")),
        (t("已结算", "Settled"), first("settled_at")),
        (t("已退款", "Refunded"), first("refunded_at")),
    ]
    if row.status == OrderStatus.CANCELED and row.expires_at:
        steps.append((t("已取消，库存已释放", "Canceled, goods released"), min(row.expires_at, clock.now())))
    return sorted(((label, at) for label, at in steps if at), key=lambda step: step[1])
