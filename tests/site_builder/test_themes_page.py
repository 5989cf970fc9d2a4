"""docs/themes.md, tried from its text: its files make a theme that passes, its lists are those of the code."""

import re
from pathlib import Path

import pytest

from site_builder import theme as themes
from site_builder.check import check, rendering, report
from site_builder.feeds import PROVIDERS
from site_builder.render import Renderer
from site_builder.sandbox import FILTERS
from site_builder.scaffold import start
from site_builder.settings import TYPES
from site_builder.snapshot import Snapshot, ThemeChoice
from site_builder.theme import TEMPLATES, Theme, look
from tests.site_builder.conftest import make

PAGE = Path(__file__).parents[2].joinpath("docs/themes.md").read_text("utf-8")
FILES = dict(re.findall(r"```\w+ file=(\S+)\n(.*?)```", PAGE, re.S))


def test_the_theme_of_the_page_passes_the_check_and_shows_its_section(
    tmp_path: Path, mall: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rendering, "SIZES", (0, 12))
    folder = start("aurora", tmp_path, "Aurora")
    assert len(FILES) == 7
    for path, text in FILES.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")
    found = check(folder)
    assert [str(f) for f in found if f.level != "suggestion"] == [], report(found)
    theme = themes.load(folder)
    built = make(themes.wearing(mall, theme), theme)
    assert "How buying works" in built.text("/en/index.html") and "购买流程说明" in built.text("/index.html")
    assert "#0f7b6c" in next(built.text(path) for path in built.manifest.entries if path.endswith(".css"))


@pytest.mark.parametrize(
    ("what", "names"),
    [
        ("setting types", [f"`{name}`" for name in TYPES]),
        ("pages", TEMPLATES),
        ("data", [f"`{name}`" for name in PROVIDERS]),
        ("filters", [*FILTERS, "markdown", "plain"]),
    ],
)
def test_its_lists_are_those_of_the_code(what: str, names: list[str]) -> None:
    assert [name for name in names if name not in PAGE] == []


def test_what_templates_see_is_told(mall: Snapshot, classic: Theme) -> None:
    renderer = Renderer(mall, look(classic, ThemeChoice(handle="classic")))
    plan = renderer.plan
    page = next(page for page in plan.pages if page.kind == "product")
    product = page.context["product_data"]
    shown = [
        *renderer.locals["zh-CN"], *plan.shops["zh-CN"], *plan.shops["zh-CN"]["urls"], *product, *product["image"],
        *product["skus"][0], *renderer._head(page), *plan.shops["zh-CN"]["contact"],
    ]  # fmt: skip
    told = set(re.findall(r"\w+", PAGE))
    assert [name for name in shown if name not in told] == []
