"""What the check found in a theme, in the reader's language."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from site_builder.check.chinese import in_chinese
from site_builder.check.finding import LEVELS

from ...kit.i18n import Text
from .requests import locale

LEVEL_NAMES = {
    "fatal": Text("致命", "Fatal"),
    "error": Text("错误", "Error"),
    "warning": Text("警告", "Warning"),
    "suggestion": Text("建议", "Suggestion"),
}
TONES = {"fatal": "bad", "error": "bad", "warning": "wait", "suggestion": "muted"}


class Shown(NamedTuple):
    """`place` is the file, with its line where one is to blame; `why` what is wrong, `fix` what to do."""

    level: str
    level_name: str
    tone: str
    family: str
    place: str
    why: str
    fix: str


def shown(findings: Iterable[Mapping[str, Any]]) -> list[Shown]:
    """The gravest first."""
    return [_shown(one) for one in sorted(findings, key=lambda one: LEVELS.index(one["level"]))]


def _shown(one: Mapping[str, Any]) -> Shown:
    say = in_chinese if locale() == "zh-CN" else str
    level = one["level"]
    place = f"{one['file']}:{one['line']}" if one["line"] else one["file"]
    name = LEVEL_NAMES[level].render(locale())
    return Shown(level, name, TONES[level], one["family"], place, say(one["message"]), say(one["fix"]))
