"""Refusals of a rotation."""

from ...kit.errors import Conflict
from ...kit.i18n import Text


class RotationRunning(Conflict):
    code, retryable = "rotation_running", True
    text = Text("另一个密钥轮换正在进行", "Another rotation of keys is under way")
