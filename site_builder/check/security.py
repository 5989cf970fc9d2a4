"""What a strict content security policy would block, and what would reach out to third parties."""

import re
from collections.abc import Iterator

from site_builder.check.finding import Finding, line_of
from site_builder.theme import Theme

OUTSIDE = r"(?:https?:)?//"
# One line per rule: suffix, what it is, what to do, pattern.
_RULES = (
    (
        ".html.j2",
        "inline script",
        "move it to assets/",
        r"<script(?![^>]*\bsrc=)(?![^>]*type=[\"']application/(?:ld\+)?json)[^>]*>",
    ),
    (".html.j2", "inline style sheet", "move it to assets/", r"<style\b"),
    (".html.j2", "style attribute", "use a class", r"<[a-z][^>{]*\sstyle\s*="),
    (".html.j2", "inline event handler", "listen in a script", r"<[^>]*\son[a-z]{3,}\s*="),
    (".html.j2", "javascript: address", "use a button and a script", r"javascript:"),
    (
        ".html.j2",
        "third party",
        "ship it in assets/",
        rf"\b(?:src|href|action|srcset|poster|data)\s*=\s*[\"']?\s*{OUTSIDE}",
    ),
    (".html.j2", "embedded foreign content", "link to it instead", r"<(?:iframe|object|embed|base|frame|applet)\b"),
    (".css", "@import", "list the file in theme.json", r"@import\b"),
    (".css", "third party", "ship it in assets/", rf"url\(\s*[\"']?\s*{OUTSIDE}"),
    (".css", "script in a style sheet", "remove it", r"expression\s*\(|-moz-binding|(?<![-\w])behavior\s*:"),
    (
        ".js",
        "code from a string",
        "call a function",
        r"\beval\s*\(|\bnew\s+Function\b|\bset(?:Timeout|Interval)\s*\(\s*[\"'`]",
    ),
    (".js", "HTML from a string", "set textContent", r"\.(?:innerHTML|outerHTML)\b|insertAdjacentHTML|document\.write"),
    (".js", "import", "list the file in theme.json", r"(?<!\w)import\s*[\s({\"']"),
    (".js", "third party", "pages talk to their own store only", r"[\"'`]https?://(?!www\.w3\.org/)"),
    (".js", "another way out", "use fetch to /api/", r"sendBeacon|XMLHttpRequest|new\s+WebSocket|document\.cookie"),
    (".js", "text over several lines", "the joiner strips indentation", r"^[^`\n]*(?:`[^`\n]*`[^`\n]*)*`[^`\n]*$"),
    (".svg", "active content in a picture", "remove it", r"<script\b|<foreignObject\b|\son[a-z]{3,}\s*="),
    (".svg", "third party", "draw it in the file", rf"\bhref\s*=\s*[\"']\s*{OUTSIDE}"),
)
RULES = [(suffix, what, fix, re.compile(pattern, re.I | re.M)) for suffix, what, fix, pattern in _RULES]


def findings(theme: Theme) -> Iterator[Finding]:
    for path, source in theme.files.items():
        for suffix, what, fix, pattern in RULES:
            if path.endswith(suffix):
                for match in pattern.finditer(_without_comments(source, suffix)):
                    yield Finding("error", "security", path, line_of(source, match.start()), what, fix)


def _without_comments(source: str, suffix: str) -> str:
    """Comments blanked out, lines kept, so that prose about `eval(` is no finding."""
    pattern = {
        ".html.j2": r"\{#.*?#\}",
        ".js": r"^\s*//[^\n]*|/\*.*?\*/",
        ".css": r"/\*.*?\*/",
        ".svg": r"<!--.*?-->",
    }[suffix]
    return re.sub(pattern, lambda match: re.sub(r"[^\n]", " ", match[0]), source, flags=re.S | re.M)
