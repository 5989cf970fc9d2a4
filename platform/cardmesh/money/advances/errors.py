"""Refusals about advances."""

from ...kit.errors import MeshError
from ...kit.i18n import Text


class AdvanceUnavailable(MeshError):
    """`extra["limit"]` is what could be asked for now."""

    code, status = "advance_unavailable", 402
    text = Text("超出当前可预支额度", "More than can be advanced now")
