"""Owners' own page layouts: what may stand where, what is hidden."""

import json
from typing import Any

import pytest

from site_builder import layouts, settings
from site_builder import theme as themes
from site_builder.check import contrast
from site_builder.errors import ThemeError
from site_builder.snapshot import ThemeChoice

CLASSIC = themes.find("classic")
HOME = json.loads(CLASSIC.files["templates/index.json"])


def home(**changes: Any) -> ThemeChoice:
    return ThemeChoice(handle="classic", preset="harbor", templates={"index": {**HOME, **changes}})


def only(**sections: Any) -> ThemeChoice:
    return home(sections=sections, order=list(sections))


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
