"""Templates compiled our way say what they say compiled Jinja2's way, and are no less of a sandbox."""

from dataclasses import replace

import pytest
from jinja2.compiler import CodeGenerator
from jinja2.exceptions import SecurityError, UndefinedError
from markupsafe import Markup

from site_builder import compiling, folding
from site_builder import theme as themes
from site_builder.errors import RenderError
from site_builder.render import Renderer
from site_builder.samples import sample
from site_builder.sandbox import ThemeEnvironment, theme_function
from site_builder.snapshot import Snapshot, ThemeChoice
from site_builder.theme import Theme
from tests.site_builder.conftest import THEMES, load

SHOPS = {"hostile": load("hostile"), "mall": load("mall"), "thirty": sample(30)}


class Jinjas(ThemeEnvironment):
    """The sandbox with the code Jinja2 itself writes, each template by itself."""

    code_generator_class = CodeGenerator


@pytest.fixture(autouse=True)
def nothing_compiled() -> None:
    folding._codes.clear()


def pages(snapshot: Snapshot, theme: Theme) -> list[str]:
    choice = ThemeChoice(handle=theme.handle)
    renderer = Renderer(replace(snapshot, theme=choice), themes.look(theme, choice))
    return [renderer.render(page) for page in renderer.plan.pages]


@pytest.mark.parametrize("shop", SHOPS)
@pytest.mark.parametrize("handle", THEMES)
def test_every_page_is_the_same_by_both(handle: str, shop: str, monkeypatch: pytest.MonkeyPatch) -> None:
    theme = themes.find(handle)
    ours = pages(SHOPS[shop], theme)
    folding._codes.clear()
    monkeypatch.setattr("site_builder.render.ThemeEnvironment", lambda *given: Jinjas(*given[:4], inline=False))
    assert pages(SHOPS[shop], theme) == ours


SCOPE = {
    "product": {"name": "<b>", "safe": Markup("<i>"), "n": 3, "none": None, "yes": True, "list": [{"n": 1}, {"n": 2}]},
    "say": theme_function(lambda *words, **more: "-".join([*words, *more.values()])),
    "keys": "a shop's word, no method",
}


@pytest.mark.parametrize(
    "source",
    [
        "{{ product.name }}{{ product.safe }}{{ product.n }}{{ product.none }}{{ product.yes }}",
        "{{ product.name ~ product.safe }}{{ product.name ~ product.n }}{{ 'a' ~ 'b' }}",
        "{{ say('x', b='<') }}{{ say(*['a', 'b']) }}{{ say(**{'a': 'b'}) }}{{ say(say('x')) }}",
        "{{ 'yes' if product.n == 4 }}|{{ ('yes' if product.n == 4)|default('else') }}",
        "{{ product.gone is defined }}{{ product.gone|default('none') }}{{ gone is defined }}",
        "{% for row in product.list %}{{ loop.index }}{{ row.n }}{{ loop.last }}{% endfor %}",
        "{% macro twice(x) %}{{ x.name }}{{ x.name }}{{ caller() }}{% endmacro %}"
        "{% call twice(product) %}{{ product.n }}{% endcall %}",
        "{% for row in product.list recursive %}{{ row.n }}{{ loop([]) }}{% endfor %}",
        "{% for row in product.list if row.n > 1 %}{{ row.n }}{% endfor %}",
        "{% set x %}{{ product.name }}{% endset %}{{ x }}{{ x ~ '<' }}",
        "{% set x = 1 %}{% include 'sets' %}{{ x }}",
        "{% for row in product.list %}{% include 'row' %}{{ loop.index }}{% endfor %}",
        "{% for row in product.list %}{% include 'looped' %}{% endfor %}",
        "{% macro m(word) %}{% include 'word' %}{% endmacro %}{{ m('<x>') }}",
        "{% include 'gone' ignore missing %}{% include ['gone', 'word'] ignore missing %}",
        "{% include 'outer' %}",
    ],
)
def test_expressions_and_includes_are_the_same_by_both(source: str) -> None:
    parts = {
        "page": source,
        "sets": "{% set x = 2 %}{{ x }}",
        "row": "{{ row.n }}{{ product.name }}",
        "looped": "{{ loop is defined }}",
        "word": "{{ word|default('no word') }}",
        "outer": "({% include 'sets' %})",
    }
    ours = ThemeEnvironment(parts, functions=["say"]).get_template("page").render(SCOPE)
    assert ours == Jinjas(parts, inline=False).get_template("page").render(SCOPE)


@pytest.mark.parametrize(
    "source",
    [
        "{{ product.keys() }}", "{{ product.name.format }}", "{{ product.__class__ }}", "{{ say.__globals__ }}",
        "{{ say.__code__.co_code }}", "{{ product.list.append(1) }}", "{{ keys() }}", "{{ gone('x') }}",
        "{{ product.gone }}", "{% set say = product %}{{ say('x') }}", "{{ product.n('x') }}",
    ],
)  # fmt: skip
def test_there_is_no_way_out(source: str) -> None:
    template = ThemeEnvironment({"page": source}, functions=["say", "gone"]).get_template("page")
    with pytest.raises((SecurityError, UndefinedError)):
        template.render(SCOPE)


def test_safe_and_unsafe_words_of_the_same_letters_are_not_confused() -> None:
    for _ in range(2):
        assert compiling.shown("<u>") == "&lt;u&gt;"
        assert compiling.shown(Markup("<u>")) == "<u>"
        assert (compiling.shown(1), compiling.shown(True)) == ("1", "True")


@pytest.mark.parametrize("where", ["snippets/badges.html.j2", "sections/product-main.html.j2"])
def test_an_error_in_a_snippet_put_in_place_tells_its_own_file_and_line(where: str, classic: Theme) -> None:
    theme = Theme("classic", {**classic.files, where: "one\ntwo\n{{ product.gone }}"})
    with pytest.raises(RenderError) as caught:
        pages(sample(2), theme)
    assert (caught.value.file, caught.value.line) == (where, 3)


def test_a_snippet_that_changes_is_another_template(classic: Theme) -> None:
    """The compiled code of a page holds its snippets: it must not serve a theme whose snippet differs."""
    other = Theme("classic", {**classic.files, "snippets/badges.html.j2": "<!-- other -->"})
    assert not any("<!-- other -->" in html for html in pages(sample(2), classic))
    assert any("<!-- other -->" in html for html in pages(sample(2), other))


def test_snippets_do_not_multiply() -> None:
    """Ten levels of ten includes are ten thousand million snippets: only those without includes are put in place."""
    parts = {f"s{n}": f"{{% include 's{n + 1}' %}}" * 10 for n in range(10)} | {"s10": "x" * 100}
    code = ThemeEnvironment(parts).compile(parts["s0"], "s0", raw=True)
    assert len(code) < 20_000
