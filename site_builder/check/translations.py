"""Every text in every language, with the same places to fill."""

import re
from collections.abc import Iterator

from jinja2 import nodes

from site_builder.check.finding import Finding, line_of
from site_builder.check.jinja import FILTERS
from site_builder.sandbox import ThemeEnvironment
from site_builder.settings import LOCALES
from site_builder.texts import SCRIPT, flatten
from site_builder.theme import Theme

TITLES = [
    "home",
    "tagline",
    "search",
    "cart",
    "checkout",
    "order",
    "lookup",
    "help",
    "about",
    "announcement",
    "not_found",
    "category_page",
    "category_description",
    "product_description",
]
PLACE = re.compile(r"\{(\w+)\}")
IN_SCRIPT = re.compile(r"\bTEXT\.(\w+)")


def findings(theme: Theme) -> Iterator[Finding]:
    texts = {name: flatten(_lists_as_words(messages)) for name, messages in theme.locales.items()}
    every = set().union(*texts.values())
    for locale in LOCALES:
        path = f"locales/{locale}.json"
        for key in sorted(every - texts[locale].keys()):
            yield _finding(path, 0, f"the text {key!r} is missing", "translate it")
        for key, text in texts[locale].items():
            if not text.strip():
                yield _finding(path, 0, f"the text {key!r} is empty", "write it")
    yield from _places(texts)
    for title in TITLES:
        if f"titles.{title}" not in every:
            yield _finding("locales/zh-CN.json", 0, f"the text 'titles.{title}' is missing", "the engine needs it")
    yield from _used_in_templates(theme, every)
    yield from _used_in_scripts(theme, every)


def _lists_as_words(messages: object) -> dict:
    """Message lists (title and explanation of an order state) compared item by item."""
    if isinstance(messages, dict):
        return {key: _lists_as_words(v) if isinstance(v, dict | list) else v for key, v in messages.items()}
    return dict(enumerate(messages)) if isinstance(messages, list) else {}


def _places(texts: dict[str, dict[str, str]]) -> Iterator[Finding]:
    first, *others = LOCALES
    for other in others:
        for key in sorted(texts[first].keys() & texts[other].keys()):
            here, there = (set(PLACE.findall(texts[name][key])) for name in (first, other))
            if here != there:
                message = f"{key!r} fills {sorted(there)}, in {first} {sorted(here)}"
                yield _finding(f"locales/{other}.json", 0, message, "use the same {names}")


def _used_in_templates(theme: Theme, known: set[str]) -> Iterator[Finding]:
    environment = ThemeEnvironment(theme.jinja, FILTERS)
    for name, source in theme.jinja.items():
        for call in environment.parse(source).find_all(nodes.Call):
            asks = isinstance(call.node, nodes.Name) and call.node.name == "t" and call.args
            if asks and (problem := _unknown(call.args[0], known)):
                yield _finding(f"{name}.html.j2", call.lineno, problem, "add it to every file in locales/")


def _unknown(argument: nodes.Node, known: set[str]) -> str:
    if isinstance(argument, nodes.Const):
        return "" if argument.value in known else f"there is no text {argument.value!r}"
    if isinstance(argument, nodes.Concat) and isinstance(argument.nodes[0], nodes.Const):
        start = argument.nodes[0].value
        return "" if any(key.startswith(start) for key in known) else f"no text starts with {start!r}"
    return "the key of a text must start with a constant"


def _used_in_scripts(theme: Theme, known: set[str]) -> Iterator[Finding]:
    groups = {key.split(".")[1] for key in known if key.startswith(f"{SCRIPT}.")}
    for path, source in theme.files.items():
        if path.endswith(".js"):
            for match in IN_SCRIPT.finditer(source):
                if match[1] not in groups:
                    line = line_of(source, match.start())
                    yield _finding(
                        path,
                        line,
                        f"there is no text {SCRIPT}.{match[1]}",
                        "add it to every file in locales/",
                    )


def _finding(path: str, line: int, message: str, fix: str) -> Finding:
    return Finding("error", "translations", path, line, message, fix)
