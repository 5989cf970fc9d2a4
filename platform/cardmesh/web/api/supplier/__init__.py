"""A supplier's calls: offers, keys, imports, what was sold, money."""

from apiflask import APIBlueprint

blueprint = APIBlueprint("api_supplier", __name__, url_prefix="/v1/supplier", tag="Supplier")

from . import (  # noqa: E402, F401 - routes are added to the blueprint above
    advances,
    imports,
    money,
    offers,
    orders,
    price_lists,
)
