"""What a key is made of: typed fields, how they are sealed, and the text its platform-wide fingerprint is taken of."""

import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import NamedTuple

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
"""The labels we give ourselves, as stored, and in English. A supplier's own word for a key stays as it is."""

_to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_JOINTS = re.compile(r"[\s\-_]+")
_FIRSTS = {"account": "code"}
"""Whether a first part is a card's number or an account is a guess that one dash can turn."""
_UNTELLING = ("邮箱", "附加信息")
_EXACT = ("password", "link")


class Credential(NamedTuple):
    """`type` is one of code, account, password, pin, link, file; `label` is what the buyer reads beside the value."""

    type: str
    label: str
    value: str

    def __repr__(self) -> str:
        return f"Credential({self.type})"  # a key is never in a log or a traceback

    def labelled(self, locale: str) -> "Credential":
        """With its label in the reader's language."""
        return self if locale.startswith("zh") else self._replace(label=LABELS.get(self.label, self.label))


def serialise(credentials: Iterable[Credential]) -> str:
    """Canonical JSON, `[{"label":…,"type":…,"value":…}]`: what is sealed in the vault."""
    fields = [{"label": one.label, "type": one.type, "value": one.value} for one in credentials]
    return _to_json(fields)


def deserialise(text: str | bytes) -> tuple[Credential, ...]:
    """The inverse of `serialise`."""
    return tuple(Credential(one["type"], one["label"], one["value"]) for one in json.loads(text))


def fingerprint_text(credentials: Sequence[Credential]) -> str:
    """The same for every way to write one key: case, width, spaces, dashes, labels and extras make no difference.

    Passwords and links keep their case, which they are sensitive to. The blind index is an HMAC of this text.
    """
    telling = [one for one in credentials if one.label not in _UNTELLING]
    return "\n".join(f"{_FIRSTS.get(one.type, one.type)}:{_normal(one)}" for one in telling)


def _normal(credential: Credential) -> str:
    value = unicodedata.normalize("NFKC", credential.value)
    if credential.type in _EXACT:
        return value.strip()
    return _JOINTS.sub("", value).casefold() or value.strip()


PLAIN = re.compile(r"(?=.{4,64}\Z)(?!https?:)[0-9a-z](?:[0-9a-z!#$%&()*./:;<>?@\[\]^_`{}~=]|-(?!--))*", re.I | re.A)
"""Values that mean what they say: nothing to clean, to split, to escape or to guess. Nearly every key is one."""


class Form:
    """How keys that differ in their values alone are sealed and fingerprinted, worked out once for a sheet.

    Works on columns: the first values of all keys, the second ones, …; all of them PLAIN, so none holds a line end.
    """

    def __init__(self, fields: Sequence[Credential]) -> None:
        """`fields` say type and label of each value, in order; their own values do not matter."""
        marked = serialise(one._replace(value="\ufdd0") for one in fields)
        self._pieces = [piece.encode() for piece in marked.split("\ufdd0")]
        telling = [(place, one.type) for place, one in enumerate(fields) if one.label not in _UNTELLING]
        self._telling = [(place, f"{_FIRSTS.get(kind, kind)}:".encode(), kind in _EXACT) for place, kind in telling]

    def payloads(self, columns: Sequence[Sequence[str]]) -> list[bytes]:
        """`serialise` of each key."""
        values = [_lines(column) for column in columns]
        if len(values) == 1:
            head, tail = self._pieces
            return [head + value + tail for value in values[0]]
        whole = b"%b".join(piece.replace(b"%", b"%%") for piece in self._pieces)
        return [whole % key for key in zip(*values, strict=True)]

    def fingerprint_texts(self, columns: Sequence[Sequence[str]]) -> list[bytes]:
        """`fingerprint_text` of each key."""
        texts = [
            [head + value for value in (_lines(columns[place]) if exact else _folded(columns[place]))]
            for place, head, exact in self._telling
        ]
        return texts[0] if len(texts) == 1 else list(map(b"\n".join, zip(*texts, strict=True)))


def _lines(column: Sequence[str]) -> list[bytes]:
    return "\n".join(column).encode().split(b"\n")


def _folded(column: Sequence[str]) -> list[bytes]:
    return "\n".join(column).replace("-", "").replace("_", "").lower().encode().split(b"\n")
