"""JSON into frozen dataclasses, strictly: unknown keys, wrong types and broken rules are all reported, with pointers.

Types understood: dataclasses, `str`, `int`, `bool`, `X | None`, `tuple[X, ...]`, `Mapping[str, X]`, `Literal`,
`Text`, `Any`, and `Annotated[X, rule, …]` where a rule returns a complaint or None.
"""

import dataclasses
import types
from collections.abc import Callable, Mapping
from functools import cache
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from site_builder.errors import Problem

type_hints = cache(lambda kind: get_type_hints(kind, include_extras=True))
fields_of = cache(dataclasses.fields)

T = TypeVar("T")
Rule = Callable[[Any], "str | None"]
Text = str | Mapping[str, str]
"""Words a person reads: one string, or one per locale."""


def read(kind: type[T], value: Any, fail: Callable[[list[Problem]], Exception]) -> T:
    """Return `value` as `kind`; raise `fail(problems)` when anything in it is wrong."""
    problems: list[Problem] = []
    result = _read(kind, value, "", problems)
    if problems:
        raise fail(problems)
    return result


def dump(value: Any) -> Any:
    """The JSON form of a dataclass tree; optional fields that are None are left out."""
    if dataclasses.is_dataclass(value):
        pairs = ((f.name, getattr(value, f.name)) for f in fields_of(type(value)))
        return {name: dump(item) for name, item in pairs if item is not None}
    if isinstance(value, tuple | list):
        return [dump(item) for item in value]
    if isinstance(value, Mapping):
        return {key: dump(item) for key, item in value.items()}
    return value


def _read(kind: Any, value: Any, where: str, problems: list[Problem]) -> Any:
    origin = get_origin(kind)
    if origin is Annotated:
        return _ruled(kind, value, where, problems)
    if origin in (Union, types.UnionType):
        return _union(kind, value, where, problems)
    if dataclasses.is_dataclass(kind):
        return _object(kind, value, where, problems)
    if origin is tuple:
        return _list(get_args(kind)[0], value, where, problems)
    if origin is not None and issubclass_safe(origin, Mapping):
        return _mapping(get_args(kind)[1], value, where, problems)
    if origin is Literal:
        return _literal(get_args(kind), value, where, problems)
    return _scalar(kind, value, where, problems)


def issubclass_safe(kind: Any, base: type) -> bool:
    return isinstance(kind, type) and issubclass(kind, base)


def _ruled(kind: Any, value: Any, where: str, problems: list[Problem]) -> Any:
    inner, *rules = get_args(kind)
    before = len(problems)
    result = _read(inner, value, where, problems)
    if len(problems) == before:
        complaints = (rule(result) for rule in rules)
        problems.extend(Problem(where, complaint) for complaint in complaints if complaint)
    return result


def _union(kind: Any, value: Any, where: str, problems: list[Problem]) -> Any:
    options = get_args(kind)
    if value is None and type(None) in options:
        return None
    options = [option for option in options if option is not type(None)]
    if str in options and isinstance(value, str):
        return _read(str, value, where, problems)
    rest = [option for option in options if option is not str] or options
    return _read(rest[0], value, where, problems)


def _object(kind: Any, value: Any, where: str, problems: list[Problem]) -> Any:
    if not isinstance(value, Mapping):
        problems.append(Problem(where, "must be an object"))
        return None
    hints, known, out = type_hints(kind), {f.name: f for f in fields_of(kind)}, {}
    problems.extend(Problem(f"{where}/{key}", "unknown field") for key in value if key not in known)
    for name, field in known.items():
        if name in value:
            out[name] = _read(hints[name], value[name], f"{where}/{name}", problems)
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            problems.append(Problem(f"{where}/{name}", "is required"))
    return None if problems else kind(**out)


def _list(kind: Any, value: Any, where: str, problems: list[Problem]) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        problems.append(Problem(where, "must be a list"))
        return ()
    return tuple(_read(kind, item, f"{where}/{index}", problems) for index, item in enumerate(value))


def _mapping(kind: Any, value: Any, where: str, problems: list[Problem]) -> Mapping[str, Any]:
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        problems.append(Problem(where, "must be an object"))
        return {}
    return {key: _read(kind, item, f"{where}/{key}", problems) for key, item in value.items()}


def _literal(options: tuple[Any, ...], value: Any, where: str, problems: list[Problem]) -> Any:
    if value not in options:
        problems.append(Problem(where, "must be one of " + ", ".join(map(str, options))))
    return value


def _scalar(kind: Any, value: Any, where: str, problems: list[Problem]) -> Any:
    if kind is Any:
        return value
    # bool is an int to Python, never to a person who writes `true` where an amount belongs.
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        problems.append(Problem(where, f"must be {NAMES.get(kind, kind)}"))
    elif kind is str and (bad := _unprintable(value)):
        problems.append(Problem(where, f"holds the character U+{ord(bad):04X}, which no page can show"))
    return value


NAMES = {str: "a string", int: "a whole number", bool: "true or false"}


def _unprintable(text: str) -> str:
    if text.isprintable():
        return ""
    return next(
        (c for c in text if (c < " " and c not in "\n\r\t") or "\ud800" <= c <= "\udfff" or c in "\ufffe\uffff"),
        "",
    )
