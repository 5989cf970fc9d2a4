"""RSA2 as the open platform does it: sorted `key=value` joined by `&`; an answer's node is signed as it is written."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone

from ..till import keys

BEIJING = timezone(timedelta(hours=8))
STAMP = "%Y-%m-%d %H:%M:%S"


def joined(fields: Mapping[str, str], *without: str) -> bytes:
    left = {name: value for name, value in fields.items() if value != "" and name not in ("sign", *without)}
    return "&".join(f"{name}={left[name]}" for name in sorted(left)).encode()


def now() -> str:
    return datetime.now(UTC).astimezone(BEIJING).strftime(STAMP)


def moment(text: str) -> datetime:
    return datetime.strptime(text, STAMP).replace(tzinfo=BEIJING)


def answer(key: str, method: str, content: Mapping[str, object]) -> str:
    node = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    name = f"{method.replace('.', '_')}_response"
    return f'{{"{name}":{node},"sign":"{keys.sign(key, node.encode())}"}}'
