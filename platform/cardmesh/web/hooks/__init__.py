"""Messages from gateways: stored first, then applied once."""

from apiflask import APIBlueprint
from flask import Response, jsonify, request

from ...kit.errors import NotFound
from ...trade import payments

blueprint = APIBlueprint("hooks", __name__, url_prefix="/hooks", enable_openapi=False)

MAX_BYTES = 512 * 1024


@blueprint.post("/<gateway>")
def receive(gateway: str) -> tuple[Response, int]:
    """2xx for everything that was stored, also what we refuse to act on: sending it again would not help."""
    if not gateway.isascii() or len(gateway) > 40:
        raise NotFound
    request.max_content_length = MAX_BYTES
    outcome = payments.receive(gateway, dict(request.headers), request.get_data())
    return jsonify(received=True, outcome=outcome), 200
