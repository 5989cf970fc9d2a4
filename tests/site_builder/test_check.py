"""The checker: silent on the bundled theme, and loud — with file and reason — about each planted defect."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from site_builder.check import FAMILIES, check, rendering, report
from site_builder.check.chinese import in_chinese
from site_builder.check.manifest import engine_fits
from site_builder.cli import main
from site_builder.theme import BUNDLED, find, load
from tests.site_builder.conftest import THEMES

Plant = Callable[[Path], None]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(BUNDLED / "classic", tmp_path / "classic"))


def edit(name: str, before: str, after: str) -> Plant:
    def plant(folder: Path) -> None:
        text = (folder / name).read_text("utf-8")
        assert before in text, "the plant no longer fits the theme"
        (folder / name).write_text(text.replace(before, after, 1), "utf-8")

    return plant


def append(name: str, text: str) -> Plant:
    return lambda folder: edit_file(folder / name, text)


def edit_file(path: Path, text: str) -> None:
    path.write_text((path.read_text("utf-8") if path.exists() else "") + text, "utf-8")


def change(name: str, alter: Callable[[dict], object]) -> Plant:
    def plant(folder: Path) -> None:
        data = json.loads((folder / name).read_text("utf-8"))
        alter(data)
        (folder / name).write_text(json.dumps(data, ensure_ascii=False), "utf-8")

    return plant


def remove(name: str) -> Plant:
    return lambda folder: (folder / name).unlink()


NOTE = "sections/not-found.html.j2"
HARBOR = "config/presets/harbor.json"
DEFECTS: dict[str, tuple[str, str, Plant]] = {
    "handle": ("manifest", "theme.json", edit("theme.json", '"handle": "classic"', '"handle": "other"')),
    "version": ("manifest", "theme.json", edit("theme.json", '"1.0.0"', '"one"')),
    "engine": ("manifest", "theme.json", edit("theme.json", ">=1,<2", ">=2")),
    "name": ("manifest", "theme.json", change("theme.json", lambda d: d["name"].pop("en"))),
    "preset": ("manifest", "theme.json", edit("theme.json", '"preset": "harbor"', '"preset": "gone"')),
    "script": ("manifest", "theme.json", edit("theme.json", "js/core.js", "js/gone.js")),
    "template": ("structure", "templates/product.json", remove("templates/product.json")),
    "schema file": ("structure", "sections/hero.schema.json", remove("sections/hero.schema.json")),
    "section": ("structure", "templates/cart.json", edit("templates/cart.json", '"cart-main"', '"gone"')),
    "order": ("structure", "templates/index.json", change("templates/index.json", lambda d: d["order"].pop())),
    "stray": (
        "structure",
        "extra/notes.txt",
        lambda f: ((f / "extra").mkdir(), edit_file(f / "extra/notes.txt", "x"))[0],
    ),
    "binary": ("structure", "assets/x.exe", append("assets/x.exe", "MZ")),
    "data": (
        "structure",
        "sections/hot-products.schema.json",
        edit("sections/hot-products.schema.json", '"hot_products"', '"secrets"'),
    ),
    "type": (
        "schema",
        "config/settings_schema.json",
        edit("config/settings_schema.json", '"type": "checkbox"', '"type": "tick"'),
    ),
    "default": (
        "schema",
        "config/settings_schema.json",
        edit("config/settings_schema.json", '"default": "#1f5eff"', '"default": "blue"'),
    ),
    "label": (
        "schema",
        "config/settings_schema.json",
        edit("config/settings_schema.json", '"en": "Brand colour"', '"en": ""'),
    ),
    "value": ("schema", HARBOR, edit(HARBOR, '"card_style": "compact"', '"card_style": "huge"')),
    "unknown setting": ("schema", HARBOR, edit(HARBOR, '"brand_color"', '"brand_colour"')),
    "range": (
        "schema",
        "config/presets/jade.json",
        edit("config/presets/jade.json", '"limit": 4', '"limit": 400'),
    ),
    "syntax": ("jinja", NOTE, append(NOTE, "{% if %}")),
    "unclosed": ("jinja", NOTE, append(NOTE, "{% for x in [] %}")),
    "filter": ("jinja", NOTE, append(NOTE, "{{ shop.name|attr('x') }}")),
    "safe": ("jinja", NOTE, append(NOTE, "{{ shop.name|safe }}")),
    "include": ("jinja", NOTE, append(NOTE, "{% include 'snippets/gone' %}")),
    "key": ("translations", NOTE, append(NOTE, "{{ t('lost.gone') }}")),
    "prefix": ("translations", NOTE, append(NOTE, "{{ t('gone.' ~ shop.locale) }}")),
    "missing": ("translations", "locales/en.json", change("locales/en.json", lambda d: d["cart"].pop("empty"))),
    "empty": ("translations", "locales/en.json", edit("locales/en.json", '"Your cart is empty."', '" "')),
    "places": ("translations", "locales/en.json", edit("locales/en.json", "{count} options", "{number} options")),
    "in script": ("translations", "assets/js/core.js", append("assets/js/core.js", "toast(TEXT.gone);\n")),
    "list item": (
        "translations",
        "locales/en.json",
        change("locales/en.json", lambda d: d["js"]["order"]["paid"].pop()),
    ),
    "inline script": ("security", NOTE, append(NOTE, "<script>alert(1)</script>")),
    "inline style": ("security", NOTE, append(NOTE, "<style>p{}</style>")),
    "style attribute": ("security", NOTE, append(NOTE, '<p style="color:red">x</p>')),
    "handler": ("security", NOTE, append(NOTE, '<p onclick="x()">x</p>')),
    "third party": ("security", NOTE, append(NOTE, '<img src="//cdn.example/x.png" alt="" width="1" height="1">')),
    "frame": ("security", NOTE, append(NOTE, "<iframe></iframe>")),
    "import": ("security", "assets/css/base.css", append("assets/css/base.css", '@import "x.css";')),
    "font": (
        "security",
        "assets/css/base.css",
        append("assets/css/base.css", "a{background:url(https://x.example/a)}"),
    ),
    "eval": ("security", "assets/js/core.js", append("assets/js/core.js", 'eval("1");\n')),
    "html": ("security", "assets/js/core.js", append("assets/js/core.js", "root.innerHTML = 1;\n")),
    "beacon": ("security", "assets/js/core.js", append("assets/js/core.js", 'fetch("https://x.example/");\n')),
    "lines": ("security", "assets/js/core.js", append("assets/js/core.js", "const a = `x\n  y`;\n")),
    "active picture": ("security", "assets/icons.svg", edit("assets/icons.svg", "<defs>", '<defs><script href="x"/>')),
    "pale text": ("contrast", HARBOR, edit("tokens.json", '"color-muted": "#596377"', '"color-muted": "#a9b3c7"')),
    "dark mode": ("contrast", HARBOR, edit("tokens.json", '"color-price": "#ff8f7a"', '"color-price": "#5a2018"')),
    "in a preset": (
        "contrast",
        "config/presets/jade.json",
        edit("config/presets/jade.json", '"color-text": "#14201b"', '"color-text": "#b4c0bb"'),
    ),
    "no colour": ("contrast", HARBOR, edit("tokens.json", '"color-ok": "#0b7349"', '"color-ok": "green"')),
    "no token": ("contrast", HARBOR, edit("tokens.json", '"color-ok": "#0b7349",', "")),
    "heavy script": (
        "budgets",
        "theme.json",
        lambda f: edit_file(
            f / "assets/js/core.js", "".join(f"const n{i * 7919 % 9973}x{i} = {i * i};\n" for i in range(1200))
        ),
    ),
    "heavy style": (
        "budgets",
        "theme.json",
        lambda f: edit_file(
            f / "assets/css/base.css", "".join(f".c{i * 7919 % 99991}{{margin:{i * i}px}}\n" for i in range(9000))
        ),
    ),
    "undefined": ("render", NOTE, append(NOTE, "{{ product.name }}")),
    "only when empty": (
        "render",
        "sections/announcement-bar.html.j2",
        append("sections/announcement-bar.html.j2", "{{ shop.categories[0].name }}"),
    ),
    "no alt": ("render", "404 (preset harbor, 0 products)", append(NOTE, '<img src="/x.png">')),
    "no label": ("render", "404 (preset harbor, 0 products)", append(NOTE, '<input name="x">')),
    "heading skipped": ("render", "404 (preset harbor, 0 products)", append(NOTE, "<h4>x</h4>")),
    "id twice": ("render", "404 (preset harbor, 0 products)", append(NOTE, '<p id="main"></p>')),
}


@pytest.mark.parametrize("name", THEMES)
def test_the_bundled_themes_are_clean(name: str) -> None:
    assert [str(finding) for finding in check(BUNDLED / name) if finding.level != "suggestion"] == []
    assert len(find(name).presets) == 3


@pytest.mark.parametrize("defect", DEFECTS)
def test_each_planted_defect_is_found(defect: str, copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    family, file, plant = DEFECTS[defect]
    plant(copy)
    # Rendering three presets takes a second; only its own defects need it.
    monkeypatch.setattr(rendering, "SIZES", (0, 2))
    monkeypatch.setattr(rendering, "LARGE", 2)
    if family != "render":
        monkeypatch.setitem(FAMILIES, "render", lambda theme: [])
    found = [f for f in check(copy) if f.level in ("fatal", "error")]
    assert (family, file) in {(f.family, f.file) for f in found}, report(found)
    assert all(f.message for f in found)
    own_words = [words for f in found if f.family not in ("jinja", "render") for words in (f.message, f.fix) if words]
    assert [words for words in own_words if in_chinese(words) == words] == [], "each finding is said in Chinese, too"


def test_what_only_a_large_shop_shows_is_found(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendering, "SIZES", (0,))
    append("sections/category-main.html.j2", "{% if none in pages.links %}{{ nothing }}{% endif %}")(copy)
    append("sections/search-main.html.j2", "{% if shop.search == 'api' %}<img src='/x.png'>{% endif %}")(copy)
    found = [(f.file, f.fix) for f in check(copy) if f.family == "render"]
    assert ("sections/category-main.html.j2", "it must cope with category (preset harbor, 5000 products)") in found
    assert "search (preset harbor, 5000 products)" in {file for file, _ in found}


def test_every_family_has_a_planted_defect() -> None:
    assert {family for family, _, _ in DEFECTS.values()} == set(FAMILIES)


@pytest.mark.usefixtures("quick")
def test_lines_are_those_of_the_file(copy: Path) -> None:
    (copy / NOTE).write_text("<h1>x</h1>\n{# <script> #}\n<p onclick=x>\n{{ t('gone') }}\n", "utf-8")
    found = {(f.family, f.line) for f in check(copy) if f.file == NOTE}
    assert {("security", 3), ("translations", 4)} <= found
    assert ("security", 2) not in found


def test_a_folder_that_is_no_theme(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    found = check(tmp_path / "x")
    assert [f.level for f in found] == ["fatal"]


def test_broken_json_is_a_finding_not_a_crash(copy: Path) -> None:
    (copy / "tokens.json").write_text("{", "utf-8")
    found = check(copy)
    assert {f.level for f in found} == {"fatal"}
    assert "tokens.json" in report(found)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Render two small shops instead of three larger ones."""
    monkeypatch.setattr(rendering, "SIZES", (0, 2))
    monkeypatch.setattr(rendering, "LARGE", 2)


