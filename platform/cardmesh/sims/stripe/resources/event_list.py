"""Reading events back: how a shop catches up on webhooks it missed."""

import fnmatch

from stripe.params._event_list_params import EventListParams
from stripe.params._event_retrieve_params import EventRetrieveParams

from .. import lists
from ..context import Context
from ..errors import SimError
from ..routing import PAGING, operation
from ..store import Doc

MOST_TYPES = 20


@operation("GET", "/v1/events/<id>", EventRetrieveParams)
def retrieve(ctx: Context, params: Doc, id: str) -> Doc:
    return ctx.find("event", id)


@operation("GET", "/v1/events", EventListParams, f"{PAGING} created delivery_success type types")
def list_events(ctx: Context, params: Doc) -> Doc:
    if "type" in params and "types" in params:
        raise SimError("You may only specify one of these parameters: type, types.", param="types")
    if len(params.get("types", [])) > MOST_TYPES:
        raise SimError(f"You can only list up to {MOST_TYPES} types.", param="types")
    return lists.page(ctx, "event", params, "/v1/events", keep=lambda event: _wanted(event, params))


def _wanted(event: Doc, params: Doc) -> bool:
    if "delivery_success" in params and params["delivery_success"] != (event["pending_webhooks"] == 0):
        return False
    patterns = [params["type"]] if "type" in params else params.get("types", ["*"])
    return any(fnmatch.fnmatchcase(event["type"], pattern) for pattern in patterns)
