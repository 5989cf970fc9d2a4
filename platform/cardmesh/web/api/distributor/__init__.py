"""A distributor's calls: the catalog, listings, orders, wallet, store, domains, webhooks."""

from apiflask import APIBlueprint

blueprint = APIBlueprint("api_distributor", __name__, url_prefix="/v1", tag="Distributor")

from . import (  # noqa: E402, F401 - routes are added to the blueprint above
    catalog,
    coupons,
    domains,
    embed,
    listings,
    orders,
    refunds,
    store,
    themes,
    tier,
    wallet,
    webhooks,
)
