"""Words answered while a template is compiled: the same page as when they are answered on it, or the same error."""

from collections.abc import Mapping

import pytest
from markupsafe import Markup

from site_builder import folding
from site_builder.errors import RenderError
from site_builder.sandbox import ThemeEnvironment, theme_function

asked: list[str] = []


def words(key: str) -> str:
    asked.append(key)
    if key == "gone":
        raise RenderError("no text 'gone'")
    return {"a.b": "<钥匙> & keys", "icon": Markup("<svg></svg>")}.get(key, key)


@pytest.fixture(autouse=True)
def nothing_asked_or_compiled() -> None:
    asked.clear()
    folding._codes.clear()


def page(templates: Mapping[str, str], *, folded: bool = True, key: str = "1", **scope: object) -> str:
    environment = ThemeEnvironment(templates, {}, {"t": words} if folded else {}, key)
    return environment.get_template("page").render({"t": theme_function(words), **scope})


@pytest.mark.parametrize(
    "source",
    [
        "<p>{{ t('a.b') }}</p>{{ t('icon') }}",
        "{% for n in [1, 2] %}{{ t('a.b') }}{{ n }}{% endfor %}",
        "{{ t('a.' ~ 'b') }}{{ t(word) }}{{ t('a.b')|upper }}",
        "{% if t('a.b') %}{{ t('plain') }}{% endif %}",
        "{% set t = 'mine' %}{{ t }}",
        "{% for t in ['x'] %}{{ t }}{% endfor %}{{ t('a.b') }}",
        "{% macro t(x) %}own {{ x }}{% endmacro %}{{ t('a.b') }}",
        "{% macro line(t) %}{{ t }}{% endmacro %}{{ line('x') }}",
    ],
)
def test_the_page_is_the_same_either_way(source: str) -> None:
    assert page({"page": source}, word="a.b") == page({"page": source}, folded=False, word="a.b")


def test_a_folded_word_is_not_asked_for_on_the_page() -> None:
    environment = ThemeEnvironment({"page": "{{ t('a.b') }}"}, {}, {"t": words}, "k")
    template = environment.get_template("page")
    assert asked == ["a.b"]
    assert [template.render(t=None) for _ in range(3)] == ["&lt;钥匙&gt; &amp; keys"] * 3
    assert asked == ["a.b"]


def test_a_name_with_another_meaning_anywhere_in_the_theme_is_left_alone() -> None:
    """An included template sees what its includer has set."""
    templates = {"page": "{% set t = own %}{% include 'part' %}", "part": "{{ t('a.b') }}"}
    assert page(templates, own=theme_function(lambda key: f"own {key}")) == "own a.b"


def test_a_word_that_is_missing_fails_on_the_page() -> None:
    with pytest.raises(RenderError, match="gone"):
        page({"page": "{{ t('gone') }}"})
    assert page({"page": "{% if false %}{{ t('gone') }}{% endif %}ok"}) == "ok"


def test_templates_are_compiled_once_for_the_same_words_and_again_for_others() -> None:
    def english(key: str) -> str:
        return f"english {key}"

    source = {"page": "{{ t('a.b') }}"}
    assert page(source) == page(source)
    assert asked == ["a.b"]
    other = ThemeEnvironment(source, {}, {"t": english}, "2").get_template("page")
    assert other.render() == "english a.b"
    assert page({"page": "{{ t('a.b') }}!"}).endswith("!")
