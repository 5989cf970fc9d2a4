"""Nothing that people read is in one language only: templates, and the words beside the code that shows them."""

import ast
import re
from collections.abc import Iterator
from enum import StrEnum
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any

import pytest
from jinja2 import Environment, nodes

import cardmesh
from cardmesh.web.common import format as formats
from cardmesh.web.common import names, pay_words
from cardmesh.web.storefront import embed_words, proof_words
from tests.layout.project import ROOT

TEMPLATES = ROOT / "platform/cardmesh/web/templates"
WEB = ROOT / "platform/cardmesh/web"
CJK = re.compile(r"[\u3400-\u9fff]")
LETTERS = re.compile(r"[A-Za-z\u3400-\u9fff]+")
PLACE = re.compile(r"\{(\w+)\}")
READ = {
    *("alt", "aria-label", "aria-description", "placeholder", "title", "label", "content"),
    *("data-done", "data-confirm"),
}
"""Attributes that people read, or have read to them."""
NAMES = {
    *("Cardmesh", "API", "CSV", "XLSX", "ID", "IP", "URL", "JSON", "SKU", "DNS", "TXT", "CNAME", "HTTPS", "KB", "MB"),
    *("English", "中文", "简体中文", "QQ", "Telegram", "Webhook", "Webhooks", "Stripe", "Connect", "Ctrl", "K"),
    *("ALIAS", "Esc", "Enter", "sha", "B", "openapi", "json", "PDF", "PNG", "JPEG", "OpenAPI", "HTTP", "v", "卡盟"),
}
"""The same word in both languages."""
ALONE = {"微信 WeChat", "¥元 "}
"""A name that is the same everywhere, and signs that people type."""
MACHINES = ("script", "style", "svg", "code", "pre")
"""Elements whose text is for machines, or the same for everybody."""
BY_LANGUAGE = {
    "common/pay_words.py": pay_words.WORDS,
    "storefront/embed_words.py": embed_words.WORDS,
    "storefront/proof_words.py": proof_words.WORDS,
}
"""Words for scripts: one table a language."""
ENV = Environment(autoescape=True)


class _Words(HTMLParser):
    """What a browser would show or read out of a template's own text."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in MACHINES
        self.found += [value for name, value in attrs if name in READ and value and not _technical(tag, name, attrs)]

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in MACHINES

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.found.append(data)


def _technical(tag: str, name: str, attrs: list[tuple[str, str | None]]) -> bool:
    return tag == "meta" and name == "content" and dict(attrs).get("name") != "description"


def templates() -> list[Path]:
    return sorted(TEMPLATES.rglob("*.html"))


def text_of(source: str) -> str:
    """A template's own text, with a blank where it says something."""
    return "".join(value if kind == "data" else " " if kind.endswith("_end") else ""
                   for _, kind, value in ENV.lex(source))  # fmt: skip


def spoken(text: str) -> set[str]:
    """Words that are not the same in both languages."""
    return {word for word in LETTERS.findall(text) if word not in NAMES}


@pytest.mark.parametrize("path", templates(), ids=lambda path: path.relative_to(TEMPLATES).as_posix())
def test_a_template_says_nothing_past_t(path: Path) -> None:
    source = path.read_text()
    parser = _Words()
    parser.feed(text_of(re.sub(r"{% block body_class %}.*?{% endblock %}", "", source)))
    assert {word for text in parser.found for word in spoken(text)} == set()
    tree = ENV.parse(source)
    pairs = [call for call in tree.find_all(nodes.Call) if isinstance(call.node, nodes.Name) and call.node.name == "t"]
    inside = {id(one) for call in pairs for one in call.find_all(nodes.Const)}
    loose = [one.value for one in tree.find_all(nodes.Const) if isinstance(one.value, str) and id(one) not in inside]
    assert [text for text in loose if _prose(text)] == []
    for call in pairs:
        texts = [one.value for one in call.args[:2] if isinstance(one, nodes.Const)]
        assert len(texts) != 1, f"line {call.lineno}: one language is a variable"
        if texts:
            check(*texts)


