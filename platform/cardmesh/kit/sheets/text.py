"""Cells as people type them: full-width letters, invisible characters, forced text, uninvited formulas."""

import re
import unicodedata

_HOT = tuple("=+-@\t\r\n＝＋－＠﹢﹣﹦﹫")
_PADDING = "' \u00a0\u3000\ufeff\u200b"
_INVISIBLE = "\u00ad\u180e\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
_CONTROLS = [code for code in (*range(32), 127) if chr(code) not in "\t\n\r"]
_SPACES = "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_WIDE = (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))

_CLEAN: dict[int, int | str | None] = {
    **dict.fromkeys(map(ord, _INVISIBLE)),
    **dict.fromkeys(_CONTROLS),
    **dict.fromkeys(map(ord, _SPACES), " "),
    **{code: code - 0xFEE0 for code in _WIDE},
}
_FORCED = re.compile(r'="([^"]*)"|\'(\d+)')
_GAPS = re.compile(r"\s+")


def clean_cell(text: str) -> str:
    """The text a person meant: plain digits and letters, plain spaces, nothing invisible, no space around it.

    Full-width punctuation stays (it is right in Chinese prose). `="0012"` and `'0012`, the two ways to stop a
    spreadsheet from eating zeros, give `0012`.
    """
    plain = text.isascii() and text.isprintable()
    cleaned = (text if plain else text.translate(_CLEAN)).strip()
    forced = _FORCED.fullmatch(cleaned) if cleaned[:1] in ("=", "'") else None
    return (forced[1] if forced[1] is not None else forced[2]).strip() if forced else cleaned


def fold(text: str) -> str:
    """For comparing names: `Ａ 级 会员 ` and `a级会员` fold to the same text. Never shown."""
    return _GAPS.sub("", unicodedata.normalize("NFKC", clean_cell(text)).casefold())


def guard(text: str) -> str:
    """Text no spreadsheet runs as a formula: an apostrophe before `= + - @ TAB CR LF` and wide forms."""
    return "'" + text if _is_hot(text) else text


def unguard(text: str) -> str:
    """The inverse of `guard`, exactly."""
    return text[1:] if text.startswith("'") and _is_hot(text) else text


def _is_hot(text: str) -> bool:
    return text.lstrip(_PADDING).startswith(_HOT)