def test_links_out_of_the_theme_are_refused(copy: Path) -> None:
    (copy / "assets/secret.txt").symlink_to("/etc/hostname")
    assert [f.level for f in check(copy)] == ["fatal"]


@pytest.mark.usefixtures("quick")
def test_a_child_theme_inherits_by_path(copy: Path) -> None:
    child = copy.parent / "child"
    (child / "config/presets").mkdir(parents=True)
    manifest = json.loads((copy / "theme.json").read_text("utf-8")) | {"handle": "child", "parent": "classic"}
    for inherited in ("scripts", "mode_script"):
        del manifest[inherited]
    (child / "theme.json").write_text(json.dumps(manifest), "utf-8")
    assert [str(f) for f in check(child) if f.level in ("fatal", "error")] == []
    (child / "sections").mkdir()
    (child / NOTE).write_text("<h1>child</h1><p onclick=x></p>", "utf-8")
    assert ("security", NOTE) in {(f.family, f.file) for f in check(child)}
    shutil.copy(child.parent / "classic" / HARBOR, child / "config/presets/own.json")
    (child / "locales").mkdir()
    (child / "locales/en.json").write_text('{"lost": {"more": "Child", "text": "Gone"}}', "utf-8")
    made = load(child)
    assert list(made.presets) == ["own"]
    assert made.locales["en"]["lost"] == {"text": "Gone", "more": "Child"}
    assert made.locales["en"]["cart"] == load(copy).locales["en"]["cart"]


