"""Which pages a store has, and exactly what each one depends on."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

from site_builder import feeds, markup, urls
from site_builder.catalogue import Catalogue
from site_builder.hashing import Data, fingerprint
from site_builder.snapshot import Product, Snapshot
from site_builder.texts import Translator
from site_builder.theme import Look
from site_builder.urls import Urls

PER_PAGE = 60
SEARCH_IN_PAGE = 500
"""Up to so many products the search runs in the page; beyond, it asks the store's API."""
PRIVATE = ("cart", "checkout", "order", "lookup", "claim")


@dataclass(frozen=True, slots=True)
class Shown:
    """What stands on a page: `context` is all its sections show beyond the shared parts."""

    title: str
    description: str
    context: Mapping[str, Any] = field(repr=False)
    image: str = ""


@dataclass(frozen=True)
class PageSpec:
    """One page. `rest` is its path without the locale's prefix.

    What it shows is worked out when first asked for, so that processes share this work as well.
    """

    kind: str
    rest: str
    locale: str
    fill: Callable[[], Shown] = field(repr=False, compare=False)
    indexed: bool = True

    @cached_property
    def shown(self) -> Shown:
        return self.fill()

    def forget(self) -> None:
        """Let go what it shows until it is asked for again: ten thousand pages made need not be kept."""
        self.__dict__.pop("shown", None)

    @property
    def title(self) -> str:
        return self.shown.title

    @property
    def description(self) -> str:
        return self.shown.description

    @property
    def context(self) -> Mapping[str, Any]:
        return self.shown.context

    @property
    def image(self) -> str:
        return self.shown.image

    def key(self, *shared: str) -> str:
        shown = [self.kind, self.rest, self.locale, self.title, self.description, self.indexed, self.image]
        return fingerprint([*shared, shown, self.context])


