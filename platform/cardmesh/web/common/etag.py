"""`ETag` and `If-Match`: a change says which version it was made from."""

import re

from flask import Response, jsonify, request

from ...kit.errors import MeshError
from ...kit.i18n import Text
from .schema import Shape

_TAG = re.compile(r'"v([0-9]{1,9})"')


class PreconditionFailed(MeshError):
    code, status = "precondition_failed", 412
    text = Text("If-Match 与当前版本不一致", "If-Match does not name the current version")


def with_etag(shape: Shape, version: int) -> Response:
    """The answer, tagged with the version it shows."""
    response = jsonify(shape.model_dump(mode="json"))
    response.headers["ETag"] = f'"v{version}"'
    return response


def expected_version() -> int | None:
    """The version in If-Match, if any. Raises PreconditionFailed for a tag that we never gave."""
    tag = request.headers.get("If-Match")
    if tag is None or tag == "*":
        return None
    if not (match := _TAG.fullmatch(tag.strip())):
        raise PreconditionFailed
    return int(match[1])
