"""A statement as a spreadsheet. Amounts are in major units, as an accountant reads them; times are UTC."""

from collections.abc import Iterable, Iterator, Sequence
from typing import IO

from ...kit.i18n import Text
from ...kit.money import to_major
from ...kit.sheets.writer import Cell, Column, Sheet, iter_csv, write_workbook
from .rules import StatementLine

_TITLES: Sequence[tuple[Text, int]] = (
    (Text("时间（UTC）", "Time (UTC)"), 22),
    (Text("类型", "Type"), 20),
    (Text("摘要", "Reference"), 32),
    (Text("币种", "Currency"), 8),
    (Text("金额", "Amount"), 14),
    (Text("可用变动", "Available"), 14),
    (Text("待结算变动", "Pending"), 14),
    (Text("冻结变动", "Held"), 14),
    (Text("在途变动", "In transit"), 14),
    (Text("保证金变动", "Deposit"), 14),
    (Text("预支变动", "Advance"), 14),
    (Text("余额", "Balance"), 14),
    (Text("可用余额", "Available balance"), 16),
)
_KINDS = {
    "sale": Text("销售", "Sale"),
    "settlement": Text("结算", "Settlement"),
    "refund": Text("退款", "Refund"),
    "reversal": Text("冲正", "Reversal"),
    "credit": Text("平台入账", "Credit by the platform"),
    "top_up": Text("充值", "Top-up"),
    "payment.top_up": Text("充值", "Top-up"),
    "purchase": Text("采购", "Purchase"),
    "order.held": Text("订单预留货款", "Held for an order"),
    "order.freed": Text("订单预留退回", "Freed from an order"),
    "dispute.held": Text("拒付冻结", "Held for a dispute"),
    "dispute.released": Text("拒付解冻", "Freed from a dispute"),
    "dispute.lost": Text("拒付扣回", "Dispute lost"),
    "withdrawal_requested": Text("提现申请", "Withdrawal requested"),
    "withdrawal_paid": Text("提现已打款", "Withdrawal paid"),
    "withdrawal_failed": Text("提现失败退回", "Withdrawal failed"),
    "withdrawal_canceled": Text("提现已取消", "Withdrawal canceled"),
    "withdrawal_returned": Text("银行退票", "Sent back by the bank"),
    "deposit_paid": Text("缴纳保证金", "Deposit paid"),
    "deposit_returned": Text("退还保证金", "Deposit returned"),
    "gateway_fee": Text("支付通道手续费", "Gateway's fee"),
    "advance_paid": Text("预支货款", "Advance"),
    "advance_repaid": Text("归还预支", "Advance repaid"),
}


def kind_text(kind: str) -> Text:
    """The name of an entry's kind for people; a kind without one is shown as it is."""
    return _KINDS.get(kind, Text(kind, kind))


def to_csv(lines: Iterable[StatementLine], *, locale: str) -> Iterator[bytes]:
    """Piece by piece, utf-8 with a byte order mark."""
    return iter_csv((_row(line, locale) for line in lines), _columns(locale))


def to_xlsx(target: IO[bytes], lines: Iterable[StatementLine], *, locale: str) -> None:
    """A workbook of one sheet, written into `target`."""
    name = Text("对账单", "Statement").render(locale)
    write_workbook(target, [Sheet(name, _columns(locale), (_row(line, locale) for line in lines))])


def _columns(locale: str) -> list[Column]:
    return [Column(title.render(locale), width) for title, width in _TITLES]


def _row(line: StatementLine, locale: str) -> list[Cell]:
    amounts = (
        line.amount_minor,
        line.available_minor,
        line.pending_minor,
        line.held_minor,
        line.in_transit_minor,
        line.deposit_minor,
        line.advance_minor,
        line.balance_minor,
        line.available_balance_minor,
    )
    return [
        line.at.strftime("%Y-%m-%d %H:%M:%S"),
        kind_text(line.kind).render(locale),
        line.reference,
        line.currency,
        *(to_major(minor, line.currency) for minor in amounts),
    ]
