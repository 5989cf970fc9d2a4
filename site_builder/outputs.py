"""Every file of a site that is no page: assets, card art, and what machines ask for by a fixed name."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from site_builder import art, color, emblem, money, seo
from site_builder.assets import TYPES
from site_builder.hashing import canonical, digest
from site_builder.manifest import Cache
from site_builder.plan import PRIVATE
from site_builder.render import OG_IMAGE, Renderer, page_file

HTML = "text/html; charset=utf-8"
XML_TYPE = "application/xml; charset=utf-8"
APP_ICONS = (
    ("/icon-192.png", 192, False),
    ("/icon-512.png", 512, False),
    ("/icon-maskable-512.png", 512, True),
    ("/apple-touch-icon.png", 180, False),
)
"""Path, pixels, and whether a mask may cut the edges off. Phones look for the last one by its name."""
MANIFEST_ICONS = [
    ("/icon.svg", "any", "image/svg+xml", "any"),
    *((path, f"{size}x{size}", "image/png", "maskable" if safe else "any") for path, size, safe in APP_ICONS[:3]),
]


@dataclass
class Output:
    """A file to be: made only when `key` is new. Pages carry `page`, their place in the plan, instead of `make`.

    The key of a page is "" until it is asked for or the page is made: `key_of`.
    """

    path: str
    content_type: str
    cache: Cache
    key: str
    make: Callable[[], bytes] | None = None
    page: int = -1


def outputs(renderer: Renderer) -> list[Output]:
    """All files of the site."""
    return [*lasting(renderer), *of_products(renderer)]


def lasting(renderer: Renderer) -> list[Output]:
    """The files that no change within products brings or takes away, pages first."""
    return [
        *pages(renderer, range(len(renderer.plan.pages))),
        *_assets(renderer),
        *_icons(renderer),
        *_crawlers(renderer),
    ]


def of_products(renderer: Renderer) -> list[Output]:
    """The files beside the pages that a change within products can touch, art first."""
    return [*_art(renderer), *_indexes(renderer)]


def pages(renderer: Renderer, places: Iterable[int]) -> Iterator[Output]:
    """The pages at these places of the plan."""
    for place in places:
        yield Output(page_file(renderer.plan.pages[place], renderer), HTML, "revalidate", "", page=place)


def key_of(output: Output, renderer: Renderer) -> str:
    """The dependency key: a hash of all that decides the bytes."""
    if not output.key:
        page = renderer.plan.pages[output.page]
        output.key = page.key(renderer.keys[page.locale])
    return output.key


def _assets(renderer: Renderer) -> Iterator[Output]:
    for asset in renderer.assets.all():
        yield Output(asset.url, asset.content_type, "immutable", asset.url, lambda body=asset.body: body)


def _art(renderer: Renderer) -> Iterator[Output]:
    shelves = renderer.plan.catalogues.values()
    specs = {p.src: p.spec for shelf in shelves for p in shelf.pictures.values() if p.spec}
    for url, spec in sorted(specs.items()):
        yield Output(url, TYPES[".svg"], "immutable", url, lambda spec=spec: art.draw(spec).encode())


def _icons(renderer: Renderer) -> Iterator[Output]:
    tokens, shop = renderer.look.tokens["light"], renderer.plan.shops[renderer.plan.snapshot.store.locale]
    brand, ground = tokens["color-brand"], tokens["color-bg"]
    ink = color.ink_on(brand)
    letter = shop["name"][:40]
    yield Output(
        "/icon.svg",
        TYPES[".svg"],
        "revalidate",
        digest(["icon", letter, brand, ink]),
        lambda: emblem.icon(letter, brand, ink).encode(),
    )
    for path, size, safe in APP_ICONS:
        key = digest(["app icon", size, safe, brand, ink])
        make = partial(emblem.app_icon, size, brand, ink, safe=safe)
        yield Output(path, "image/png", "revalidate", key, make)
    yield Output(
        OG_IMAGE,
        "image/png",
        "revalidate",
        digest(["share", brand, ground]),
        lambda: emblem.share_picture(brand, ground),
    )


def _indexes(renderer: Renderer) -> Iterator[Output]:
    """Per locale: the search index of a small shop, the feed, the web manifest."""
    plan = renderer.plan
    for locale, shop in plan.shops.items():
        prefix, shelf = shop["prefix"], plan.catalogues[locale]
        cards = [shelf.cards[product.id] for product in shelf.products]
        listed = digest([shop.key, [card.key for card in cards]])
        if shop["search"] == "page":
            rows = [search_row(card) for card in cards]
            yield Output(
                f"{prefix}/search.json",
                TYPES[".json"],
                "revalidate",
                digest(["search", rows]),
                lambda rows=rows: canonical(rows),
            )
        yield Output(f"{prefix}/feed.xml", "application/rss+xml; charset=utf-8", "revalidate", digest(["feed", listed]),
                     lambda shop=shop, items=renderer.feed_items[locale], cards=cards:
                     seo.feed(shop, shop["home"], cards, items).encode())  # fmt: skip
        text = seo.web_manifest(shop, shop["home"], MANIFEST_ICONS, renderer.look.tokens)
        yield Output(
            f"{prefix}/manifest.webmanifest",
            "application/manifest+json",
            "revalidate",
            digest(text),
            lambda text=text: text.encode(),
        )


def search_row(card: dict) -> list:
    """[name, category, url, picture, lowest price, varies, stock]: positions, because names would double the file."""
    price = money.display(card["price"]["amount"], card["price"]["currency"])
    return [
        card["name"],
        card["category"],
        card["url"],
        card["image"]["src"],
        price,
        int(card["varies"]),
        card["stock"],
    ]


def _crawlers(renderer: Renderer) -> Iterator[Output]:
    plan, origin = renderer.plan, renderer.plan.snapshot.store.url
    own = plan.snapshot.store.locale
    rests = [page.rest for page in plan.pages if page.indexed and page.kind not in PRIVATE and page.locale == own]
    pages = [{name: address.to(rest) for name, address in plan.addresses.items()} for rest in rests]
    key = digest(["sitemap", origin, pages])
    files = seo.sitemaps(plan.snapshot, pages)
    for path, text in files.items():
        yield Output(path, XML_TYPE, "revalidate", digest([key, path]), lambda text=text: text.encode())
    closed = [page.rest for page in plan.pages if not page.indexed and page.rest.endswith("/") and page.locale == own]
    private = [address.to(rest) for address in plan.addresses.values() for rest in closed]
    text = seo.robots(origin, private)
    yield Output("/robots.txt", TYPES[".txt"], "revalidate", digest(["robots", text]), lambda: text.encode())
