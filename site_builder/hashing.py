"""Content addresses and dependency keys: the same data gives the same digest on every machine."""

import hashlib
import json
from typing import Any

import orjson


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def canonical(value: Any) -> bytes:
    """One byte string per value, whatever the order of its keys. Plain JSON data only."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # numbers beyond 64 bits, halves of characters: rare in settings, and as definite this way
        pass
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8", "surrogatepass")


def digest(value: Any) -> str:
    return sha256(canonical(value))


def fingerprint(value: Any) -> str:
    """The digest of `value` with every `Data` in it told by its key, so that hashing a page costs its own size only."""
    try:
        return sha256(orjson.dumps(value, _short, orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_SUBCLASS))
    except TypeError:  # as in `canonical`
        return sha256(canonical(outline(value)))


def _short(value: Any) -> Any:
    """What stands for a value of a type that is not exactly JSON's."""
    if isinstance(value, Data):
        return {"#": value.key}
    if isinstance(value, dict):
        return dict(value)
    if isinstance(value, str):
        return str(value)
    raise TypeError(f"{type(value)} is no plain data")


class Data(dict[str, Any]):
    """Plain data that is hashed once and shown on many pages (a product card stands on a dozen of them)."""

    __slots__ = ("key",)

    def __init__(self, value: dict[str, Any], *parts: Any) -> None:
        """`parts`: what decides `value`, where that is shorter than `value` itself."""
        super().__init__(value)
        self.key = fingerprint(parts or value)


def outline(value: Any) -> Any:
    """`value` with every `Data` replaced by its key."""
    if isinstance(value, Data):
        return {"#": value.key}
    if isinstance(value, dict):
        return {key: outline(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [outline(item) for item in value]
    return value
