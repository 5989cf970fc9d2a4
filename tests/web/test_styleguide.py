"""The style page: every component in both languages and looks, in development only."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from apiflask import APIFlask

from cardmesh.kit import runtime


@pytest.fixture
def production(web: APIFlask) -> Iterator[None]:
    now = runtime.current()
    runtime.install(replace(now, settings=replace(now.settings, env="production")))
    yield
    runtime.install(now)


@pytest.mark.parametrize(("lang", "told"), [("zh-CN", "时间线"), ("en", "Timeline")])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_component_is_shown(web: APIFlask, lang: str, told: str, theme: str) -> None:
    page = web.test_client().get(f"/styleguide?lang={lang}&theme={theme}").get_data(as_text=True)
    assert f'<html lang="{lang}" data-theme="{theme}">' in page and told in page
    for part in ("badge bad", "money negative", "flash danger", "toast", "timeline", "aria-sort", "roomy", "<progress",
                 'class="empty"', 'rel="next"', 'rel="prev"', "data-tick-all", 'class="stat"', "required"):  # fmt: skip
        assert part in page, part
    assert "style=" not in page and "<script>" not in page


def test_it_is_nowhere_else(web: APIFlask, production: None) -> None:
    assert web.test_client().get("/styleguide").status_code == 404
