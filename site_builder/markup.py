"""Words of strangers into safe HTML: a small Markdown for what suppliers really write, then an allow-list cleaner.

Descriptions arrive as plain text, as Markdown, or pasted from another shop as HTML. All three are accepted; what is
not on the allow-list (scripts, styles, handlers, frames, images of third parties) is removed by the cleaner, so the
Markdown step needs to be useful, not safe.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from html import unescape
from itertools import groupby

import nh3
from markupsafe import Markup

from site_builder.xmltext import escape

TAGS = {"p", "br", "strong", "em", "b", "i", "u", "s", "code", "pre", "blockquote", "ul", "ol", "li",
        "h1", "h2", "h3", "h4", "h5", "h6", "hr", "a", "table", "thead", "tbody", "tr", "th", "td"}  # fmt: skip
SCHEMES = {"http", "https", "mailto"}

_cleaner = nh3.Cleaner(
    tags=TAGS,
    attributes={"a": {"href"}, "td": {"colspan"}, "th": {"colspan"}},
    url_schemes=SCHEMES,
    link_rel="nofollow noopener noreferrer",
    clean_content_tags={"script", "style"},
)
_stripper = nh3.Cleaner(tags=set(), clean_content_tags={"script", "style"})

_BLOCK_TAG = re.compile(
    r"\s*</?(?:p|div|ul|ol|li|table|t[rdh]|h\d|br|pre|blockquote|section|article|span|strong)\b", re.I
)
_MARKED = re.compile(r"[<&`*\[\u00a0]|://")
_OUR_TAG = re.compile(r"<[^>]*>")
_LIST = re.compile(r"\s*(?:([-*•])\s+|(\d{1,3})(?:[.)]\s+|、\s*))(.*)")
_HEADING = re.compile(r"(#{1,4})\s+(.*?)\s*#*$")
_RULE = re.compile(r"\s*([-*_])(\s*\1){2,}\s*")
_INLINE = (
    ("`", re.compile(r"`([^`\n]+)`"), r"<code>\1</code>"),
    ("**", re.compile(r"\*\*(\S(?:[^\n]*?\S)?)\*\*"), r"<strong>\1</strong>"),
    ("*", re.compile(r"(?<![\w*])\*(\S(?:[^*\n]*?\S)?)\*(?![\w*])"), r"<em>\1</em>"),
    ("](", re.compile(r"\[([^\]\n]+)\]\(([^()\s]+)\)"), r'<a href="\2">\1</a>'),
    ("://", re.compile(r"(?<![\"'>=\w/])(https?://[^\s<>\"'，。；！）)]+)"), r'<a href="\1">\1</a>'),
)
"""What a line must hold for the pattern to be looked for, the pattern, and what becomes of it."""


def to_html(text: str, top: int = 3) -> Markup:
    """Safe HTML of a description or page body, its headings from level `top` down. "" stays empty."""
    if not text.strip():
        return Markup("")
    rough = text if _BLOCK_TAG.match(text) else "".join(_rough(text))
    # The cleaner is what makes this safe: its output holds allow-listed tags only. Where every character is escaped
    # and no mark makes a tag inside a line, the tags are our own blocks, which it would leave as they are.
    clean = _cleaner.clean(rough) if _MARKED.search(text) else rough
    return Markup(_fit_headings(clean, top))  # noqa: S704 - see above


def to_plain(text: str, limit: int = 160) -> str:
    """One line without markup, for meta descriptions and feeds; cut at `limit` characters, not within a Latin word."""
    spaced = "\n".join(_rough(text)).replace("<br>", "\n").replace("</li>", "\n")
    # Where the text has none, every tag is ours.
    stripped = _stripper.clean(spaced) if "<" in text else _OUR_TAG.sub("", spaced)
    line = " ".join(unescape(stripped).split())
    if len(line) <= limit:
        return line
    return re.sub(r"(?<= )[!-~]{1,20}$", "", line[: limit - 1]).rstrip() + "…"


@lru_cache(maxsize=64)
def _rough(text: str) -> tuple[str, ...]:
    """The blocks of a text: a page asks twice, for its words and for what search engines are told."""
    return tuple(_blocks(text))


def _fit_headings(html: str, top: int) -> str:
    """Two levels, `top` and the next, never the next before the first: a stranger's outline fits any page."""
    levels = [int(level) for level in re.findall(r"<h([1-6])>", html)] if "<h" in html else []
    opened: list[int] = []

    def fit(match: re.Match[str]) -> str:
        if match[1] == "<":
            opened.append(top + 1 if int(match[2]) > min(levels) and top in opened else top)
        return f"{match[1]}h{opened[-1]}>"

    return re.sub(r"(</?)h([1-6])>", fit, html) if levels else html


def _blocks(text: str) -> Iterator[str]:
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    for kind, group in groupby(lines, key=_kind):
        block = list(group)
        if kind == "list":
            yield _list(block)
        elif kind == "heading":
            yield "".join(f"<h{_level(line)}>{_inline(_heading(line))}</h{_level(line)}>" for line in block)
        elif kind == "quote":
            yield "<blockquote>" + "<br>".join(_inline(line.lstrip("> ")) for line in block) + "</blockquote>"
        elif kind == "rule":
            yield "<hr>"
        elif kind == "text":
            yield "<p>" + "<br>".join(map(_inline, block)) + "</p>"


def _kind(line: str) -> str:
    """Looked at by its first character: most lines are just words."""
    first = line.lstrip()[:1]
    if not first:
        return "blank"
    if first == "#":
        return "heading" if _HEADING.match(line) else "text"
    if first in "-*_" and _RULE.fullmatch(line):
        return "rule"
    if (first in "-*•" or first.isdecimal()) and _LIST.match(line):
        return "list"
    return "quote" if line.startswith(">") else "text"


def _list(lines: list[str]) -> str:
    items = [match for line in lines if (match := _LIST.match(line))]
    tag = "ol" if items[0][2] else "ul"
    return f"<{tag}>" + "".join(f"<li>{_inline(item[3])}</li>" for item in items) + f"</{tag}>"


def _level(line: str) -> int:
    return len(line) - len(line.lstrip("#"))


def _heading(line: str) -> str:
    match = _HEADING.match(line)
    return match[2] if match else line


def _inline(line: str) -> str:
    if "<" not in line or not re.search(r"</?[a-zA-Z][^>]*>", line):
        line = escape(line)
    for mark, pattern, replacement in _INLINE:
        if mark in line:
            line = pattern.sub(replacement, line)
    return line
