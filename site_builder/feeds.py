"""What sections may ask for: the `data` a section's schema names, cut to what its settings show.

A section gets exactly what it shows, no more: the page's dependency key is computed from this data, so a product
beyond the shown ones can change without the page being made again.
"""

from collections.abc import Callable, Mapping
from typing import Any

from site_builder.catalogue import Catalogue
from site_builder.snapshot import Product

Provider = Callable[[Catalogue, Mapping[str, Any], Product | None], dict[str, Any]]


def product_groups(catalogue: Catalogue, settings: Mapping[str, Any], _: Product | None) -> dict[str, Any]:
    """Settings: `per_category`. → {groups: [{category, products, total}]}, empty categories left out."""
    limit, groups = int(settings.get("per_category", 12)), []
    for category in catalogue.categories:
        members = catalogue.members[category["id"]]
        if members:
            shown = sorted(members, key=lambda card: card["stock"] == "out")[:limit]
            groups.append({"category": category, "products": shown, "total": len(members)})
    return {"groups": groups}


def hot_products(catalogue: Catalogue, settings: Mapping[str, Any], _: Product | None) -> dict[str, Any]:
    """Settings: `products` (slugs), `limit`. → {products}: the chosen, else the hot, else the first in stock."""
    limit = int(settings.get("limit", 8))
    chosen = [catalogue.by_slug[slug] for slug in settings.get("products", ()) if slug in catalogue.by_slug]
    there = [card for card in catalogue.cards.values() if card["stock"] != "out"]
    cards = [catalogue.cards[i] for i in chosen] or [card for card in there if card["hot"]] or there
    return {"products": cards[:limit]}


def related_products(catalogue: Catalogue, settings: Mapping[str, Any], product: Product | None) -> dict[str, Any]:
    """Settings: `limit`. → {products} of the same category."""
    return {"products": catalogue.related(product, int(settings.get("limit", 6))) if product else []}


def categories(catalogue: Catalogue, settings: Mapping[str, Any], _: Product | None) -> dict[str, Any]:
    """→ {categories: [{category, total, image}]}, with the picture of the first product."""
    rows = []
    for category in catalogue.categories:
        if members := catalogue.members[category["id"]]:
            rows.append({"category": category, "total": len(members), "image": members[0]["image"]})
    return {"categories": rows}


def leading_to(catalogue: Catalogue, settings: Mapping[str, Any], product: Product) -> list[str]:
    return catalogue.leading_to(product, int(settings.get("limit", 6)))


SHOWN_ON: dict[str, Callable[[Catalogue, Mapping[str, Any], Product], list[str]]] = {"related_products": leading_to}
"""What depends on the page's own product, with the products on whose pages a given one is shown. All other data is
the same on every page of a kind."""

PROVIDERS: dict[str, Provider] = {
    "product_groups": product_groups,
    "hot_products": hot_products,
    "related_products": related_products,
    "categories": categories,
}
