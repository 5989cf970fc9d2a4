"""What a statement calls its movements, and how it refers to what they were for."""

import re

from ...kit.i18n import Text

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


_REFERENCES = (
    (re.compile(r"order (\S+)"), r"订单 \1"),
    (re.compile(r"payment (\S+)"), r"支付 \1"),
    (re.compile(r"refund (\S+)"), r"退款 \1"),
    (re.compile(r"dispute (\S+)"), r"拒付 \1"),
    (re.compile(r"fee (\S+)"), r"手续费 \1"),
    (re.compile(r"(\d+) units"), r"\1 件"),
)
"""Entries refer in English, once and for all; this is how they read in Chinese."""


def reference_text(reference: str) -> Text:
    """An entry's reference for people; a person's own words (the reason of a credit) stay as they are."""
    found = next((match.expand(zh) for one, zh in _REFERENCES if (match := one.fullmatch(reference))), reference)
    return Text(*(text.replace("{", "{{").replace("}", "}}") for text in (found, reference)))
