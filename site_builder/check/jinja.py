"""Template syntax, and only the filters, tests and includes there are."""

from collections.abc import Iterator

from jinja2 import TemplateSyntaxError, nodes

from site_builder import markup
from site_builder.check.finding import Finding
from site_builder.sandbox import ThemeEnvironment
from site_builder.theme import Theme

FILTERS = {"markdown": markup.to_html, "plain": markup.to_plain}


def findings(theme: Theme) -> Iterator[Finding]:
    environment = ThemeEnvironment(theme.jinja, FILTERS)
    for name, source in theme.jinja.items():
        path = f"{name}.html.j2"
        try:
            tree = environment.parse(source)
            environment.compile(source, name=name)
        except TemplateSyntaxError as error:
            yield Finding("fatal", "jinja", path, error.lineno, str(error.message), "see docs/themes.md")
            continue
        for line, wanted in references(tree):
            if wanted not in theme.jinja:
                yield Finding(
                    "fatal",
                    "jinja",
                    path,
                    line,
                    f"includes {wanted!r}, which does not exist",
                    "correct the name",
                )


def references(tree: nodes.Template) -> Iterator[tuple[int, str]]:
    """Names of templates this one pulls in. Computed names are refused: a checker cannot follow them."""
    for node in tree.find_all((nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)):
        target = node.template
        yield node.lineno, target.value if isinstance(target, nodes.Const) else "(computed)"
