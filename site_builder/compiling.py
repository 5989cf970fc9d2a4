"""What a template's Python looks like: the same answers as Jinja2's own, by shorter ways.

A page is a few hundred look-ups in plain data, calls of the builder's functions and escaped strings. Jinja2 sends each
through several functions of its sandbox. The code written here asks first whether the value is a plain dict, a listed
function or a plain string, answers these where they stand, and leaves everything else to the sandbox as before.
"""

from functools import lru_cache
from keyword import iskeyword

from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame, optimizeconst
from jinja2.runtime import markup_join
from markupsafe import Markup, escape

from site_builder.hashing import Data

PLAIN = frozenset({dict, Data})
"""Types whose items may be read without asking anybody: no theme can make another of them."""
PLAIN_WORDS = frozenset({str, int})
"""Types whose values are shown as `str` gives them, but for what must be escaped."""

escaped = lru_cache(maxsize=8192)(lambda text: str(escape(text)))
"""Of exact `str` only: a `Markup` of the same letters would be taken for it."""


def shown(value: object) -> str:
    """A value as it lands in a page."""
    if type(value) is str:
        return escaped(value)
    if type(value) is Markup:
        return value
    return str(value) if type(value) is int else escape(value)


def joined(parts: tuple[object, ...]) -> str:
    """`a ~ b`: of plain strings and numbers, as it mostly is, without looking for markup among them."""
    return "".join(map(str, parts)) if PLAIN_WORDS.issuperset(map(type, parts)) else markup_join(parts)


class QuickCode(CodeGenerator):
    """Names its helpers at the head of each function; `_1`, `_2` … hold a value between its test and its use."""

    def write_commons(self) -> None:
        super().write_commons()
        self.writeline("escaped, shown, joined = environment.escaped, environment.shown, environment.joined")
        self.writeline("join = ''.join")
        self.writeline("plain, ask = environment.plain, environment.getattr")

    def visit_Output(self, node: nodes.Output, frame: Frame) -> None:
        """All of it in one piece."""
        plain = frame.eval_ctx.autoescape and not frame.eval_ctx.volatile and self.environment.finalize is None
        if not plain or frame.require_output_check:
            super().visit_Output(node, frame)
            return
        self.writeline(f"{frame.buffer}.append(join((" if frame.buffer else "yield join((", node)
        for child in node.nodes:
            self.newline(child)
            if isinstance(child, nodes.TemplateData):
                self.write(repr(child.data))
            else:
                self._shown(child, frame)
            self.write(", ")
        self.write(")))" if frame.buffer else "))")

    def _shown(self, child: nodes.Expr, frame: Frame) -> None:
        held = f"_{self.temporary_identifier()}"
        self.write(f"(escaped({held}) if type({held} := ")
        self.visit(child, frame)
        self.write(f") is str else shown({held}))")

    @optimizeconst
    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:
        held = f"_{self.temporary_identifier()}"
        self.write(f"({held}[{node.attr!r}] if type({held} := ")
        self.visit(node.node, frame)
        self.write(f") in plain and {node.attr!r} in {held} else ask({held}, {node.attr!r}))")

    @optimizeconst
    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:
        if forward_caller or not self._is_ours(node):
            super().visit_Call(node, frame, forward_caller=forward_caller)
            return
        self.visit(node.node, frame)
        self.write("(")
        for argument in (*node.args, *node.kwargs):
            self.visit(argument, frame)
            self.write(", ")
        self.write(")")

    @optimizeconst
    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape:
            super().visit_Concat(node, frame)
            return
        self.write("joined((")
        for part in node.nodes:
            self.visit(part, frame)
            self.write(", ")
        self.write("))")

    def _is_ours(self, call: nodes.Call) -> bool:
        """A function of the builder's, called by the name it has everywhere in this theme."""
        ours = getattr(self.environment, "functions", ())
        named = isinstance(call.node, nodes.Name) and call.node.name in ours
        odd = call.dyn_args or call.dyn_kwargs or any(iskeyword(pair.key) for pair in call.kwargs)
        return named and not odd
