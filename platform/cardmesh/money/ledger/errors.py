"""Refusals of the ledger."""

from ...kit.errors import Conflict, MeshError
from ...kit.i18n import Text


class LedgerConflict(Conflict):
    """The idempotency key is taken by an entry with other content, or the entry to reverse is reversed already."""

    code = "ledger_conflict"
    text = Text("同一记账编号已用于其他内容", "This posting key was used for another entry")


class UnbalancedEntry(MeshError):
    """A bug of the caller: debits and credits differ, or an amount is out of bounds."""

    code, status = "ledger_unbalanced", 500
    text = Text(
        "分录借贷不平（{currency}，差额 {difference}）", "The entry does not balance ({currency}, off by {difference})"
    )


class EmptyEntry(MeshError):
    """A bug of the caller: the entry moves nothing."""

    code, status = "ledger_empty", 500
    text = Text("分录没有金额", "The entry moves no money")


class InsufficientFunds(MeshError):
    """`extra`: what is available and what was asked for. The same request may be retried after a top-up."""

    code, status = "insufficient_funds", 402
    text = Text("可用余额不足", "The available balance is not enough")