class Plan:
    """Everything known about a site before a template runs. Cheap: shaping and hashing, no rendering."""

    def __init__(self, snapshot: Snapshot, look: Look) -> None:
        self.snapshot, self.look = snapshot, look
        store = snapshot.store
        self.addresses = {name: Urls(name, store.locale) for name in store.locales}
        self.translators = {name: Translator(name, look.theme.locales[name]) for name in store.locales}
        self.catalogues = {name: Catalogue(snapshot, address, look.art) for name, address in self.addresses.items()}
        self.shops = {name: self._shop(name) for name in store.locales}
        self.common: dict[tuple[str, str, str], Data] = {}
        self.pages = [page for name in store.locales for page in self._pages(name)]

    def _shop(self, locale: str) -> Data:
        """What header, footer and every page know about the store."""
        store, address, shelf = self.snapshot.store, self.addresses[locale], self.catalogues[locale]
        filled = [c for c in shelf.categories if shelf.members[c["id"]]]
        about = shelf.say(store.about)
        name = shelf.say(store.name)
        contact = {k: getattr(store.contact, k) or "" for k in ("wechat", "qq", "telegram", "email")}
        return Data(
            {
                "id": store.id, "handle": store.handle, "name": name, "url": store.url, "locale": locale,
                "locales": list(store.locales), "currency": store.currency, "logo": store.logo or "",
                "contact": contact, "announcement": shelf.say(store.announcement), "about": about,
                "tagline": markup.to_plain(about, 120) or self.translators[locale]("titles.tagline", name=name),
                "home": address.to("/"), "prefix": address.prefix, "urls": address.fixed(), "categories": filled,
                "search": "page" if len(self.snapshot.products) <= SEARCH_IN_PAGE else "api",
                "pages": [
                    {"slug": p.slug, "title": shelf.say(p.title), "url": address.to(urls.page(p.slug))}
                    for p in self.snapshot.pages
                ],
            }
        )  # fmt: skip

    def _pages(self, locale: str) -> Iterator[PageSpec]:
        shelf = self.catalogues[locale]
        for product in shelf.products:
            yield self.product(locale, product)
        for category in shelf.categories:
            yield from self.category(locale, category)
        yield from self.singles(locale)

    def singles(self, locale: str) -> Iterator[PageSpec]:
        """The pages that belong to no product and no category."""
        t, shop, shelf = self.translators[locale], self.shops[locale], self.catalogues[locale]
        yield self._page("index", "/", locale, t("titles.home", name=shop["name"]), shop["tagline"])
        for kind in ("search", *PRIVATE):
            title = t(f"titles.{kind}")
            # Checkout shows nothing but the visitor's own cart; that it may be crawled is what audits of shops ask for.
            yield self._page(kind, urls.FIXED[kind], locale, title, title, indexed=kind == "checkout")
        yield from self._written(locale, shelf)
        for kind, name in (("404", "not_found"), ("maintenance", "maintenance")):
            title = t(f"titles.{name}")
            yield self._page(kind, f"/{kind}.html", locale, title, title, indexed=False)

    def _page(self, kind: str, rest: str, locale: str, title: str, description: str, *, indexed: bool = True,
              **context: Any) -> PageSpec:  # fmt: skip
        data = {"sections": self._section_data(kind, locale, None), **context}
        return PageSpec(kind, rest, locale, lambda: Shown(title, description, data), indexed)

    def _section_data(self, template: str, locale: str, product: Product | None) -> dict[str, Any]:
        out, theme = {}, self.look.theme
        for section in self.look.templates[template]["sections"]:
            wanted = theme.sections[section["type"]].get("data")
            if wanted in feeds.SHOWN_ON:
                out[section["id"]] = feeds.PROVIDERS[wanted](self.catalogues[locale], section["settings"], product)
            elif wanted:
                out[section["id"]] = self.common_data(template, locale, section, wanted)
        return out

    def common_data(self, template: str, locale: str, section: Mapping[str, Any], wanted: str) -> Data:
        """The data of a section that shows the same on every page of its kind, worked out once."""
        name = (locale, template, section["id"])
        if name not in self.common:
            found = feeds.PROVIDERS[wanted](self.catalogues[locale], section["settings"], None)
            self.common[name] = Data(found)
        return self.common[name]

    def product(self, locale: str, product: Product) -> PageSpec:
        return PageSpec("product", urls.product(product.slug), locale, partial(self._product, locale, product))

    def _product(self, locale: str, product: Product) -> Shown:
        shown, t = self.catalogues[locale].full(product), self.translators[locale]
        values = " / ".join(shown["values"])
        description = t("titles.product_description", name=shown["name"], category=shown["category"], values=values)
        data = {"sections": self._section_data("product", locale, product), "product_data": shown}
        return Shown(shown["name"], description, data, "" if shown["image"]["drawn"] else shown["image"]["src"])

    def category(self, locale: str, category: Data) -> Iterator[PageSpec]:
        members, t = self.catalogues[locale].members[category["id"]], self.translators[locale]
        parts = [members[i : i + PER_PAGE] for i in range(0, len(members), PER_PAGE)] or [[]]
        for number, part in enumerate(parts, 1):
            title = category["name"] if number == 1 else t("titles.category_page", name=category["name"], number=number)
            description = t("titles.category_description", name=category["name"], shop=self.shops[locale]["name"])
            yield self._page(
                "category", urls.category(category["slug"], number), locale, title, description,
                category=category, products=part, total=len(members),
                pages=_pager(self.addresses[locale], category["slug"], number, len(parts)),
            )  # fmt: skip

    def _written(self, locale: str, shelf: Catalogue) -> Iterator[PageSpec]:
        """The owner's pages, with a help page for those who wrote none, and the announcement."""
        t, store, given = self.translators[locale], self.snapshot.store, {p.slug for p in self.snapshot.pages}
        written = [(p.slug, shelf.say(p.title), shelf.say(p.body)) for p in self.snapshot.pages]
        if "help" not in given:
            written.append(("help", t("titles.help"), ""))
        if "about" not in given:
            written.append(("about", t("titles.about"), shelf.say(store.about)))
        for slug, title, body in written:
            description = markup.to_plain(body) or title
            yield self._page("page", urls.page(slug), locale, title, description, slug=slug, body=body)
        title, body = t("titles.announcement"), shelf.say(store.announcement)
        yield self._page(
            "announcement",
            urls.FIXED["announcement"],
            locale,
            title,
            markup.to_plain(body) or title,
            body=body,
        )


def _pager(address: Urls, slug: str, here: int, count: int) -> dict[str, Any]:
    """Neighbours and a short window of page links; None marks a gap."""
    near = sorted({1, count, *range(max(1, here - 1), min(count, here + 1) + 1)})
    rows: list[dict[str, Any] | None] = []
    for before, number in zip([0, *near], near, strict=False):
        if number - before > 1:
            rows.append(None)
        rows.append({"number": number, "url": address.to(urls.category(slug, number)), "here": number == here})
    previous = address.to(urls.category(slug, here - 1)) if here > 1 else ""
    following = address.to(urls.category(slug, here + 1)) if here < count else ""
    return {"number": here, "count": count, "previous": previous, "next": following, "links": rows}
