"""One cell as the typed fields of a key: this trade writes codes, numbers with passwords, and whole accounts in one."""

import re
from collections.abc import Sequence

from ..inventory.credentials import Credential
from .problems import CellRefused

MIN_CHARS = 4
MAX_CHARS = 2_048
MAX_PARTS = 6

_SEPARATORS = (re.compile(r"\s*-{3,}\s*"), re.compile(r"\s*[|｜]\s*"), re.compile(r"\t+"), re.compile(r"\s*[,，]\s*"))
_MAY_SPLIT = re.compile(r"-{3}|[|｜,，\s]")
"""Most keys are one code: a glance tells."""
_PAIR = re.compile(r"(\S{6,})\s+(\S{6,})")
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_NUMBER = re.compile(r"[0-9A-Z][0-9A-Z-]{5,}")
_FORBIDDEN = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


def split_key(text: str, label: str = "卡密") -> tuple[Credential, ...]:
    """The fields of one cell as this trade writes it: `CODE`, `number password`, `account----password----email`.

    Parts are told by `----`, `|`, tab or comma; by a space only when both sides are long (codes come in fours).
    Raises CellRefused, never quoting the key.
    """
    check_chars(text)
    if not _MAY_SPLIT.search(text):
        return (_single(text, label),)
    for separator in _SEPARATORS:
        parts = separator.split(text)
        if len(parts) > 1:
            return name_parts([*parts[:2], *filter(None, parts[2:])])
    pair = _PAIR.fullmatch(text)
    return name_parts(pair.groups()) if pair else (_single(text, label),)


def name_parts(parts: Sequence[str]) -> tuple[Credential, ...]:
    """The parts of one key: number and password when the first looks like a number, else account and password."""
    if len(parts) == 1:
        return split_key(parts[0])
    if len(parts) > MAX_PARTS:
        raise CellRefused("import_key_unreadable")
    check_chars(*parts)
    first, second, *rest = parts
    head = Credential("code", "卡号", first) if _NUMBER.fullmatch(first) else Credential("account", "账号", first)
    return (head, Credential("password", "密码", second), *map(_extra, rest))


def _single(text: str, label: str) -> Credential:
    return Credential("link", "兑换链接", text) if _is_link(text) else Credential("code", label, text)


def _extra(text: str) -> Credential:
    if _EMAIL.fullmatch(text):
        return Credential("account", "邮箱", text)
    return Credential("link", "兑换链接", text) if _is_link(text) else Credential("code", "附加信息", text)


def _is_link(text: str) -> bool:
    return text.lower().startswith(("https://", "http://"))


def check_chars(*parts: str) -> None:
    """Raises CellRefused unless these make a plausible key together; never quotes it."""
    if not all(parts):
        raise CellRefused("import_key_missing")
    whole = "".join(parts)
    if _FORBIDDEN.search(whole):
        raise CellRefused("import_key_unreadable")
    if len(whole) < MIN_CHARS:
        raise CellRefused("import_key_too_short", limit=MIN_CHARS)
    if len(whole) > MAX_CHARS:
        raise CellRefused("import_key_too_long", limit=MAX_CHARS)
