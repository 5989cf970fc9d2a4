"""A supplier's calls: offers, keys, imports, what was sold, money."""

from apiflask import APIBlueprint

blueprint = APIBlueprint("api_supplier", __name__, url_prefix="/v1/supplier", tag="Supplier")

from . import advances, imports, money, offers, orders, price_lists  # noqa: E402, F401 - they add their routes
