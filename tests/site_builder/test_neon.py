"""What only the theme `neon` promises: dark at first, one drawing manner per look, a stage that bears an empty shop."""

import re
from dataclasses import replace

import pytest

from site_builder import theme as themes
from site_builder.samples import sample
from site_builder.snapshot import Snapshot, ThemeChoice
from tests.site_builder.conftest import Built, make

MODE = re.compile(r'<html [^>]*data-mode="(\w+)"')


def neon(snapshot: Snapshot, preset: str = "pulse", **settings: object) -> Built:
    choice = ThemeChoice(handle="neon", preset=preset, settings=settings)
    return make(replace(snapshot, theme=choice), themes.find("neon"))


@pytest.mark.parametrize(("mode", "told"), [(None, ["dark"]), ("light", ["light"]), ("system", [])])
def test_the_mode_at_first_is_dark_unless_the_owner_says_otherwise(mode: str | None, told: list[str]) -> None:
    shop = neon(sample(0), **({"mode": mode} if mode else {}))
    assert {tuple(MODE.findall(html)) for html in shop.html().values()} == {tuple(told)}


@pytest.mark.parametrize(("preset", "mark"), [("pulse", "radialGradient"), ("glacier", 'rx="20"'), ("ember", "skewX")])
def test_each_look_draws_in_its_own_manner(preset: str, mark: str) -> None:
    shop = neon(sample(6), preset)
    drawn = [shop.text(path) for path in shop.manifest.entries if path.startswith("/assets/art/")]
    assert len(drawn) >= 6
    assert all(mark in picture for picture in drawn)


@pytest.mark.parametrize("preset", ["pulse", "glacier", "ember"])
@pytest.mark.parametrize("products", [0, 12])
def test_the_hero_shows_goods_only_where_there_are_some(preset: str, products: int) -> None:
    home = neon(sample(products), preset).text("/index.html")
    hero = home[home.index('<section class="hero') : home.index("</section>")]
    shown = re.findall(r'<img src="([^"]+)"', hero)
    expected = {"pulse": 3, "glacier": 0, "ember": 3} if products else {}
    assert len(shown) == expected.get(preset, 0)
    assert ("hero-bare" in hero) == (not shown)
