"""Each person's own account, whatever party they work for."""

from apiflask import APIBlueprint
from flask import g, redirect, request, url_for
from werkzeug.wrappers import Response

from ...kit.errors import Forbidden
from ..common.console import find_person

blueprint = APIBlueprint("me", __name__, url_prefix="/account", enable_openapi=False)


@blueprint.before_request
def _check() -> Response | None:
    who = find_person()
    if who is None:
        target = request.full_path if request.method == "GET" else None
        return redirect(url_for("account.sign_in", next=target))
    if who.visiting:
        raise Forbidden  # this account is the visitor's own, and the page would be the merchant's
    g.person = who
    return None