def _prose(text: str) -> bool:
    """Whether a string in a template's code is for people: Chinese, or words that begin like a sentence."""
    said = CJK.search(text) or re.search(r"\b[A-Z][a-z]+\b|[a-z]+ [a-z]+ [a-z]+", text)
    return bool(said and spoken(text)) and "[" not in text


def check(zh: str, en: str) -> None:
    """Both are there, each in its language, with the same places to fill."""
    assert zh.strip() and en.strip(), (zh, en)
    assert not CJK.search(en) or not spoken(en), f"not English: {en}"
    assert CJK.search(zh) or not spoken(zh), f"not Chinese: {zh}"
    assert set(PLACE.findall(zh)) == set(PLACE.findall(en)), f"other places: {zh} / {en}"


def _pairs(path: Path) -> Iterator[tuple[str, str | None, int]]:
    """Every Chinese text in a module's code, with the text behind or before it."""
    tree = ast.parse(path.read_text())
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in (one for one in ast.walk(tree) if not isinstance(one, ast.JoinedStr)):
        parts = node.args if isinstance(node, ast.Call) else getattr(node, "elts", list(ast.iter_child_nodes(node)))
        texts = ["", *(_constant(one) for one in parts), ""]
        for place, one in enumerate(parts, start=1):
            if CJK.search(texts[place]) and id(one) not in docs:
                beside = [text for text in (texts[place + 1], texts[place - 1]) if text and not CJK.search(text)]
                yield texts[place], beside[0] if beside else None, getattr(one, "lineno", 0)


def _constant(node: ast.AST) -> str:
    """A text, also one with values in it."""
    if isinstance(node, ast.JoinedStr):
        return "".join(_constant(part) for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def test_every_chinese_text_of_the_web_has_its_english_beside_it() -> None:
    found, lonely = 0, list[str]()
    for path in sorted(WEB.rglob("*.py")):
        if path.relative_to(WEB).as_posix() in BY_LANGUAGE:
            continue
        for zh, en, line in _pairs(path):
            found += 1
            if not spoken(zh) or zh in ALONE or re.search(r"\\\d", zh):  # a pattern's other half
                continue
            if en is None:
                lonely.append(f"{path.relative_to(WEB)}:{line}: {zh}")
            else:
                check(zh, en)
    assert found > 300
    assert lonely == []


def test_words_for_scripts_have_one_shape() -> None:
    for words in BY_LANGUAGE.values():
        zh, en = dict(_leaves(words["zh-CN"])), dict(_leaves(words["en"]))
        assert zh.keys() == en.keys()
        for place in zh:
            check(zh[place], en[place])


def _leaves(words: Any, place: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(words, str):
        yield place, words
        return
    for key, value in words.items() if isinstance(words, dict) else enumerate(words):
        yield from _leaves(value, f"{place}/{key}")


def test_every_state_has_a_name() -> None:
    """A badge whose state has none would show the code."""
    missing = {f"{kind.__name__}.{one}" for kind in _enums() for one in kind if str(one) not in formats.STATES}
    assert missing == set()


def test_every_kind_has_a_name() -> None:
    for kind, known in (("Channel", names.CHANNELS), ("DocumentKind", names.DOCUMENTS), ("GoodsKind", names.GOODS),
                        ("Party", names.PARTIES), ("AccountKind", names.ACCOUNTS)):  # fmt: skip
        (found,) = [one for one in _enums("") if one.__name__ == kind]
        assert {str(one) for one in found} - known.keys() == set(), kind


def _enums(ending: str = r"(Status|State|Outcome)$") -> list[type[StrEnum]]:
    """Enumerations of the models whose name ends so."""
    modules = [one.name for one in walk_packages(cardmesh.__path__, "cardmesh.") if one.name.endswith(".models")]
    found = {value for name in modules for value in vars(import_module(name)).values() if isinstance(value, type)}
    return [one for one in found if issubclass(one, StrEnum) and one is not StrEnum and re.search(ending, one.__name__)]
