"""A theme's templates see plain data and nothing else."""

from dataclasses import replace
from typing import Any

import pytest
from jinja2 import TemplateError
from jinja2.exceptions import SecurityError, TemplateSyntaxError, UndefinedError

from site_builder.build import build
from site_builder.errors import RenderError
from site_builder.sandbox import ThemeEnvironment, theme_function
from site_builder.snapshot import Snapshot
from site_builder.theme import Theme
from tests.site_builder.conftest import Memory

ESCAPES = [
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ product.__class__ }}",
    "{{ product['__class__'] }}",
    "{{ product|attr('__class__') }}",
    "{{ [].__class__.__base__ }}",
    "{{ t.__globals__ }}",
    "{{ t['__globals__'] }}",
    "{{ t.__closure__[0].cell_contents }}",
    "{{ self.__init__.__globals__ }}",
    "{{ self._TemplateReference__context }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ lipsum.__globals__['os'] }}",
    "{{ joiner.__init__ }}",
    "{{ namespace.__init__ }}",
    "{{ dict.mro() }}",
    "{{ '{0.__class__}'.format(product) }}",
    "{{ '%s' % product }}",
    "{{ '{0.__class__}'|format(product) }}",
    "{{ product.name.format_map(product) }}",
    "{{ product.name.encode('utf-8') }}",
    "{{ (product.name|map(attribute='__class__')|list) }}",
    "{{ [product]|map('attr', '__class__')|list }}",
    "{{ [product]|groupby('__class__') }}",
    "{{ [product]|sum(attribute='__class__') }}",
    "{{ [product, product]|sort(attribute='__class__.__name__') }}",
    "{{ range.__call__(3) }}",
    "{{ range(100000)|list }}",
    "{{ 9 ** 999999 }}",
    "{{ 'x' * 99999999 }}",
    "{{ [1] * 99999999 }}",
    "{{ product.update({'name': 'x'}) }}",
    "{{ product.pop('name') }}",
    "{{ product.values() }}",
    "{{ product.tags.append(1) }}",
    "{{ plain() }}",
    "{{ loop.__class__ }}",
    "{% for x in [1] %}{{ loop.__init__ }}{% endfor %}",
    "{% for x in [1] %}{{ loop._iterator }}{% endfor %}",
    "{% set x = t %}{{ x.theme_function }}",
    "{% macro m() %}{% endmacro %}{{ m.__code__ }}",
    "{% macro m() %}{% endmacro %}{{ m._func }}",
    "{% import 'other' as o %}{{ o.__class__ }}",
    "{% import 'other' as o %}{{ o.__dict__ }}",
    "{% include '../../../etc/passwd' %}",
    "{% include '/etc/passwd' %}",
    "{{ missing }}",
    "{{ product.missing }}",
    "{{ product.missing.further }}",
    "{% debug %}",
    "{% do product.clear() %}",
    "{{ get_flashed_messages() }}",
    "{{ config }}",
    "{{ request }}",
    "{{ product|tojson }}",
    "{{ product|pprint }}",
    "{{ product.name|safe }}",
    "{{ [1]|batch(99999999, 0)|list }}",
    "{{ 'x'|center(99999999) }}",
    "{{ ().__class__.__bases__[0].__subclasses__()[-1] }}",
    "{{ {}['__class__'] }}",
    "{{ ({}).__class__.__mro__ }}",
    "{{ (1).__class__ }}",
    "{{ 1['real'] }}",
    "{{ 1.5.as_integer_ratio() }}",
    "{{ true.__class__ }}",
    "{{ product['name'].__class__ }}",
    "{{ product['name']['upper'] }}",
    "{{ product.name.upper() }}",
    "{{ product.tags.__class__ }}",
    "{{ product.tags['append'] }}",
    "{{ product.tags.sort() }}",
    "{{ product.keys() }}",
    "{{ product.get('name') }}",
    "{{ product.copy() }}",
    "{{ product.setdefault('x', 1) }}",
    "{{ product.clear() }}",
    "{{ product.__getitem__('name') }}",
    "{{ t.__call__('x') }}",
    "{{ t.__code__.co_consts }}",
    "{{ t.__defaults__ }}",
    "{{ t['__code__'] }}",
    "{{ range.__init__ }}",
    "{{ range['__name__'] }}",
    "{{ range(3).__class__ }}",
    "{{ range(-10**9, 10**9)|list }}",
    "{{ range(0, 10**9, 1)|sum }}",
    "{{ plain.__globals__ }}",
    "{{ [plain]|map('call')|list }}",
    "{{ [1]|map('string')|list }}",
    "{{ [1]|select('callable')|list }}",
    "{{ [product]|selectattr('__class__')|list }}",
    "{{ [product]|rejectattr('name.__class__')|list }}",
    "{{ [product, product]|min(attribute='__class__') }}",
    "{{ [product]|unique(attribute='__class__')|list }}",
    "{{ [product]|join(attribute='__class__') }}",
    "{{ product|items }}",
    "{{ product|dictsort }}",
    "{{ product|xmlattr }}",
    "{{ 'x'|wordwrap(1, true, 'y') }}",
    "{{ 'x'|indent(999999999) }}",
    "{{ 'a,b'.split(',') }}",
    "{{ 'x'|filesizeformat }}",
    "{{ product is callable }}",
    "{{ product is sameas product }}",
    "{{ url_for('static') }}",
    "{{ g }}",
    "{{ session }}",
    "{{ self.__class__ }}",
    "{{ varargs }}",
    "{{ caller() }}",
    "{% macro m() %}{{ caller.__globals__ }}{% endmacro %}{% call m() %}{% endcall %}",
    "{% macro m() %}{{ varargs.__class__ }}{% endmacro %}{{ m(1) }}",
    "{% macro m() %}{{ kwargs.__class__ }}{% endmacro %}{{ m(a=1) }}",
    "{% macro m(a) %}{% endmacro %}{{ m.__init__.__globals__ }}",
    "{% from 'other' import here %}{{ here.__class__ }}",
    "{% import 'other' as o %}{{ o._body_stream }}",
    "{% import 'other' as o %}{{ o.__init__.__globals__ }}",
    "{% include ['/etc/passwd', '../x'] %}",
    "{% extends '/etc/passwd' %}",
    "{% import 'os' as os %}{{ os.name }}",
    "{% for x in loop %}{% endfor %}",
    "{% for x in [1] %}{{ loop['__class__'] }}{% endfor %}",
    "{% for x in [1] %}{{ loop._to_iterator }}{% endfor %}",
    "{% for x in [1] %}{{ loop.cycle.__globals__ }}{% endfor %}",
    "{% for x in [1] %}{{ loop.changed.__self__ }}{% endfor %}",
    "{% set product.name = 'x' %}",
    "{% set x %}{{ t.__globals__ }}{% endset %}{{ x }}",
    "{% filter format %}{0.__class__}{% endfilter %}",
    "{% filter attr('__class__') %}x{% endfilter %}",
    "{% autoescape false %}{{ product.name }}{% endautoescape %}",
    "{% trans %}x{% endtrans %}",
    "{% with x = t %}{{ x.__globals__ }}{% endwith %}",
    "{% print(t.__globals__) %}",
]


