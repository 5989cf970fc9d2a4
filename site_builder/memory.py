"""What one build worked out, kept for the next of the same store, so that a change costs what depends on it.

A change within products (price, stock, words, picture) moves nothing else in the shop: their own pages, the pages whose
data shows them and the lists are planned again, all other pages stand. Any other change plans the whole site anew.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterable

from site_builder import feeds
from site_builder import theme as themes
from site_builder.hashing import Data
from site_builder.outputs import Output, lasting, of_products, pages
from site_builder.plan import PageSpec, Plan
from site_builder.render import Renderer
from site_builder.snapshot import Product, Snapshot
from site_builder.theme import Theme

MOST_PAGES = 60_000
"""Of all stores together; some 10 KB each."""
PART = 20
"""Above one product in so many the whole plan is made anew: it is hardly dearer."""


class Prepared:
    """A planned site: its renderer and its files to be, by path."""

    def __init__(self, snapshot: Snapshot, theme: Theme) -> None:
        self.snapshot, self.theme = snapshot, theme
        self.renderer = Renderer(snapshot, themes.look(theme, snapshot.theme))
        movable = of_products(self.renderer)
        self.movable = {output.path for output in movable}
        self.outputs = _sorted([*lasting(self.renderer), *movable])
        self.places = {(page.locale, page.rest): place for place, page in enumerate(self.renderer.plan.pages)}

    def __reduce__(self) -> tuple[type["Prepared"], tuple[Snapshot, Theme]]:
        """Goes to another process as what it is made from."""
        return Prepared, (self.snapshot, self.theme)

    def body(self, output: Output) -> bytes:
        """What is in the file."""
        if output.make:
            return output.make()
        page = self.renderer.plan.pages[output.page]
        body = self.renderer.render(page).encode()
        page.forget()
        return body

    def update(self, snapshot: Snapshot, products: list[Product]) -> None:
        """Plan again what depends on `products`, whose places in the shop have not changed."""
        plan = self.renderer.plan
        ids = [product.id for product in products]
        self.renderer.forget({shelf.cards[i].key for shelf in plan.catalogues.values() for i in ids})
        dirty = []
        for page in _replanned(plan, snapshot, products):
            place = self.places[page.locale, page.rest]
            plan.pages[place] = page
            dirty.append(place)
        self.snapshot = plan.snapshot = snapshot
        self._replace([*pages(self.renderer, dirty), *of_products(self.renderer)])

    def _replace(self, fresh: list[Output]) -> None:
        movable = {output.path for output in fresh if output.make}
        for path in self.movable - movable:
            del self.outputs[path]
        self.outputs = _sorted([*(self.outputs | {output.path: output for output in fresh}).values()])
        self.movable = movable


class Memory:
    """Prepared sites of the stores built last. A build takes its site out: what a failed one was at is forgotten."""

    def __init__(self, most_pages: int = MOST_PAGES) -> None:
        self.most_pages = most_pages
        self._sites: OrderedDict[str, Prepared] = OrderedDict()
        self._lock = threading.Lock()

    def prepare(self, snapshot: Snapshot, theme: Theme) -> Prepared:
        """Raises `ThemeError`, `RenderError`. Hand the result to `keep` when the build is done."""
        with self._lock:
            known = self._sites.pop(snapshot.store.id, None)
        if known and (known.theme is theme or known.theme.key == theme.key):
            changed = changed_products(known.snapshot, snapshot)
            if changed is not None:
                known.update(snapshot, changed)
                return known
        return Prepared(snapshot, theme)

    def keep(self, site: Prepared) -> None:
        with self._lock:
            self._sites[site.snapshot.store.id] = site
            while sum(len(one.places) for one in self._sites.values()) > self.most_pages:
                self._sites.popitem(last=False)


def changed_products(before: Snapshot, after: Snapshot) -> list[Product] | None:
    """The products that differ, as they are now; None when more than a few products' own contents does."""
    if len(before.products) != len(after.products) or any(
        getattr(before, part) != getattr(after, part) for part in ("store", "theme", "categories", "pages")
    ):
        return None
    both = zip(before.products, after.products, strict=True)
    pairs = [(old, new) for old, new in both if old is not new and old != new]
    moved = any((o.id, o.slug, o.category, o.sort) != (n.id, n.slug, n.category, n.sort) for o, n in pairs)
    return None if moved or len(pairs) * PART > len(after.products) else [new for _, new in pairs]


def _replanned(plan: Plan, snapshot: Snapshot, products: list[Product]) -> Iterable[PageSpec]:
    before, plan.common = plan.common, {}
    for locale, shelf in plan.catalogues.items():
        shelf.replace(snapshot, products)
        stale = {name[1] for name, data in before.items() if name[0] == locale and _again(plan, name).key != data.key}
        wanted = set(shelf.ranks) if "product" in stale else _showing(plan, locale, products)
        touched = {product.category for product in products}
        yield from (plan.product(locale, shelf.products[shelf.ranks[i]]) for i in sorted(wanted))
        for category in shelf.categories:
            if "category" in stale or category["id"] in touched:
                yield from plan.category(locale, category)
        yield from plan.singles(locale)


def _again(plan: Plan, name: tuple[str, str, str]) -> Data:
    locale, template, key = name
    section = next(s for s in plan.look.templates[template]["sections"] if s["id"] == key)
    return plan.common_data(template, locale, section, plan.look.theme.sections[section["type"]]["data"])


def _showing(plan: Plan, locale: str, products: list[Product]) -> set[str]:
    """The products themselves, and those on whose pages they are shown."""
    ids, shelf = {product.id for product in products}, plan.catalogues[locale]
    for section in plan.look.templates["product"]["sections"]:
        shown_on = feeds.SHOWN_ON.get(plan.look.theme.sections[section["type"]].get("data", ""))
        if shown_on:
            for product in products:
                ids |= set(shown_on(shelf, section["settings"], product))
    return ids


def _sorted(made: Iterable[Output]) -> dict[str, Output]:
    return {output.path: output for output in sorted(made, key=lambda output: output.path)}
