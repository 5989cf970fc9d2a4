"""Webhook endpoints. Only URLs on this machine: the simulator never reaches beyond loopback."""

from urllib.parse import urlsplit

from stripe.params._webhook_endpoint_create_params import WebhookEndpointCreateParams
from stripe.params._webhook_endpoint_delete_params import WebhookEndpointDeleteParams
from stripe.params._webhook_endpoint_list_params import WebhookEndpointListParams
from stripe.params._webhook_endpoint_retrieve_params import WebhookEndpointRetrieveParams
from stripe.params._webhook_endpoint_update_params import WebhookEndpointUpdateParams

from .. import lists
from ..context import Context
from ..errors import SimError
from ..metadata import merged
from ..routing import PAGING, operation
from ..store import Doc

KIND = "webhook_endpoint"


def is_loopback(url: str) -> bool:
    """http on this machine; `*.localhost` names are loopback by RFC 6761."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return parts.scheme == "http" and (host in ("127.0.0.1", "localhost") or host.endswith(".localhost"))


def _check_url(url: str) -> None:
    if not is_loopback(url):
        raise SimError("Invalid URL: the simulator delivers webhooks to http://127.0.0.1 and *.localhost only.",
                       code="url_invalid", param="url")  # fmt: skip


@operation("POST", "/v1/webhook_endpoints", WebhookEndpointCreateParams,
           "url enabled_events description metadata connect api_version")  # fmt: skip
def create(ctx: Context, params: Doc) -> Doc:
    _check_url(params["url"])
    secret = ctx.new_id("whsec", 32)
    body = add(ctx, ctx.new_id("we"), params, {"secret": secret, "connect": params.get("connect", False)})
    return {**body, "secret": secret}  # shown once


def add(ctx: Context, id: str, params: Doc, hidden: Doc) -> Doc:
    body: Doc = {
        "id": id, "object": KIND, "api_version": params.get("api_version"), "application": None,
        "created": ctx.now, "description": params.get("description") or None,
        "enabled_events": params["enabled_events"], "livemode": ctx.livemode,
        "metadata": params.get("metadata") or {}, "status": "enabled", "url": params["url"],
    }  # fmt: skip
    return ctx.insert(body, hidden)


@operation("POST", "/v1/webhook_endpoints/<id>", WebhookEndpointUpdateParams,
           "url enabled_events description metadata disabled")  # fmt: skip
def update(ctx: Context, params: Doc, id: str) -> Doc:
    endpoint = _find(ctx, id)
    if "url" in params:
        _check_url(params["url"])
    change = {name: params[name] for name in ("url", "enabled_events") if name in params}
    if "description" in params:
        change["description"] = params["description"] or None
    if "disabled" in params:
        change["status"] = "disabled" if params["disabled"] else "enabled"
    return ctx.save({**endpoint, **change, "metadata": merged(endpoint["metadata"], params.get("metadata"))})


@operation("DELETE", "/v1/webhook_endpoints/<id>", WebhookEndpointDeleteParams)
def delete(ctx: Context, params: Doc, id: str) -> Doc:
    _find(ctx, id)
    ctx.store.delete(id)
    return {"id": id, "object": KIND, "deleted": True}


@operation("GET", "/v1/webhook_endpoints/<id>", WebhookEndpointRetrieveParams)
def retrieve(ctx: Context, params: Doc, id: str) -> Doc:
    return _find(ctx, id)


@operation("GET", "/v1/webhook_endpoints", WebhookEndpointListParams, PAGING)
def list_endpoints(ctx: Context, params: Doc) -> Doc:
    return lists.page(ctx, KIND, params, "/v1/webhook_endpoints")


def _find(ctx: Context, id: str) -> Doc:
    return ctx.find(KIND, id, noun="webhook endpoint", param="webhook_endpoint")
