"""The table of operations: method, path, parameter type, and which parameters the simulator really models."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from .errors import unsupported
from .store import Doc

Method = Literal["GET", "POST", "DELETE"]
Verb = Callable[..., Doc]


@dataclass(frozen=True)
class Operation:
    """`modelled` are dotted names without list positions; a name covers everything below it."""

    method: Method
    path: str
    params: type
    modelled: frozenset[str]
    run: Verb

    def refuse_unmodelled(self, params: Doc) -> None:
        """SimError for the first accepted-by-Stripe parameter that would be ignored here."""
        for name in leaves(params):
            if not any(name == known or name.startswith(f"{known}.") for known in self.modelled):
                raise unsupported(name)


OPERATIONS: list[Operation] = []
PAGING = "limit starting_after ending_before"


def operation(method: Method, path: str, params: type, modelled: str = "") -> Callable[[Verb], Verb]:
    """Register `verb(ctx, params, **ids of the path)` for the wire."""

    def register(verb: Verb) -> Verb:
        OPERATIONS.append(Operation(method, path, params, frozenset(f"expand {modelled}".split()), verb))
        return verb

    return register


def leaves(value: Any, above: str = "") -> Iterator[str]:
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from leaves(inner, f"{above}.{name}" if above else name)
    elif isinstance(value, list) and value:
        for inner in value:
            yield from leaves(inner, above)
    elif above:
        yield above