def test_there_are_a_hundred_escapes() -> None:
    assert len(set(ESCAPES)) >= 100


def environment(**templates: str) -> ThemeEnvironment:
    return ThemeEnvironment({"other": "{% macro here() %}{% endmacro %}", **templates})


def scope() -> dict[str, Any]:
    return {"product": {"name": "卡", "tags": ["a"]}, "t": theme_function(lambda key: key), "plain": lambda: "unmarked"}


@pytest.mark.parametrize("payload", ESCAPES)
def test_escapes_are_refused(payload: str) -> None:
    with pytest.raises((SecurityError, UndefinedError, TemplateSyntaxError, TemplateError)):
        environment(page=payload).get_template("page").render(scope())


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("{{ product.name }}{{ product['name'] }}{{ product.tags[0] }}", "卡卡a"),
        (
            "{% for tag in product.tags %}{{ loop.index }}{{ loop.last }}{{ loop.cycle('x', 'y') }}{% endfor %}",
            "1Truex",
        ),
        ("{{ t('a.b') }}{{ 3 * 4 }}{{ 7 % 4 }}{{ range(3)|join }}", "a.b123012"),
        ("{% macro m(x) %}<b>{{ x }}</b>{% endmacro %}{{ m('<') }}", "<b>&lt;</b>"),
        ("{{ product.items is defined }}{{ product.tags|length }}", "False1"),
    ],
)
def test_what_themes_need_works(source: str, shown: str) -> None:
    assert environment(page=source).get_template("page").render(scope()) == shown


def test_words_are_escaped() -> None:
    assert environment(page="{{ x }}").get_template("page").render(x="<script>&\"'") == "&lt;script&gt;&amp;&#34;&#39;"


def test_environments_are_not_shared() -> None:
    one, other = ThemeEnvironment({"a": "one"}), ThemeEnvironment({"a": "other"})
    assert one.get_template("a").render() == "one"
    assert other.get_template("a").render() == "other"


def test_a_template_that_fails_names_itself_its_line_and_the_page(mall: Snapshot, classic: Theme) -> None:
    broken = {**classic.files, "sections/not-found.html.j2": "<h1>x</h1>\n\n{{ shop.nothing_like_this }}\n"}
    with pytest.raises(RenderError, match=r"sections/not-found\.html\.j2:3 \(page /404\.html\): .*nothing_like_this"):
        build(replace(mall, products=()), Theme("classic", broken), sink=Memory())
