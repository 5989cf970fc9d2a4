"""What a key is made of: typed fields, how they are stored, and the text its platform-wide fingerprint is taken of."""

import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from .problems import CellRefused

MIN_CHARS = 4
MAX_CHARS = 2_048
MAX_PARTS = 6

LABELS = {
    "卡密": "Card key",
    "卡号": "Card number",
    "密码": "Password",
    "账号": "Account",
    "邮箱": "Email",
    "PIN码": "PIN",
    "兑换链接": "Link",
    "附加信息": "Extra",
    "文件": "File",
}
"""The labels this module gives, as stored, and in English."""

_SEPARATORS = (re.compile(r"\s*-{3,}\s*"), re.compile(r"\s*[|｜]\s*"), re.compile(r"\t+"), re.compile(r"\s*[,，]\s*"))
_PAIR = re.compile(r"(\S{6,})\s+(\S{6,})")
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_NUMBER = re.compile(r"[0-9A-Z]{6,}")
_JOINTS = re.compile(r"[\s\-_]+")
_FORBIDDEN = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


class Credential(NamedTuple):
    """`type` is one of code, account, password, pin, link, file."""

    type: str
    label: str
    value: str


def split_key(text: str, label: str = "卡密") -> tuple[Credential, ...]:
    """The fields of one cell as this trade writes it: `CODE`, `number password`, `account----password----email`.

    Parts are told by `----`, `|`, tab or comma; by a space only when both sides are long (codes come in fours).
    Raises CellRefused, never quoting the key.
    """
    check_chars(text)
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


def serialise(credentials: Iterable[Credential]) -> str:
    """Canonical JSON, `[{"label":…,"type":…,"value":…}]`: what is sealed in the vault."""
    fields = [{"label": one.label, "type": one.type, "value": one.value} for one in credentials]
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


def deserialise(text: str) -> tuple[Credential, ...]:
    """The inverse of `serialise`."""
    return tuple(Credential(one["type"], one["label"], one["value"]) for one in json.loads(text))


def fingerprint_text(credentials: Sequence[Credential]) -> str:
    """The same for every way to write one key: case, width, spaces, dashes, labels and extras make no difference.

    Passwords and links keep their case, which they are sensitive to. The blind index is an HMAC of this text.
    """
    telling = [one for one in credentials if one.label not in ("邮箱", "附加信息")]
    return "\n".join(f"{one.type}:{_normal(one)}" for one in telling)


def _normal(credential: Credential) -> str:
    value = unicodedata.normalize("NFKC", credential.value)
    if credential.type in ("password", "link"):
        return value.strip()
    return _JOINTS.sub("", value).casefold() or value.strip()
