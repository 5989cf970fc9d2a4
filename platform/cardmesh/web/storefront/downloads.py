"""Bought files, by the short-lived signed links that an order page shows."""

from collections.abc import Iterator
from typing import BinaryIO

from flask import Response

from ...kit import runtime
from ...kit.db import transaction
from ...trade.delivery.downloads import open_download
from ...trade.delivery.links import read
from ...trade.errors import LinkExpired
from .blueprint import blueprint, selling, store

_PIECE = 256 * 1024


@blueprint.get("/downloads/<token>")
@blueprint.doc(hide=True)
def download(token: str) -> Response:
    """The file as an attachment, never shown inline; each fetch counts against the cap."""
    if read(token).tenant_id != store().tenant_id:
        raise LinkExpired
    with transaction(selling()) as session:
        found = open_download(session, token)
    body = runtime.current().storage.open(found.object_key)
    response = Response(_pieces(body), mimetype="application/octet-stream")
    response.headers.set("Content-Disposition", "attachment", filename=found.filename)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _pieces(body: BinaryIO) -> Iterator[bytes]:
    try:
        while piece := body.read(_PIECE):
            yield piece
    finally:
        body.close()
