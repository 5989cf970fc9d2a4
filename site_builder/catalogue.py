"""The snapshot as the plain data templates see, in one locale. Each product is shaped and hashed once per build."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from site_builder import art, money, urls
from site_builder.hashing import Data
from site_builder.snapshot import Category, Product, Sku, Snapshot, words
from site_builder.urls import Urls

STOCK_ORDER = {"in_stock": 0, "low": 1, "out": 2}


@dataclass(frozen=True)
class Pictured:
    """A product's picture: the supplier's, or the description of one to draw."""

    src: str
    spec: dict[str, Any] | None = None


class Catalogue:
    """Categories and product cards of one locale, in the store's order."""

    def __init__(self, snapshot: Snapshot, address: Urls, style: str = "card") -> None:
        self.snapshot, self.address = snapshot, address
        self.style = style
        self.names = {c.id: self.say(c.name) for c in snapshot.categories}
        self.slugs = {c.id: c.slug for c in snapshot.categories}
        self.products = ordered(snapshot)
        self.ranks = {p.id: rank for rank, p in enumerate(self.products)}
        self.pictures = {p.id: self._picture(p) for p in self.products}
        self.cards = {p.id: self._card(p) for p in self.products}
        self.by_slug = {p.slug: p.id for p in self.products}
        self.members: dict[str, list[Data]] = defaultdict(list)
        self.places: dict[str, int] = {}
        for product in self.products:
            self.places[product.id] = len(self.members[product.category])
            self.members[product.category].append(self.cards[product.id])
        self.categories = [self._category(c) for c in sorted(snapshot.categories, key=lambda c: (c.sort, c.slug))]

    def replace(self, snapshot: Snapshot, products: Iterable[Product]) -> None:
        """Show `products` as they are now. Their places in the shop must be what they were."""
        self.snapshot = snapshot
        for product in products:
            self.products[self.ranks[product.id]] = product
            self.pictures[product.id] = self._picture(product)
            card = self.cards[product.id] = self._card(product)
            self.members[product.category][self.places[product.id]] = card

    def say(self, text: Any) -> str:
        return words(text, self.address.locale, self.address.default)

    def _category(self, category: Category) -> Data:
        url = self.address.to(urls.category(category.slug))
        return Data({"id": category.id, "slug": category.slug, "name": self.names[category.id], "url": url})

    def _card(self, product: Product) -> Data:
        """The data of a card: what lists, search results and feeds show."""
        sellable = [s for s in product.skus if s.stock != "out"] or list(product.skus)
        cheapest = min(sellable, key=lambda s: s.price.amount)
        prices = {s.price.amount for s in sellable}
        only = product.skus[0].id if len(product.skus) == 1 and product.skus[0].stock != "out" else ""
        return Data(
            {
                "id": product.id,
                "slug": product.slug,
                "url": self.address.to(urls.product(product.slug)),
                "name": self.say(product.name),
                "category": self.names[product.category],
                "category_slug": self.slugs[product.category],
                "image": self._image(product),
                "price": _money(cheapest),
                "varies": len(prices) > 1,
                "stock": min((s.stock for s in product.skus), key=STOCK_ORDER.__getitem__),
                "kind": cheapest.kind,
                "options": len(product.skus),
                "values": denominations(product)[:4],
                "hot": product.hot,
                "sku": only,
            }
        )

    def _picture(self, product: Product) -> Pictured:
        """The supplier's, or one drawn from the product's words in this locale."""
        if product.image:
            return Pictured(product.image)
        name, category = self.say(product.name), self.names[product.category]
        spec = art.describe(product.id, name, category, denominations(product), self.style)
        return Pictured(art.url(spec), spec)

    def _image(self, product: Product) -> dict[str, Any]:
        picture = self.pictures[product.id]
        width, height = art.SIZES[picture.spec["style"] if picture.spec else "card"]
        return {"src": picture.src, "drawn": picture.spec is not None, "width": width, "height": height}

    def full(self, product: Product) -> Data:
        """The data of the product's own page. `description` is raw: templates pass it through `markdown`."""
        skus = [self._sku(s) for s in product.skus]
        sellable = [s for s in skus if s["stock"] != "out"] or skus
        default = min(sellable, key=lambda s: s["price"]["amount"])
        card = self.cards[product.id]
        more = {
            "description": self.say(product.description),
            "redeem": self.say(product.redeem),
            "category_url": self.address.to(urls.category(self.slugs[product.category])),
            "skus": skus,
        }
        chosen = {"default": default, "default_sku": default["id"] if default["stock"] != "out" else ""}
        return Data({**card, **more, **chosen}, card, more)

    def _sku(self, sku: Sku) -> dict[str, Any]:
        face = sku.face_value
        return {
            "id": sku.id,
            "name": self.say(sku.name),
            "price": _money(sku),
            "face_value": {"amount": face.amount, "currency": face.currency} if face else None,
            "kind": sku.kind,
            "stock": sku.stock,
            "min_quantity": sku.min_quantity,
            "max_quantity": sku.max_quantity,
            "warranty_hours": sku.warranty_hours,
        }

    def related(self, product: Product, limit: int) -> list[Data]:
        """The next products of the same category, round and round, so that every product is led to by some other."""
        members, here = self.members[product.category], self.places[product.id]
        after = members[here + 1 : here + 1 + limit]
        return after + members[: min(here, limit - len(after))]

    def leading_to(self, product: Product, limit: int) -> list[str]:
        """Ids of the products that have `product` among their related ones."""
        members, here = self.members[product.category], self.places[product.id]
        return [members[here - step]["id"] for step in range(1, min(limit, len(members) - 1) + 1)]


def ordered(snapshot: Snapshot) -> list[Product]:
    """Products as shops show them: by category, then the owner's order, then address (never by chance)."""
    place = {c.id: (c.sort, c.slug) for c in snapshot.categories}
    return sorted(snapshot.products, key=lambda p: (place[p.category], p.sort, p.slug))


def _money(sku: Sku) -> dict[str, Any]:
    return {"amount": sku.price.amount, "currency": sku.price.currency}


def denominations(product: Product) -> list[str]:
    """Face values, small to large, in short: ["¥50", "¥100"]."""
    faces = {(s.face_value.amount, s.face_value.currency) for s in product.skus if s.face_value}
    return [money.short(amount, currency) for amount, currency in sorted(faces)]
