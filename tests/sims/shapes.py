"""Is this JSON what Stripe says it is? Two authorities: stripe-python's classes and Stripe's published fixtures."""

import json
import sys
import types
from decimal import Decimal
from functools import cache
from inspect import get_annotations
from itertools import product
from pathlib import Path
from typing import Any, ClassVar, Literal, Union, get_args, get_origin

import stripe
from stripe._list_object import ListObject
from stripe._stripe_object import StripeObject, UntypedStripeObject
from typing_extensions import get_type_hints

FIXTURES = json.loads((Path(__file__).parents[1] / "data" / "stripe-fixtures3.json").read_text())["resources"]
SCALARS: dict[Any, tuple[type, ...]] = {
    str: (str,), int: (int,), bool: (bool,), float: (int, float), type(None): (type(None),), Decimal: (str,),
}  # fmt: skip


def complaints(value: Any, hint: Any, path: str, *, whole: bool = True) -> list[str]:
    """Everything in `value` that the class does not allow; `whole`: its required fields must be there too."""
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        tries = [complaints(value, option, path) for option in get_args(hint)]
        return [] if any(not found for found in tries) else min(tries, key=lambda found: (-_depth(found), len(found)))
    if origin is Literal:
        return [] if value in get_args(hint) else [f"{path}: {value!r} is not one of {get_args(hint)}"]
    if origin in (list, ListObject):
        return _list_complaints(value, hint, path)
    if origin is UntypedStripeObject or hint is UntypedStripeObject:
        return [] if isinstance(value, dict) else [f"{path}: {value!r} is not a hash"]
    if isinstance(hint, type) and issubclass(hint, StripeObject):
        return _object_complaints(value, hint, path, whole)
    if hint is Any or origin is dict or hint is dict:
        return []
    exact = type(value) in SCALARS.get(hint, ()) if hint in SCALARS else False
    return [] if exact else [f"{path}: {value!r} is not {hint}"]


def _depth(found: list[str]) -> int:
    return max(line.split(":")[0].count(".") for line in found)


def _list_complaints(value: Any, hint: Any, path: str) -> list[str]:
    if get_origin(hint) is ListObject:
        if not isinstance(value, dict) or value.get("object") != "list" or not isinstance(value.get("has_more"), bool):
            return [f"{path}: not a list object"]
        value = value["data"]
    if not isinstance(value, list):
        return [f"{path}: {value!r} is not a list"]
    inner = get_args(hint)[0]
    return [line for n, element in enumerate(value) for line in complaints(element, inner, f"{path}.{n}")]


def _object_complaints(value: Any, hint: type, path: str, whole: bool) -> list[str]:
    if not isinstance(value, dict):
        return [f"{path}: {value!r} is not a {hint.__name__}"]
    fields = _fields(hint)
    found = [f"{path}.{name}: unknown to {hint.__name__}" for name in value if name not in fields]
    for name, kind in fields.items():
        if name in value:
            found += complaints(value[name], kind, f"{path}.{name}")
        elif whole and type(None) not in get_args(kind):
            found.append(f"{path}.{name}: missing from {hint.__name__}")
    return found


@cache
def _fields(hint: type) -> dict[str, Any]:
    scope = vars(sys.modules[hint.__module__])
    hints: dict[str, Any] = {}
    for base in reversed(hint.__mro__):
        if issubclass(base, StripeObject) and base is not StripeObject and base.__module__ != "stripe._list_object":
            own = {name: kind for name, kind in get_annotations(base).items() if name[0] != "_"}
            if own:
                hints |= get_type_hints(base, scope, _Names(base))
    return {name: kind for name, kind in hints.items() if get_origin(kind) is not ClassVar and name[0] != "_"}


class _Names(dict[str, Any]):
    """Names inside a class: its own inner classes, else what `stripe` exports (there `Card` is also `CardResource`)."""

    def __init__(self, inside: type) -> None:
        super().__init__(vars(inside))

    def __missing__(self, name: str) -> Any:
        short = name.removesuffix("Resource")
        for place, known in product((stripe, stripe.issuing), (name, short, short.removeprefix("Issuing"))):
            if known[:1].isupper() and isinstance(found := getattr(place, known, None), type):
                return found
        raise KeyError(name)  # then it is a name of the module


def against_fixture(value: dict[str, Any], name: str) -> list[str]:
    """Fields of Stripe's example that ours lacks, or that have another JSON type. null says nothing of a type."""
    return _compare(value, FIXTURES[name], name)


def _compare(ours: Any, example: Any, path: str) -> list[str]:
    if ours is None or example is None:
        return []
    if isinstance(example, dict):
        if not isinstance(ours, dict):
            return [] if isinstance(ours, str) and "id" in example else [f"{path}: {type(ours)} for an object"]
        lacking = [f"{path}.{key}: absent" for key in example if key not in ours]
        return lacking + [
            line for key in example if key in ours for line in _compare(ours[key], example[key], f"{path}.{key}")
        ]
    if isinstance(example, list):
        if not isinstance(ours, list):
            return [f"{path}: {type(ours)} for a list"]
        return [line for element in ours for line in (_compare(element, example[0], path) if example else [])]
    same = type(ours) is type(example) or (isinstance(ours, dict) and isinstance(example, str))
    return [] if same else [f"{path}: {ours!r} where Stripe has {example!r}"]
