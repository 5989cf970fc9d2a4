"""Faults one can see in a finished page: what the policy would block, and what assistive technology would miss."""

import re
from html.parser import HTMLParser
from itertools import pairwise

VOID = frozenset(["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"])
OPTIONAL_END = frozenset({"li", "p", "dt", "dd", "option", "tr", "td", "th"})
DATA_BLOCKS = frozenset({"application/json", "application/ld+json"})
OUTSIDE = re.compile(r"(?:[a-z]+:)?//", re.I)
LOADING = {"script": "src", "img": "src", "iframe": "src", "source": "src", "use": "href"}
LABELLED = frozenset({"hidden", "submit", "button"})


def page_faults(html: str) -> list[str]:
    """What is wrong with a page, in words. Empty for a sound page."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.result()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self.ids: list[str] = []
        self.labels: set[str] = set()
        self.fields: list[tuple[str, dict[str, str]]] = []
        self.headings: list[int] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._policy(tag, given)
        if "id" in given:
            self.ids.append(given["id"])
        if tag == "label" and "for" in given:
            self.labels.add(given["for"])
        if tag in ("input", "select", "textarea") and given.get("type") not in LABELLED:
            inside = "label" in self.open
            self.fields += [] if inside or "aria-label" in given else [(tag, given)]
        if tag == "img" and not {"alt", "width", "height"} <= given.keys():
            self.faults.append(f"<img src={given.get('src', '')!r}> needs alt, width and height")
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open[-1] != tag and self.open[-1] in OPTIONAL_END:
            self.open.pop()
        if self.open and self.open[-1] == tag:
            self.open.pop()
        elif tag not in VOID:
            self.faults.append(f"</{tag}> closes nothing")

    def _policy(self, tag: str, given: dict[str, str]) -> None:
        if tag == "script" and "src" not in given and given.get("type") not in DATA_BLOCKS:
            self.faults.append("inline script")
        if tag == "style" or "style" in given:
            self.faults.append(f"inline style at <{tag}>")
        self.faults += [f"inline handler {name} at <{tag}>" for name in given if name.startswith("on")]
        loads = given.get(LOADING.get(tag, "")) or (given.get("href") if given.get("rel") == "stylesheet" else "") or ""
        if OUTSIDE.match(loads):
            self.faults.append(f"<{tag}> loads {loads} from another site")
        if given.get("href", "").strip().lower().startswith(("javascript:", "data:", "vbscript:")):
            self.faults.append(f"active address at <{tag}>")

    def result(self) -> list[str]:
        twice = sorted({i for i in self.ids if self.ids.count(i) > 1})
        self.faults += [f"the id {i!r} stands twice" for i in twice]
        self.faults += [
            f"<{tag} name={given.get('name', '')!r}> has no label"
            for tag, given in self.fields
            if given.get("id") not in self.labels and "aria-labelledby" not in given
        ]
        if self.headings.count(1) != 1:
            self.faults.append(f"{self.headings.count(1)} first headings, one is needed")
        for before, after in pairwise(self.headings):
            if after - before > 1:
                self.faults.append(f"a level-{after} heading follows one of level {before}")
        if self.open:
            self.faults.append(f"<{self.open[-1]}> is never closed")
        return list(dict.fromkeys(self.faults))
