"""What parent and child say to each other: a head of JSON and a body of bytes, each with its length before it."""

import struct
from collections.abc import Iterator
from typing import Any, BinaryIO

import orjson

_LENGTHS = struct.Struct(">II")
LARGEST_HEAD = 64 * 1024 * 1024


class Broken(Exception):
    """The other side said too much, or stopped in the middle of a frame."""


def write(out: BinaryIO, head: dict[str, Any], body: bytes = b"") -> None:
    told = orjson.dumps(head)
    out.write(_LENGTHS.pack(len(told), len(body)))
    out.write(told)
    out.write(body)


def read(source: BinaryIO, most: int) -> Iterator[tuple[dict[str, Any], bytes]]:
    """Frames until the end, of at most `most` bytes together. Raises `Broken`."""
    left = most
    while start := source.read(_LENGTHS.size):
        if len(start) < _LENGTHS.size:
            raise Broken("cut off")
        head, body = _LENGTHS.unpack(start)
        left -= head + body
        if left < 0 or head > LARGEST_HEAD:
            raise Broken("too much output")
        yield _object(_exactly(source, head)), _exactly(source, body)


def _exactly(source: BinaryIO, size: int) -> bytes:
    data = source.read(size)
    if len(data) < size:
        raise Broken("cut off")
    return data


def _object(data: bytes) -> dict[str, Any]:
    try:
        head = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise Broken("no JSON") from error
    if not isinstance(head, dict):
        raise Broken("no object")
    return head
