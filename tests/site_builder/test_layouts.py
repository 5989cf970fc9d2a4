"""Owners' own page layouts: what may stand where, what is hidden, what a newer theme makes of them; one page alone."""

import json
from dataclasses import replace
from typing import Any

import pytest

from site_builder import apart, layouts, onepage, settings, upgrade
from site_builder import theme as themes
from site_builder.check import contrast
from site_builder.errors import RenderError, ThemeError
from site_builder.samples import sample
from site_builder.snapshot import ThemeChoice
from site_builder.theme import Theme

CLASSIC = themes.find("classic")
HOME = json.loads(CLASSIC.files["templates/index.json"])


def home(**changes: Any) -> ThemeChoice:
    return ThemeChoice(handle="classic", preset="harbor", templates={"index": {**HOME, **changes}})


def only(**sections: Any) -> ThemeChoice:
    return home(sections=sections, order=list(sections))


def changed(**files: Any) -> Theme:
    return Theme("classic", {**CLASSIC.files, **{name: json.dumps(body) for name, body in files.items()}})


def test_what_may_be_added_and_what_must_stay() -> None:
    assert {"hero", "product-groups", "promises"} <= set(layouts.addable(CLASSIC, "index"))
    assert not {"checkout-main", "header", "related-products"} & set(layouts.addable(CLASSIC, "index"))
    assert "related-products" in layouts.addable(CLASSIC, "product")
    assert layouts.essential(CLASSIC, "checkout") == {"checkout-main"}
    assert layouts.essential(CLASSIC, "shared") == {"header", "footer"} and layouts.essential(CLASSIC, "index") == set()


@pytest.mark.parametrize(
    ("page", "sections"),
    [
        ("checkout", {}),
        ("checkout", {"main": {"type": "checkout-main", "hidden": True}}),
        ("checkout", {"main": {"type": "checkout-main"}, "two": {"type": "checkout-main"}}),
        ("checkout", {"main": {"type": "checkout-main"}, "p": {"type": "product-main"}}),
        ("index", {"p": {"type": "related-products"}}),
    ],
)
def test_a_page_keeps_what_it_is_for(page: str, sections: dict[str, Any]) -> None:
    choice = ThemeChoice(handle="classic", templates={page: {"sections": sections, "order": list(sections)}})
    themes.look(CLASSIC, choice)
    assert list(layouts.problems(CLASSIC, choice))


@pytest.mark.parametrize(
    "choice",
    [
        only(hero={"type": "hero", "onclick": "x"}),
        only(hero={"type": "hero", "settings": []}),
        only(hero={"type": "hero", "hidden": "yes"}),
        only(hero={"type": "hero", "blocks": []}),
        only(hero={"type": "hero", "blocks": {}, "block_order": ["x"]}),
        only(hero={"type": ["hero"]}),
        only(**{'x" onload="': {"type": "hero"}}),
        only(hero={"type": "hero", "settings": {"style": "nosuch"}}),
        only(**{f"hero-{number}": {"type": "hero"} for number in range(26)}),
        home(order=["hero"]),
        home(layout="../base"),
        home(script="x"),
        ThemeChoice(handle="classic", templates={"nosuch": HOME}),
        ThemeChoice(handle="classic", templates={"index": "x"}),
        ThemeChoice(handle="classic", templates={"index": {}}),
        ThemeChoice(handle="classic", templates={"checkout": 0}),
        ThemeChoice(handle="classic", templates={"index": {"sections": {"1": {"type": "hero"}}, "order": [1]}}),
        only(hero={"type": "hero", "blocks": {"a": {"type": []}}}),
    ],
)
def test_a_layout_that_is_none_is_refused_with_its_place(choice: ThemeChoice) -> None:
    with pytest.raises(ThemeError) as refused:
        themes.look(CLASSIC, choice)
    assert all(problem.where.startswith("templates") for problem in refused.value.problems)


def test_what_is_hidden_is_not_shown() -> None:
    sections = {key: {**part, "hidden": key == "hero"} for key, part in HOME["sections"].items()}
    made = themes.look(CLASSIC, home(sections=sections))
    assert [part["id"] for part in made.templates["index"]["sections"]] == ["notice", "hot", "groups", "promises"]


def test_a_fitting_choice_is_carried_as_it_is() -> None:
    choice = home()
    assert upgrade.carry(CLASSIC, choice) == (choice, []) and upgrade.carry(CLASSIC, choice)[0] is choice


