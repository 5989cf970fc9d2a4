"""A distributor's calls: the catalog, listings, orders, wallet, store, domains, webhooks."""

from apiflask import APIBlueprint

blueprint = APIBlueprint("api_distributor", __name__, url_prefix="/v1", tag="Distributor")

from . import (  # noqa: E402 - they add their routes
    catalog,  # noqa: F401
    coupons,  # noqa: F401
    domains,  # noqa: F401
    embed,  # noqa: F401
    listings,  # noqa: F401
    orders,  # noqa: F401
    refunds,  # noqa: F401
    store,  # noqa: F401
    themes,  # noqa: F401
    tier,  # noqa: F401
    wallet,  # noqa: F401
    webhooks,  # noqa: F401
)
