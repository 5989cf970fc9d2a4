"""The snapshot as the plain data templates see, in one locale. Each product is shaped and hashed once per build."""

from collections import defaultdict
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
        self.pictures = pictures(snapshot, address.locale, style)
        self.names = {c.id: self.say(c.name) for c in snapshot.categories}
        self.slugs = {c.id: c.slug for c in snapshot.categories}
        self.products = ordered(snapshot)
        self.cards = {p.id: self._card(p) for p in self.products}
        self.by_slug = {p.slug: p.id for p in self.products}
        self.members: dict[str, list[Data]] = defaultdict(list)
        for product in self.products:
            self.members[product.category].append(self.cards[product.id])
        self.categories = [self._category(c) for c in sorted(snapshot.categories, key=lambda c: (c.sort, c.slug))]

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

    def _image(self, product: Product) -> dict[str, Any]:
        picture = self.pictures[product.id]
        width, height = art.SIZES[picture.spec["style"] if picture.spec else "card"]
        return {"src": picture.src, "drawn": picture.spec is not None, "width": width, "height": height}

    def full(self, product: Product) -> dict[str, Any]:
        """The data of the product's own page. `description` is raw: templates pass it through `markdown`."""
        skus = [self._sku(s) for s in product.skus]
        sellable = [s for s in skus if s["stock"] != "out"] or skus
        default = min(sellable, key=lambda s: s["price"]["amount"])
        return {
            **self.cards[product.id],
            "description": self.say(product.description),
            "redeem": self.say(product.redeem),
            "category_url": self.address.to(urls.category(self.slugs[product.category])),
            "skus": skus,
            "default": default,
            "default_sku": default["id"] if default["stock"] != "out" else "",
        }

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
        members = self.members[product.category]
        here = next(i for i, card in enumerate(members) if card["id"] == product.id)
        return [*members[here + 1 :], *members[:here]][:limit]


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


def pictures(snapshot: Snapshot, locale: str, style: str = "card") -> dict[str, Pictured]:
    """A picture for every product, drawn from its words in `locale` where the supplier gave none."""
    own = snapshot.store.locale
    names = {c.id: words(c.name, locale, own) for c in snapshot.categories}
    out = {}
    for product in snapshot.products:
        if product.image:
            out[product.id] = Pictured(product.image)
            continue
        name = words(product.name, locale, own)
        spec = art.describe(product.id, name, names[product.category], denominations(product), style)
        out[product.id] = Pictured(art.url(spec), spec)
    return out
