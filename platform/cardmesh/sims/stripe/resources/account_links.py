"""Account links: one-time URLs of the onboarding page."""

from stripe.params._account_link_create_params import AccountLinkCreateParams

from ..context import Context
from ..errors import SimError
from ..routing import operation
from ..store import Doc
from . import accounts

VALID_SECONDS = 300


@operation("POST", "/v1/account_links", AccountLinkCreateParams,
           "account refresh_url return_url type collect collection_options")  # fmt: skip
def create(ctx: Context, params: Doc) -> Doc:
    for name in ("refresh_url", "return_url"):
        if name not in params:
            raise SimError(f"Missing required param: {name}.", code="parameter_missing", param=name)
    accounts.find(ctx, params["account"])
    token = ctx.new_id("alink").split("_")[1]
    link = {"created": ctx.now, "expires_at": ctx.now + VALID_SECONDS, "object": "account_link",
            "url": f"{ctx.base_url}/setup/{params['account']}/{token}"}  # fmt: skip
    hidden = {name: params[name] for name in ("account", "refresh_url", "return_url")}
    ctx.insert({"id": f"alink_{token}", **link}, hidden)
    return link
