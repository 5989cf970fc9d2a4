"""What machines read: structured data, sitemaps, robots, the product feed, the web manifest."""

import json
from collections.abc import Iterable
from typing import Any

from site_builder import money
from site_builder.hashing import Data, canonical
from site_builder.snapshot import Snapshot
from site_builder.xmltext import escape

AVAILABILITY = {"in_stock": "InStock", "low": "LimitedAvailability", "out": "OutOfStock"}
SITEMAP_LIMIT = 20_000
XML = '<?xml version="1.0" encoding="UTF-8"?>\n'


def script_json(value: Any) -> str:
    """JSON that can stand inside a <script> data block whatever strangers wrote into it."""
    text = canonical(value).decode()
    for bad, good in (
        ("<", "\\u003c"),
        (">", "\\u003e"),
        ("&", "\\u0026"),
        ("\u2028", "\\u2028"),
        ("\u2029", "\\u2029"),
    ):
        text = text.replace(bad, good)
    return text


def home_ld(store: dict[str, Any], search_url: str) -> dict[str, Any]:
    return {
        "@context": "https://schema.org",
        "@type": "WebSite",
        "name": store["name"],
        "url": store["url"] + "/",
        "potentialAction": {
            "@type": "SearchAction",
            "target": f"{store['url']}{search_url}?q={{search_term_string}}",
            "query-input": "required name=search_term_string",
        },
    }


def product_ld(store: dict[str, Any], product: dict[str, Any], description: str) -> list[dict[str, Any]]:
    """Product with one offer per SKU, and the breadcrumb trail."""
    address = store["url"] + product["url"]
    offers = [
        {
            "@type": "Offer",
            "sku": sku["id"],
            "name": sku["name"],
            "price": money.decimal(sku["price"]["amount"], sku["price"]["currency"]),
            "priceCurrency": sku["price"]["currency"],
            "availability": "https://schema.org/" + AVAILABILITY[sku["stock"]],
            "url": address,
        }
        for sku in product["skus"]
    ]
    item = {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": product["name"],
        "category": product["category"],
        "image": [store["url"] + product["image"]["src"]],
        "url": address,
        "offers": offers,
    }
    if description:
        item["description"] = description
    trail = [
        (store["name"], store["home"]),
        (product["category"], product["category_url"]),
        (product["name"], product["url"]),
    ]
    return [item, breadcrumbs(store["url"], trail)]


def breadcrumbs(origin: str, trail: Iterable[tuple[str, str]]) -> dict[str, Any]:
    steps = [
        {"@type": "ListItem", "position": place, "name": name, "item": origin + path}
        for place, (name, path) in enumerate(trail, 1)
    ]
    return {"@context": "https://schema.org", "@type": "BreadcrumbList", "itemListElement": steps}


def sitemaps(snapshot: Snapshot, pages: Iterable[dict[str, str]]) -> dict[str, str]:
    """Files by path. `pages`: one {locale: path} per page, "x-default" not included. Split when very long."""
    origin, own = snapshot.store.url, snapshot.store.locale
    entries = [entry for page in pages for entry in _entries(origin, own, page)]
    if len(entries) <= SITEMAP_LIMIT:
        return {"/sitemap.xml": _urlset(entries)}
    parts = [entries[i : i + SITEMAP_LIMIT] for i in range(0, len(entries), SITEMAP_LIMIT)]
    files = {f"/sitemap-{number}.xml": _urlset(part) for number, part in enumerate(parts, 1)}
    rows = "".join(f"<sitemap><loc>{escape(origin + path)}</loc></sitemap>\n" for path in files)
    head = '<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    return {"/sitemap.xml": f"{XML}{head}{rows}</sitemapindex>\n", **files}


def _entries(origin: str, own: str, page: dict[str, str]) -> Iterable[str]:
    links = ""
    if len(page) > 1:
        languages = [*page.items(), ("x-default", page[own])]
        links = "".join(
            f'<xhtml:link rel="alternate" hreflang="{c}" href="{escape(origin + p)}"/>' for c, p in languages
        )
    for path in page.values():
        yield f"<url><loc>{escape(origin + path)}</loc>{links}</url>\n"


def _urlset(entries: list[str]) -> str:
    head = '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml">\n'
    return f"{XML}{head}{''.join(entries)}</urlset>\n"


def robots(origin: str, private: Iterable[str]) -> str:
    rows = "".join(f"Disallow: {path}\n" for path in sorted(private))
    return f"User-agent: *\n{rows}Disallow: /api/\n\nSitemap: {origin}/sitemap.xml\n"


def feed(store: dict[str, Any], home: str, cards: Iterable[Data], made: dict[str, str]) -> str:
    """RSS 2.0 with merchant fields. No dates: the snapshot has none, and the same goods must give the same bytes.

    `made` keeps the items by the keys of their cards from one build of the store to the next.
    """
    items = "".join(made.get(card.key) or made.setdefault(card.key, _item(store["url"], card)) for card in cards)
    return (
        f'{XML}<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel>\n'
        f"<title>{escape(store['name'])}</title><link>{escape(store['url'] + home)}</link>"
        f"<description>{escape(store['tagline'])}</description><language>{store['locale'].lower()}</language>\n"
        f"{items}</channel></rss>\n"
    )


def _item(origin: str, card: dict[str, Any]) -> str:
    price = card["price"]
    amount = f"{money.decimal(price['amount'], price['currency'])} {price['currency']}"
    state = "out_of_stock" if card["stock"] == "out" else "in_stock"
    link = escape(origin + card["url"])
    return (
        f"<item><title>{escape(card['name'])}</title><link>{link}</link>"
        f'<guid isPermaLink="true">{link}</guid><category>{escape(card["category"])}</category>'
        f"<g:id>{escape(card['id'])}</g:id><g:price>{amount}</g:price><g:availability>{state}</g:availability>"
        f"<g:image_link>{escape(origin + card['image']['src'])}</g:image_link></item>\n"
    )


def web_manifest(
    store: dict[str, Any], home: str, icons: Iterable[tuple[str, str, str, str]], tokens: dict[str, dict[str, str]]
) -> str:
    """`icons`: (address, sizes, type, purpose) each."""
    body = {
        "name": store["name"],
        "short_name": store["name"][:12],
        "start_url": home,
        "scope": "/",
        "display": "standalone",
        "lang": store["locale"],
        "background_color": tokens["light"]["color-bg"],
        "theme_color": tokens["light"]["color-brand"],
        "icons": [dict(zip(("src", "sizes", "type", "purpose"), icon, strict=True)) for icon in icons],
    }
    return json.dumps(body, ensure_ascii=False, sort_keys=True) + "\n"