@pytest.mark.usefixtures("quick")
def test_a_child_theme_says_of_settings_only_what_is_different(copy: Path) -> None:
    child = copy.parent / "child"
    manifest = json.loads((copy / "theme.json").read_text("utf-8")) | {"handle": "child", "parent": "classic"}
    extra = {"type": "checkbox", "id": "extra", "default": True, "label": {"zh-CN": "多", "en": "Extra"}}
    layout = next(group["name"] for group in load(copy).setting_groups if group["name"]["en"] == "Layout")
    mine = [{"id": "header_style", "remove": True}, {"id": "card_style", "default": "row"}, extra]
    both, section = {"zh-CN": "一", "en": "One"}, "sections/promises.schema.json"
    block = {"type": "one", "name": both, "settings": [extra | {"id": "first"}, extra | {"id": "second"}]}
    (copy / section).write_text(json.dumps({"name": both, "settings": [], "blocks": [block]}), "utf-8")
    files = {
        "theme.json": manifest,
        "config/settings_schema.json": [{"name": layout, "settings": mine}, {"name": {}, "settings": []}],
        section: {
            "blocks": [{"type": "one", "settings": [{"id": "second", "default": False}]}, block | {"type": "two"}]
        },
    }
    for path, words in files.items():
        (child / path).parent.mkdir(parents=True, exist_ok=True)
        (child / path).write_text(json.dumps(words), "utf-8")
    made, base = load(child), load(copy)
    assert [len(group["settings"]) for group in made.setting_groups] == [2, 2, 1]
    known = {one["id"]: one for one in base.settings} | {"extra": extra}
    assert {one["id"]: one for one in made.settings} == {
        name: one | ({"default": "row"} if name == "card_style" else {})
        for name, one in known.items()
        if name != "header_style"
    }
    changed = block | {"settings": [extra | {"id": "first"}, extra | {"id": "second", "default": False}]}
    assert made.sections["promises"] == {"name": both, "settings": [], "blocks": [changed, block | {"type": "two"}]}
    for broken in ("{}", '[{"settings": 1}]', '[{"settings": [{"id": "x"}]}]'):
        (child / "config/settings_schema.json").write_text(broken, "utf-8")
        assert "schema" in {one.family for one in check(child) if one.level == "fatal"}, broken


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        (">=1,<2", True),
        (">=1.0.0", True),
        ("1", True),
        ("==1.0", True),
        (">=2", False),
        ("<1", False),
        ("", False),
        ("soon", False),
    ],
)
def test_engine_ranges(wanted: str, fits: bool) -> None:
    assert engine_fits(wanted) is fits


@pytest.mark.usefixtures("quick")
def test_the_command_says_so(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "classic"]) == 0
    assert "no findings" in capsys.readouterr().out
    (copy / NOTE).write_text("<h1>x</h1><p onclick=x></p>", "utf-8")
    assert main(["check", str(copy)]) == 1
    assert "inline event handler" in capsys.readouterr().out
