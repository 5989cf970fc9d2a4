"""Why a letter did not leave."""

from ..errors import MeshError
from ..i18n import Text


class MailUnavailable(MeshError):
    """No server, no answer, or "later": trying again helps."""

    code, status, retryable = "mail_unavailable", 503, True
    text = Text("邮件服务暂时不可用", "Mail cannot be sent right now")


class MailRefused(MeshError):
    """The server says that this letter or this address will never do."""

    code, status = "mail_refused", 422
    text = Text("收件地址被邮件服务器拒绝", "The mail server refuses this address")