def test_a_newer_theme_keeps_the_values_under_their_new_names() -> None:
    schema = json.loads(CLASSIC.files["sections/hero.schema.json"])
    schema["settings"] = [one | {"id": "title"} if one["id"] == "heading" else one for one in schema["settings"]]
    manifest = CLASSIC.manifest | {"renamed": {
        "settings.accent": "settings.brand_color", "presets.sea": "presets.jade",
        "sections.banner": "sections.hero", "sections.hero.heading": "sections.hero.title",
    }}  # fmt: skip
    newer = changed(**{"theme.json": manifest, "sections/hero.schema.json": schema})
    old = {"type": "banner", "settings": {"heading": "我的店", "gone": 1}}
    page = {"layout": "base", "sections": {"hero": old, "x": {"type": "gone"}}, "order": ["x", "hero"]}
    choice = ThemeChoice(
        handle="classic", preset="sea", settings={"accent": "#aa0000", "nosuch": 1, "card_style": "huge"},
        templates={"index": page},
    )  # fmt: skip
    made, lost = upgrade.carry(newer, choice)
    assert (made.preset, made.settings) == ("jade", {"brand_color": "#aa0000"})
    assert made.templates["index"]["sections"] == {"hero": {"type": "hero", "settings": {"title": "我的店"}}}
    assert {one.where.rpartition("/")[2] for one in lost} == {"nosuch", "card_style", "gone", "x"}
    themes.look(newer, made)


def test_a_page_that_a_newer_theme_cannot_show_becomes_its_own() -> None:
    choice = ThemeChoice(
        handle="classic", templates={"checkout": {"sections": {"a": {"type": "gone"}}, "order": ["a"]}}
    )
    made, lost = upgrade.carry(CLASSIC, choice)
    assert "checkout" not in made.templates and lost


def test_contrast_is_judged_by_one_rule() -> None:
    made = themes.look(CLASSIC, ThemeChoice(handle="classic"))
    assert contrast.weak(CLASSIC, made.tokens) == []
    pale = contrast.picked("brand_color", "#ffe08a", made.tokens)
    assert [one.mode for one in pale] == ["light"] and pale[0].ratio < 2
    assert contrast.picked("brand_color", pale[0].better, made.tokens)[:1] != pale[:1]
    assert [one.mode for one in contrast.picked("brand_color", "#20104a", made.tokens)] == ["dark"]
    tokens = {**made.tokens, "dark": {**made.tokens["dark"], "color-muted": made.tokens["dark"]["color-bg"]}}
    assert {(one.mode, one.front) for one in contrast.weak(CLASSIC, tokens)} == {("dark", "color-muted")}


def test_a_condition_names_settings_beside_it() -> None:
    one = {"type": "checkbox", "id": "on", "default": True, "label": {"zh-CN": "开", "en": "On"}}
    two = {"type": "checkbox", "id": "more", "default": True, "label": {"zh-CN": "多", "en": "More"}}
    assert settings.schema_problems([one, two | {"visible_if": {"on": True}}], "x") == []
    assert settings.schema_problems([one, two | {"visible_if": {"off": True}}], "x")
    assert settings.schema_problems([one, two | {"visible_if": "on"}], "x")


def test_one_page_alone_is_the_page_of_the_whole_build() -> None:
    site = sample(12)
    files = onepage.render(site, CLASSIC, "/p/goods-1/")
    page = files["/p/goods-1/"].body.decode()
    assert "Steam" in page or "影音" in page
    loaded = {path for path in files if path.startswith("/assets/")}
    assert "/icon.svg" in files
    assert {path.split(".")[-1] for path in loaded} == {"css", "js", "svg"}
    assert all(path in page or "icons" in path or ".js" in path or ".css" in path for path in loaded)
    assert set(onepage.render(site, CLASSIC, "/nothing/")) & {"/nothing/", "/404.html"} == {"/404.html"}


def test_a_page_below_a_base_leads_nowhere_else() -> None:
    files = onepage.render(sample(12), CLASSIC, "/en/")
    page = onepage.rebased(files["/en/"], "/-/draft/x").decode()
    assert '="/en/' not in page and '="/assets' not in page and 'data-prefix="/-/draft/x/en"' in page
    rows = onepage.render(sample(12), CLASSIC, "/search.json")["/search.json"]
    assert all(row[2].startswith("/b/p/") for row in json.loads(onepage.rebased(rows, "/b")))


def test_a_page_is_made_in_a_child_with_limits() -> None:
    site = sample(2)
    assert apart.page_apart(site, CLASSIC, "/") == onepage.render(site, CLASSIC, "/")
    stuck = "".join(f"{{% for {name} in range(1000) %}}" for name in "abc") + "{% endfor %}" * 3
    with pytest.raises(RenderError, match="used up its limits: more than 1 s"):
        apart.page_apart(
            site, Theme("classic", {**CLASSIC.files, "sections/hero.html.j2": stuck}), "/", apart.Budget(seconds=1)
        )
    wrong = {**CLASSIC.files, "sections/hero.html.j2": "\n{{ nosuch.word }}"}
    with pytest.raises(RenderError, match=r"hero.html.j2:2 \(page /\)"):
        apart.page_apart(site, Theme("classic", wrong), "/")
    with pytest.raises(ThemeError, match="nosuch"):
        apart.page_apart(replace(site, theme=ThemeChoice(handle="classic", preset="nosuch")), CLASSIC, "/")
