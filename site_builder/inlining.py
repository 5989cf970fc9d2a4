"""Snippets put where they are included, when a template is compiled: an include on the way costs a context of its own.

Only small ones that include and inherit nothing: a theme cannot make its code grow by them without end.
"""

from collections.abc import Callable

from jinja2 import nodes
from jinja2.visitor import NodeTransformer

LONGEST = 4_000
"""Characters of a snippet."""
MOST = 40
"""Snippets put into one template."""
ALONE = (nodes.Include, nodes.Extends, nodes.Block, nodes.Import, nodes.FromImport, nodes.Macro)


class Inliner(NodeTransformer):
    """`parsed(name)` gives the tree of a snippet, None when there is none that may stand in another's place."""

    def __init__(self, parsed: Callable[[str], nodes.Template | None]) -> None:
        self.parsed, self.left = parsed, MOST

    def visit_Include(self, node: nodes.Include) -> nodes.Node:
        name = node.template.value if isinstance(node.template, nodes.Const) else None
        if not isinstance(name, str) or not node.with_context or node.ignore_missing or not self.left:
            return node
        tree = self.parsed(name)
        if tree is None or any(True for _ in tree.find_all(ALONE)) or _asks_for_loop(tree):
            return node
        self.left -= 1
        # A scope: what the snippet sets stays inside, as it does in an included template.
        return nodes.Scope(tree.body, lineno=node.lineno)


def _asks_for_loop(tree: nodes.Template) -> bool:
    """An included template has no part in its includer's loop, unless that asks for `loop` itself."""
    return any(name.name == "loop" for name in tree.find_all(nodes.Name))
