"""Where a theme's templates run: plain data in, text out, and no way to anything else.

Jinja2's own sandbox forbids what is known to be dangerous. This one turns that round: attributes are looked up in
plain data only (a dict's keys, never a Python attribute), filters, tests and functions are those listed here, and
calls go to functions marked with `theme_function` or to the theme's own macros. One environment per theme, never
shared: a shared one has served one shop's template to another.
"""

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

from jinja2 import BaseLoader, Environment, StrictUndefined, Template, TemplateNotFound, nodes
from jinja2.exceptions import SecurityError, TemplateSyntaxError
from jinja2.filters import FILTERS as DEFAULT_FILTERS
from jinja2.runtime import Context, LoopContext, Macro, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.tests import TESTS as DEFAULT_TESTS

from site_builder import compiling, folding
from site_builder.hashing import digest
from site_builder.inlining import LONGEST, Inliner

FILTERS = [
    "abs",
    "capitalize",
    "count",
    "d",
    "default",
    "e",
    "escape",
    "first",
    "float",
    "int",
    "join",
    "last",
    "length",
    "list",
    "lower",
    "max",
    "min",
    "replace",
    "reverse",
    "round",
    "sort",
    "string",
    "striptags",
    "sum",
    "title",
    "trim",
    "truncate",
    "unique",
    "upper",
    "urlencode",
]
TESTS = [
    "boolean",
    "defined",
    "divisibleby",
    "eq",
    "equalto",
    "even",
    "false",
    "ge",
    "gt",
    "in",
    "integer",
    "le",
    "lt",
    "mapping",
    "ne",
    "none",
    "number",
    "odd",
    "sequence",
    "string",
    "true",
    "undefined",
]
LOOP = frozenset(
    [
        "index",
        "index0",
        "revindex",
        "revindex0",
        "first",
        "last",
        "length",
        "depth",
        "depth0",
        "previtem",
        "nextitem",
        "cycle",
        "changed",
    ]
)
MAX_RANGE = 1000
NAMING = r"{%[-+]?\s*(?:set|for|macro|call|import|from|with)\b"
"""How a statement begins that can give a name a meaning."""

F = TypeVar("F", bound=Callable[..., Any])


def theme_function(function: F) -> F:
    """Mark `function` as callable from a template."""
    function.theme_function = True  # type: ignore[attr-defined]  # a mark that template code cannot set
    return function


class Templates(BaseLoader):
    """Template texts by name, each with the name of its file, which errors then tell."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = texts

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        if template not in self.texts:
            raise TemplateNotFound(template)
        return self.texts[template], f"{template}.html.j2", lambda: True


class ThemeEnvironment(ImmutableSandboxedEnvironment):
    """Built from the theme's template texts by path; autoescapes, and a missing value is an error, not a blank."""

    intercepted_binops = frozenset({"**", "*", "%"})
    code_generator_class = compiling.QuickCode
    escaped, shown = staticmethod(compiling.escaped), staticmethod(compiling.shown)
    joined = staticmethod(compiling.joined)
    plain = compiling.PLAIN

    def __init__(
        self,
        templates: Mapping[str, str],
        filters: Mapping[str, Callable[..., Any]] | None = None,
        constants: folding.Constants | None = None,
        constants_key: str = "",
        functions: Collection[str] = (),
        inline: bool = True,
    ) -> None:
        """`constants` may be answered when a template is compiled; `constants_key` changes whenever an answer does.

        `functions` are names under which every scope holds a function of the builder's own. Without `inline` each
        template stays by itself, so that an error tells its own file and line.
        """
        super().__init__(
            loader=Templates(templates),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            cache_size=-1,
            auto_reload=False,
        )
        self.filters = {name: DEFAULT_FILTERS[name] for name in FILTERS} | dict(filters or {})
        self.tests = {name: DEFAULT_TESTS[name] for name in TESTS}
        self.globals = {"range": theme_function(bounded_range)}
        self.texts, self.inline = templates, inline
        self.ready: dict[str, Template] = {}
        own = self._own_names({*(constants or ()), *functions})
        self.constants = {name: answer for name, answer in (constants or {}).items() if name not in own}
        self.functions = frozenset(functions) - own
        names = " ".join([*self.constants, "-", *sorted(self.functions)])
        self.bytecode_cache = folding.Codes(f"{constants_key} {names} {digest(templates) if inline else ''}")

    def _own_names(self, wanted: set[str]) -> set[str]:
        """Those of the wanted names that the theme gives a meaning of its own somewhere."""
        if not wanted:
            return set()
        naming = re.compile(NAMING + rf"(?:(?!%}}).)*\b(?:{'|'.join(sorted(wanted))})\b", re.S)
        suspects = [(name, source) for name, source in self.texts.items() if naming.search(source)]
        return folding.own_names(super(ThemeEnvironment, self)._parse(text, name, None) for name, text in suspects)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        if self.inline:
            tree = Inliner(self._snippet).visit(tree)
        for node in tree.find_all(nodes.EvalContextModifier):  # {% autoescape false %}: names are strangers' words
            raise TemplateSyntaxError("escaping cannot be switched in a theme", node.lineno, name, filename)
        return folding.fold(tree, self.constants)

    def _snippet(self, name: str) -> nodes.Template | None:
        source = self.texts.get(name)
        return super()._parse(source, name, None) if source is not None and len(source) <= LONGEST else None

    def run(self, name: str, scope: dict[str, Any]) -> str:
        """What the template makes of `scope`, which must hold the environment's `globals`: it is used uncopied.

        `get_template(name).render(scope)` would give the same, after some copying for templates that are not alike.
        """
        template = self.ready.get(name) or self.ready.setdefault(name, self.get_template(name))
        return "".join(template.root_render_func(Context(self, scope, name, template.blocks)))

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, dict):
            if attribute in obj:
                return obj[attribute]
            return self.undefined(f"there is no {attribute!r} here", obj, attribute)
        if isinstance(obj, LoopContext) and attribute in LOOP:
            return getattr(obj, attribute)
        if isinstance(obj, Undefined):
            return self.undefined(obj=obj, name=attribute)
        return self.unsafe_undefined(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if isinstance(obj, dict) and isinstance(argument, str | int):
            return obj[argument] if argument in obj else self.undefined(obj=obj, name=str(argument))
        if isinstance(obj, list | tuple | str) and isinstance(argument, int):
            return obj[argument] if -len(obj) <= argument < len(obj) else self.undefined(obj=obj, name=str(argument))
        return self.unsafe_undefined(obj, str(argument))

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        return False

    def is_safe_callable(self, obj: Any) -> bool:
        if isinstance(obj, Macro | LoopContext) or getattr(obj, "theme_function", False) is True:
            return True
        owner = getattr(obj, "__self__", None)
        return isinstance(owner, LoopContext) and getattr(obj, "__name__", "") in LOOP

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        numbers = all(isinstance(side, int | float) and abs(side) < 10**15 for side in (left, right))
        if operator == "**" or not numbers:
            raise SecurityError(f"the operator {operator} is for small numbers only in a theme")
        return super().call_binop(context, operator, left, right)


def bounded_range(*args: int) -> range:
    """`range`, refused beyond a thousand steps: nothing on a page is that long."""
    result = range(*args)
    if len(result) > MAX_RANGE:
        raise SecurityError(f"range is limited to {MAX_RANGE} steps in a theme")
    return result
