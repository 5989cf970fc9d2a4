"""Refusals about withdrawals."""

from ...kit.errors import Conflict
from ...kit.i18n import Text


class WithdrawalDecided(Conflict):
    """It was decided before; `extra["state"]` says how."""

    code = "withdrawal_decided"
    text = Text("该提现申请已处理", "This withdrawal was decided already")
