"""Refusals of the log."""

from ..kit.errors import NotFound
from ..kit.i18n import Text


class NoHeadYet(NotFound):
    """Nothing was logged so far."""

    code = "log_empty"
    text = Text("溯源日志尚无记录", "The provenance log is still empty")


class LogAhead(RuntimeError):
    """The log has read facts of transactions that this server has not come to: it was restored from a dump elsewhere.

    Facts written now would be passed over, so nothing is logged until `cardmesh refold` has been run.
    """
