"""Every request is checked against stripe-python's own generated parameter types (`stripe.params.*`).

The generated TypedDicts are rebuilt stricter: unknown keys are refused, the library's own request options
(`api_key`, `idempotency_key`, …) are not wire parameters, and `Literal[...] | str` – the library's allowance for
values of future versions – means the literals, as it does at Stripe for the pinned version.
"""

import sys
import types
import typing
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Literal, NotRequired, Required, Union, get_args, get_origin

from pydantic import BeforeValidator, ConfigDict, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails
from stripe._request_options import RequestOptions
from stripe._stripe_object import UntypedStripeObject
from typing_extensions import TypedDict, get_type_hints, is_typeddict

from .errors import SimError
from .metadata import check_metadata

LIBRARY_ONLY = frozenset(RequestOptions.__annotations__)


def check(wanted: type, given: dict[str, Any]) -> dict[str, Any]:
    """The typed parameters, or SimError in Stripe's words for the first thing wrong."""
    try:
        typed = _adapter(wanted).validate_python(given)
    except ValidationError as problem:
        raise _as_stripe_error(problem.errors(include_url=False), given) from None
    check_metadata(typed)
    return typed


@cache
def _adapter(wanted: type) -> TypeAdapter[dict[str, Any]]:
    return TypeAdapter(_strict(wanted))


@cache
def _strict(hint: Any) -> Any:
    """The same type with the three changes above, all the way down."""
    if is_typeddict(hint):
        return _strict_dict(hint)
    origin, args = get_origin(hint), get_args(hint)
    if origin in (NotRequired, Required):
        return origin[_strict(args[0])]
    if origin in (Union, types.UnionType):
        return _strict_union(args)
    if origin is list:
        return Annotated[list[_strict(args[0])], BeforeValidator(_as_list)]
    if hint is str:
        return Annotated[str, BeforeValidator(_not_empty)]
    if hint in (int, Decimal, float, bool):
        return Annotated[hint, BeforeValidator(_not_empty)]
    return hint


def _strict_dict(hint: Any) -> Any:
    scope = {**vars(typing), **vars(sys.modules[hint.__module__]), "StripeContext": object}
    hints = get_type_hints(hint, scope, include_extras=True)
    fields = {name: _strict(kind) for name, kind in hints.items() if name not in LIBRARY_ONLY}
    strict = TypedDict(hint.__name__, fields)  # pyright: ignore[reportArgumentType] - made at run time on purpose
    strict.__pydantic_config__ = ConfigDict(extra="forbid")  # pyright: ignore[reportAttributeAccessIssue]
    return strict


def _strict_union(args: tuple[Any, ...]) -> Any:
    args = tuple(arg for arg in args if get_origin(arg) is not UntypedStripeObject)
    words = [arg for arg in args if get_origin(arg) is Literal and get_args(arg) != ("",)]
    if words:
        args = tuple(arg for arg in args if arg is not str)
    return Union[tuple(_strict(arg) for arg in args)]  # noqa: UP007 - built from a tuple


def _as_list(value: Any) -> Any:
    if isinstance(value, dict) and value and sorted(value, key=_position) == [str(n) for n in range(len(value))]:
        return [value[str(n)] for n in range(len(value))]
    return value


def _position(key: str) -> int:
    return int(key) if key.isdigit() else sys.maxsize


def _not_empty(value: Any) -> Any:
    if value == "":
        raise ValueError("empty")
    return value


def _as_stripe_error(problems: list[ErrorDetails], given: dict[str, Any]) -> SimError:
    """Of several complaints (a union makes many) the first about an unknown name, else the deepest."""
    ranked = sorted(problems, key=lambda p: (p["type"] != "extra_forbidden", -len(p["loc"])))
    problem = ranked[0]
    param = _param(problem["loc"], given, problem["type"])
    match problem["type"]:
        case "extra_forbidden":
            return _refusal(f"Received unknown parameter: {param}", "parameter_unknown", param)
        case "missing":
            return _refusal(f"Missing required param: {param}.", "parameter_missing", param)
        case "int_parsing" | "int_from_float" | "int_type":
            return _refusal(f"Invalid integer: {problem['input']}", "parameter_invalid_integer", param)
        case "literal_error":
            expected = problem["ctx"]["expected"].replace("'", "") if "ctx" in problem else ""
            return _refusal(f"Invalid {param}: must be one of {expected}", None, param)
        case "value_error":
            return _refusal(
                f"You passed an empty string for '{param}'. We assume empty values are an attempt to unset a "
                f"parameter; however '{param}' cannot be unset. You should remove '{param}' from your request or "
                "supply a non-empty value.", "parameter_invalid_empty", param,
            )  # fmt: skip
        case "bool_parsing" | "bool_type":
            return _refusal(f"Invalid boolean: {problem['input']}", None, param)
        case "list_type":
            return _refusal("Invalid array", None, param)
        case "string_type":
            return _refusal("Invalid string: an object was given", None, param)
        case _:
            return _refusal("Invalid object", None, param)


def _refusal(message: str, code: str | None, param: str) -> SimError:
    return SimError(message, code=code, param=param, saved=False)


def _param(loc: tuple[int | str, ...], given: Any, kind: str) -> str:
    """pydantic's location in Stripe's notation, `line_items[0][price_data]`; names of union branches are dropped."""
    names: list[str] = []
    for index, step in enumerate(loc):
        key, last = str(step), index == len(loc) - 1
        inside = isinstance(given, dict) and key in given
        if inside or (last and kind == "missing"):
            names.append(key)
            given = given.get(key) if isinstance(given, dict) else None
    return names[0] + "".join(f"[{name}]" for name in names[1:]) if names else ""
