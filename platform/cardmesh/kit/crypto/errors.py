"""What keeps secrets shut: the master key's keeper does not answer, or the key itself is not at hand."""

from ..errors import Unavailable
from ..i18n import Text


class CustodyUnavailable(Unavailable):
    """Nothing was sealed and nothing was opened: neither is ever done without the master key.

    `cause` is for the operator's log (an AWS error code, the id of a missing master key); it is shown to nobody.
    """

    code = "custody_unavailable"
    text = Text(
        "密钥保管服务暂时不可用，卡密未被读取也未被写入，请稍后再试",
        "The key custody service does not answer; no key was read or stored, try again shortly",
    )

    def __init__(self, cause: str) -> None:
        super().__init__(retry_after=5)
        self.cause = cause

    def __str__(self) -> str:
        return f"{self.code}: {self.cause}"
