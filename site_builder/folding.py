"""Words that never change within a locale, put into templates when they are compiled.

A page asks for some sixty texts and icons by a name that stands in the template. Answered while compiling, they join
the HTML around them into one piece: most of the time of a page goes. A theme that uses one of the names for something
of its own (`{% set t = … %}`) is left as it is, and so is a call that fails: it fails when it runs, with its page.
"""

from collections.abc import Callable, Iterable, Mapping
from types import CodeType

from jinja2 import nodes
from jinja2.bccache import Bucket, BytecodeCache
from markupsafe import Markup

from site_builder.errors import RenderError

Constants = Mapping[str, Callable[[str], str]]
"""Functions of one string that always give the same answer, by their name in templates."""

MOST_CODES = 4096
_codes: dict[tuple[str, str, str], CodeType] = {}


class Codes(BytecodeCache):
    """Compiled templates by all that decides them: a thousand shops of one theme compile it once."""

    def __init__(self, key: str) -> None:
        self.key = key

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = _codes.get((self.key, bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is None:
            return
        if len(_codes) >= MOST_CODES:
            _codes.clear()
        _codes[self.key, bucket.key, bucket.checksum] = bucket.code


def own_names(trees: Iterable[nodes.Template]) -> set[str]:
    """Names a theme gives a meaning of its own anywhere: includes see the names of those who include them."""
    names: set[str] = set()
    for tree in trees:
        names |= {name.name for name in tree.find_all(nodes.Name) if name.ctx != "load"}
        names |= {macro.name for macro in tree.find_all(nodes.Macro)}
        names |= {item.target for item in tree.find_all(nodes.Import)}
        for item in tree.find_all(nodes.FromImport):
            names |= {name if isinstance(name, str) else name[1] for name in item.names}
    return names


def fold(tree: nodes.Template, constants: Constants) -> nodes.Template:
    """Replace `t('cart.empty')` by its answer, in place."""
    for output in tree.find_all(nodes.Output):
        output.nodes = [_folded(node, constants) for node in output.nodes]
    return tree


def _folded(node: nodes.Expr, constants: Constants) -> nodes.Expr:
    if isinstance(node, nodes.CondExpr) and node.expr2 is None:
        # What an `if` without `else` shows otherwise is nothing: said here, not by an object made on each page.
        return nodes.CondExpr(node.test, node.expr1, nodes.Const(""), lineno=node.lineno)
    if not isinstance(node, nodes.Call) or not isinstance(node.node, nodes.Name) or len(node.args) != 1:
        return node
    argument, answer = node.args[0], constants.get(node.node.name)
    others = node.kwargs or node.dyn_args or node.dyn_kwargs
    if answer is None or others or not isinstance(argument, nodes.Const) or not isinstance(argument.value, str):
        return node
    try:
        text = answer(argument.value)
    except RenderError:
        return node
    # Autoescape is on for every theme: what was not safe is escaped here, as it would be when it runs.
    return nodes.TemplateData(str(text if isinstance(text, Markup) else Markup.escape(text)), lineno=node.lineno)
