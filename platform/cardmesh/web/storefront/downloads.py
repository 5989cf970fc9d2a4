"""Bought files, by the short-lived signed links that an order page shows."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Response, stream_with_context

from ...kit import runtime
from ...kit.db import transaction
from ...kit.storage import Reader
from ...kit.tenancy import Scope
from ...trade.delivery.downloads import Download, give_back, open_download
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
    scope = selling()
    with transaction(scope) as session:
        found = open_download(session, token)
    with _not_counted(scope, found):
        body = runtime.current().storage.open(found.object_key)
    response = Response(stream_with_context(_pieces(scope, found, body)), mimetype="application/octet-stream")
    response.headers.set("Content-Disposition", "attachment", filename=found.filename)
    response.headers["Cache-Control"] = "private, no-store"
    response.content_length = found.size  # so that a file that was cut off is seen to be one
    return response


def _pieces(scope: Scope, found: Download, body: Reader) -> Iterator[bytes]:
    with _not_counted(scope, found):
        try:
            while piece := body.read(_PIECE):
                yield piece
        finally:
            body.close()


@contextmanager
def _not_counted(scope: Scope, found: Download) -> Iterator[None]:
    """A failure of ours does not use up the cap; a buyer who hangs up has had the file."""
    try:
        yield
    except Exception:
        with transaction(scope) as session:
            give_back(session, found.ticket)
        raise
