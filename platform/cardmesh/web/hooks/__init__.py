"""Messages from gateways: stored first, then applied once."""

from apiflask import APIBlueprint
from flask import Response, jsonify, request

from ...kit.errors import NotFound
from ...trade import payments

blueprint = APIBlueprint("hooks", __name__, url_prefix="/hooks", enable_openapi=False)

MAX_BYTES = 512 * 1024
LONGEST = 80


@blueprint.post("/<gateway>")
@blueprint.post("/<gateway>/<merchant_id>")
def receive(gateway: str, merchant_id: str = "") -> tuple[Response, int]:
    """2xx for everything that was stored, also what we refuse to act on: sending it again would not help.

    With `merchant_id`, of an account that was connected in a console; without, of the installation's settings.
    """
    channel = f"{gateway}/{merchant_id}" if merchant_id else gateway
    if not channel.isascii() or len(channel) > LONGEST:
        raise NotFound
    request.max_content_length = MAX_BYTES
    outcome = payments.receive(channel, dict(request.headers), request.get_data())
    if receipt := payments.receipt(channel):
        return Response(receipt, mimetype="text/plain"), 200
    return jsonify(received=True, outcome=outcome), 200
