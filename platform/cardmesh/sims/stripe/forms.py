"""Stripe's form encoding: `line_items[0][price_data][currency]=cny` and `expand[]=a` → nested dictionaries.

Lists stay dictionaries with number keys here; `params` turns them into lists where the type says list,
so that metadata with a numeric key stays metadata.
"""

import re
from collections.abc import Iterable
from typing import Any

from .errors import SimError

DEEPEST = 8
MOST_FIELDS = 1000
KEY = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")


def nested(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Decode key–value pairs. Raises SimError on a malformed, too deep or contradictory key."""
    tree: dict[str, Any] = {}
    for count, (key, value) in enumerate(pairs, start=1):
        if count > MOST_FIELDS:
            raise SimError("Too many parameters.", saved=False)
        _place(tree, _path(key), key, value)
    return tree


def _path(key: str) -> list[str]:
    found = KEY.match(key)
    path = [found[1], *re.findall(r"\[([^\[\]]*)\]", found[2])] if found else []
    if not path or len(path) > DEEPEST:
        raise SimError(f"Invalid parameter name: {key}", param=key, saved=False)
    return path


def _place(tree: dict[str, Any], path: list[str], key: str, value: str) -> None:
    for step in path[:-1]:
        tree = tree.setdefault(step or str(len(tree)), {})
        if not isinstance(tree, dict):
            raise SimError(f"Invalid hash: {key}", param=key, saved=False)
    last = path[-1] or str(len(tree))
    if isinstance(tree.get(last), dict):
        raise SimError(f"Invalid string: {key}", param=key, saved=False)
    tree[last] = value
