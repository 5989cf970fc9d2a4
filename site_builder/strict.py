"""JSON into frozen dataclasses, strictly: unknown keys, wrong types and broken rules are all reported, with pointers.

Types understood: dataclasses, `str`, `int`, `bool`, `X | None`, `tuple[X, ...]`, `Mapping[str, X]`, `Literal`,
`Text`, `Any`, and `Annotated[X, rule, …]` where a rule returns a complaint or None.
"""

import dataclasses
import types
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import cache
from itertools import chain
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from site_builder.columns import DOUBT, UNPRINTABLE, Column, column
from site_builder.errors import Problem

fields_of = cache(dataclasses.fields)

T = TypeVar("T")
Rule = Callable[[Any], "str | None"]
Reader = Callable[[Any, list[Problem]], Any]
"""Gives the value as its type, or adds to the problems, whose places are told from the value down."""
AT_ONCE = 256
"""Items of a list read together: few enough to stay in the processor's cache while their fields are gone through."""
Text = str | Mapping[str, str]
"""Words a person reads: one string, or one per locale."""


def read(kind: type[T], value: Any, fail: Callable[[list[Problem]], Exception]) -> T:
    """Return `value` as `kind`; raise `fail(problems)` when anything in it is wrong."""
    problems: list[Problem] = []
    result = reader(kind)(value, problems)
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


@cache
def reader(kind: Any) -> Reader:
    """What reads values of a type: worked out once, because a snapshot holds a hundred thousand of them."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _ruled(reader(arguments[0]), arguments[1:])
    if origin in (Union, types.UnionType):
        return _union(arguments)
    if dataclasses.is_dataclass(kind):
        return _object(kind)
    if origin is tuple:
        return _list(reader(arguments[0]), column(arguments[0]))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _mapping(reader(arguments[1]))
    if origin is Literal:
        return _literal(arguments)
    return _scalar(kind)


def _within(problems: list[Problem], start: int, step: object) -> None:
    """The problems found since `start` lie one step deeper."""
    problems[start:] = [dataclasses.replace(found, where=f"/{step}{found.where}") for found in problems[start:]]


def _ruled(inner: Reader, rules: tuple[Rule, ...]) -> Reader:
    def read(value: Any, problems: list[Problem]) -> Any:
        before = len(problems)
        result = inner(value, problems)
        if len(problems) == before:
            for rule in rules:
                if complaint := rule(result):
                    problems.append(Problem("", complaint))
        return result

    return read


def _union(options: tuple[Any, ...]) -> Reader:
    """None, a string, or the first of the other options."""
    rest = [option for option in options if option not in (str, type(None))] or [str]
    text, other, optional = reader(str), reader(rest[0]), type(None) in options
    has_text = str in options

    def read(value: Any, problems: list[Problem]) -> Any:
        if value is None and optional:
            return None
        return text(value, problems) if has_text and isinstance(value, str) else other(value, problems)

    return read


def _object(kind: Any) -> Reader:
    hints, missing = get_type_hints(kind, include_extras=True), dataclasses.MISSING
    fields = [
        (field.name, reader(hints[field.name]), field.default is missing and field.default_factory is missing)
        for field in fields_of(kind)
    ]
    known = {name for name, _, _ in fields}

    def read(value: Any, problems: list[Problem]) -> Any:
        if not isinstance(value, Mapping):
            problems.append(Problem("", "must be an object"))
            return None
        if not known.issuperset(value):
            problems.extend(Problem(f"/{key}", "unknown field") for key in value if key not in known)
        out = {}
        for name, inner, required in fields:
            if name in value:
                before = len(problems)
                out[name] = inner(value[name], problems)
                if len(problems) > before:
                    _within(problems, before, name)
            elif required:
                problems.append(Problem(f"/{name}", "is required"))
        return None if problems else kind(**out)

    return read


def _list(inner: Reader, all_at_once: Column) -> Reader:
    """Item by item only where something is wrong with one: then it is told with its place."""

    def read(value: Any, problems: list[Problem]) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple):
            problems.append(Problem("", "must be a list"))
            return ()
        with suppress(*DOUBT):
            parts = (all_at_once([*value[i : i + AT_ONCE]]) for i in range(0, len(value), AT_ONCE))
            return tuple(chain.from_iterable(parts))
        return tuple(_items(enumerate(value), inner, problems).values())

    return read


def _mapping(inner: Reader) -> Reader:
    def read(value: Any, problems: list[Problem]) -> Mapping[str, Any]:
        if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
            problems.append(Problem("", "must be an object"))
            return {}
        return _items(value.items(), inner, problems)

    return read


def _items(pairs: Iterable[tuple[Any, Any]], inner: Reader, problems: list[Problem]) -> dict[Any, Any]:
    out = {}
    for step, item in pairs:
        before = len(problems)
        out[step] = inner(item, problems)
        if len(problems) > before:
            _within(problems, before, step)
    return out


def _literal(options: tuple[Any, ...]) -> Reader:
    def read(value: Any, problems: list[Problem]) -> Any:
        if value not in options:
            problems.append(Problem("", "must be one of " + ", ".join(map(str, options))))
        return value

    return read


def _scalar(kind: Any) -> Reader:
    def read(value: Any, problems: list[Problem]) -> Any:
        # bool is an int to Python, never to a person who writes `true` where an amount belongs.
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            problems.append(Problem("", f"must be {NAMES.get(kind, kind)}"))
        elif kind is str and not value.isprintable() and (bad := UNPRINTABLE.search(value)):
            problems.append(Problem("", f"holds the character U+{ord(bad[0]):04X}, which no page can show"))
        return value

    return read if kind is not Any else lambda value, problems: value


NAMES = {str: "a string", int: "a whole number", bool: "true or false"}
