"""The operator's calls: tenants, suppliers, review, commission rules, credits, payouts, the ledger."""

from apiflask import APIBlueprint

blueprint = APIBlueprint("api_platform", __name__, url_prefix="/v1/platform", tag="Platform")

from . import (  # noqa: E402, F401 - routes are added to the blueprint above
    commission,
    funds,
    ledger,
    offers,
    payouts,
    suppliers,
    tenants,
    withdrawals,
)
