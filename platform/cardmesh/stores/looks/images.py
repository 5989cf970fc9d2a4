"""Pictures that an owner puts into a look: kept under the name of their content, served from the store's own host.

The customizer draws a chosen picture anew in the browser before it is sent. What comes here is told by its first
bytes, never by its name, and is served as nothing else.
"""

import re
import uuid
from hashlib import sha256

from ...kit import runtime
from ...kit.ids import public_id
from .errors import ImageRefused

MOST_BYTES = 768 * 1024
TYPES = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp"}
_NAME = re.compile(r"[0-9a-f]{40}\.(png|jpg|webp)")


def keep(store_id: uuid.UUID, data: bytes) -> str:
    """The picture's path on the store's host. Raises ImageRefused. Call outside any transaction."""
    kind = _kind(data)
    if kind is None or len(data) > MOST_BYTES:
        raise ImageRefused(most=MOST_BYTES // 1024)
    name = f"{sha256(data).hexdigest()[:40]}.{kind}"
    runtime.current().storage.put(_key(store_id, name), data, TYPES[kind])
    return f"/media/{name}"


def find(store_id: uuid.UUID, name: str) -> tuple[bytes, str] | None:
    """(contents, type) of the picture `/media/<name>`, if the store has it."""
    known = _NAME.fullmatch(name)
    data = runtime.current().storage.get(_key(store_id, name)) if known else None
    return (data, TYPES[known[1]]) if known and data is not None else None


def _key(store_id: uuid.UUID, name: str) -> str:
    return f"media/{public_id('sto', store_id)}/{name}"


def _kind(data: bytes) -> str | None:
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if data.startswith(b"\xff\xd8\xff"):
        return "jpg"
    return "webp" if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else None
