"""What stands on the pages: links that lead somewhere, nothing inline, nothing foreign, what machines expect."""

import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from html import unescape
from urllib.parse import urlsplit

import pytest

from site_builder import feeds, seo
from site_builder.catalogue import Catalogue
from site_builder.check.page import page_faults
from site_builder.snapshot import Snapshot
from site_builder.target import find
from site_builder.theme import Theme
from site_builder.urls import Urls
from tests.site_builder.conftest import Built, make

ADDRESS = re.compile(r'\b(?:href|src|action)="([^"]*)"')
LIVE = re.compile(r"/api/|/-/")
SITEMAP = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "x": "http://www.w3.org/1999/xhtml"}


def test_every_page_is_sound_markup_with_nothing_inline(shop: Built) -> None:
    faults = {path: found for path, html in shop.html().items() if (found := page_faults(html))}
    assert faults == {}


def test_every_internal_address_leads_somewhere(shop: Built) -> None:
    origin = shop.snapshot.store.url
    lost = set()
    for path, html in shop.html().items():
        ids = set(re.findall(r'\bid="([^"]+)"', html))
        for address in map(unescape, ADDRESS.findall(html)):
            parts = urlsplit(address.removeprefix(origin))
            if parts.scheme in ("mailto", "http", "https"):
                continue
            if not parts.path:
                assert parts.fragment in ids, (path, address)
            elif not LIVE.match(parts.path) and find(shop.manifest, parts.path) is None:
                lost.add((path, address))
    assert lost == set()


def test_icons_used_exist_in_the_sprite(built_mall: Built) -> None:
    sprite = next(path for path in built_mall.manifest.entries if path.startswith("/assets/icons."))
    there = set(re.findall(r'<symbol id="([^"]+)"', built_mall.text(sprite)))
    used = {m for html in built_mall.html().values() for m in re.findall(rf'{re.escape(sprite)}#([^"]+)"', html)}
    assert used and used <= there
    scripts = "".join(built_mall.text(p) for p in built_mall.manifest.entries if p.endswith(".js"))
    named = set(re.findall(r'iconOf\("([^"]+)"\)', scripts)) | {"clock", "bolt", "check", "cross", "back"}
    assert named <= there


def test_no_page_sends_a_request_to_a_third_party(shop: Built) -> None:
    loads = re.compile(
        r'<(?:script|img|link rel="(?:stylesheet|icon|manifest)"|use|source)\b[^>]*(?:src|href)="([^"]*)"'
    )
    for path, html in shop.html().items():
        assert [a for a in loads.findall(html) if not a.startswith("/") or a.startswith("//")] == [], path


def test_hostile_words_stay_words(shop: Built) -> None:
    for path, html in shop.html().items():
        assert "<script>alert" not in html, path
        assert "onerror=" not in re.sub(r'"[^"]*"|>[^<]*<', "", html), path
        for block in re.findall(r'<script type="application/ld\+json">(.*?)</script>', html, re.S):
            json.loads(block)
            assert "<" not in block


def test_structured_data_of_a_product(built_mall: Built) -> None:
    html = built_mall.text("/p/steam-cn/index.html")
    blocks = [json.loads(b) for b in re.findall(r'<script type="application/ld\+json">(.*?)</script>', html)]
    product = next(block for block in blocks if block["@type"] == "Product")
    assert [offer["price"] for offer in product["offers"]] == ["48.80", "97.60", "195.00", "487.00"]
    assert {offer["availability"].rsplit("/", 1)[1] for offer in product["offers"]} == {
        "InStock",
        "LimitedAvailability",
    }
    assert (
        next(block for block in blocks if block["@type"] == "BreadcrumbList")["itemListElement"][1]["name"]
        == "游戏点卡"
    )


def test_alternates_point_at_each_other(built_mall: Built) -> None:
    origin = built_mall.snapshot.store.url
    for path, html in built_mall.html().items():
        found = dict(re.findall(r'rel="alternate" hreflang="([^"]+)" href="([^"]+)"', html))
        assert bool(found) != ('content="noindex"' in html), path
        if not found:
            continue
        assert set(found) == {"zh-CN", "en", "x-default"}
        for address in found.values():
            entry = find(built_mall.manifest, address.removeprefix(origin))
            assert entry is not None
            other = built_mall.sink.blobs[entry.sha256].decode()
            assert dict(re.findall(r'rel="alternate" hreflang="([^"]+)" href="([^"]+)"', other)) == found


def test_the_header_leads_to_the_same_page_in_the_other_language(built_mall: Built) -> None:
    seen = set()
    for path, html in built_mall.html().items():
        if path.endswith("maintenance.html"):  # it has no header
            continue
        here = path.removesuffix("index.html")
        other = here.removeprefix("/en") if here.startswith("/en/") else f"/en{here}"
        assert re.findall(r'<a class="tool tool-lang" href="([^"]+)"', html) == [other], path
        seen.add(here)
    assert {"/", "/en/", "/404.html"} <= seen and any(here.startswith("/en/p/") for here in seen)


def test_sitemap_lists_exactly_the_pages_to_be_indexed(shop: Built) -> None:
    tree = ET.fromstring(shop.body("/sitemap.xml"))  # noqa: S314 - our own output
    listed = {element.text for element in tree.findall("s:url/s:loc", SITEMAP)}
    canonical = {m for html in shop.html().values() for m in re.findall(r'rel="canonical" href="([^"]+)"', html)}
    checkout = {f"{shop.snapshot.store.url}{prefix}/checkout/" for prefix in ("", "/en")}
    assert listed == canonical - checkout and checkout < canonical
    for url in tree.findall("s:url", SITEMAP):
        assert len(url.findall("x:link", SITEMAP)) == 3


def test_a_long_sitemap_is_split_into_files_that_together_list_every_page(
    mall: Snapshot, classic: Theme, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert seo.SITEMAP_LIMIT <= 50_000, "sitemaps.org: no file may list more"
    whole = make(mall, classic)
    monkeypatch.setattr(seo, "SITEMAP_LIMIT", 7)
    parted = make(mall, classic)
    index = ET.fromstring(parted.body("/sitemap.xml"))  # noqa: S314 - our own output
    files = [text.removeprefix(mall.store.url) for e in index.findall("s:sitemap/s:loc", SITEMAP) if (text := e.text)]
    parts = [ET.fromstring(parted.body(path)).findall("s:url/s:loc", SITEMAP) for path in files]  # noqa: S314 - as above
    assert len(files) > 5 and all(1 <= len(part) <= 7 for part in parts)
    listed = [e.text for e in ET.fromstring(whole.body("/sitemap.xml")).findall("s:url/s:loc", SITEMAP)]  # noqa: S314
    assert [e.text for part in parts for e in part] == listed


def test_private_pages_are_kept_out_of_search_engines(built_mall: Built) -> None:
    robots = built_mall.text("/robots.txt")
    for name in ("cart", "order", "lookup", "claim", "search"):
        assert 'name="robots" content="noindex"' in built_mall.text(f"/{name}/index.html")
        assert f"Disallow: /{name}/\n" in robots and f"Disallow: /en/{name}/\n" in robots
    assert "checkout" not in robots, "it shows nothing but the visitor's own cart"
    assert "Sitemap: http://yunka.localhost:8080/sitemap.xml" in robots


def test_feed_manifest_and_search_index_are_well_formed(shop: Built) -> None:
    count = len(shop.snapshot.products)
    assert len(ET.fromstring(shop.body("/feed.xml")).findall("channel/item")) == count  # noqa: S314 - our own output
    manifest = json.loads(shop.body("/manifest.webmanifest"))
    assert manifest["start_url"] == "/"
    assert {(one["sizes"], one["purpose"]) for one in manifest["icons"]} == {
        ("any", "any"), ("192x192", "any"), ("512x512", "any"), ("512x512", "maskable"),
    }  # fmt: skip
    for one in manifest["icons"]:
        assert shop.manifest.entries[one["src"]].content_type.startswith(one["type"])
    rows = json.loads(shop.body("/search.json"))
    assert len(rows) == count
    assert all(find(shop.manifest, row[2]) and find(shop.manifest, row[3]) for row in rows)


def test_every_picture_is_well_formed(shop: Built) -> None:
    for path in shop.manifest.entries:
        if path.endswith(".svg"):
            ET.fromstring(shop.body(path))  # noqa: S314 - our own output
    assert shop.body("/og.png")[:8] == b"\x89PNG\r\n\x1a\n"


def test_a_given_picture_is_shown_and_none_drawn(built_mall: Built, classic) -> None:
    from tests.site_builder.conftest import make

    first, *others = built_mall.snapshot.products
    pictured = replace(built_mall.snapshot, products=(replace(first, image="/media/steam.webp"), *others))
    other = make(pictured, classic)
    html = other.text(f"/p/{first.slug}/index.html")
    assert '<img src="/media/steam.webp"' in html
    assert 'property="og:image" content="http://yunka.localhost:8080/media/steam.webp"' in html


def test_without_hot_goods_the_first_in_stock_are_shown(mall: Snapshot) -> None:
    cold = replace(mall, products=tuple(replace(product, hot=False) for product in mall.products))
    shelf = Catalogue(cold, Urls("en", "zh-CN"))
    shown = feeds.hot_products(shelf, {"limit": 4}, None)["products"]
    there = [card for card in shelf.cards.values() if card["stock"] != "out"]
    assert shown == there[:4] and len(shown) == 4


def test_sold_out_goods_cannot_be_chosen(built_mall: Built) -> None:
    html = built_mall.text("/p/telecom-cn/index.html")
    assert html.count(" disabled>") >= 2
    assert " checked>" not in html
    partly = built_mall.text("/p/xbox-gpu/index.html")
    assert len(re.findall(r'<input type="radio"[^>]* disabled>', partly)) == 1
    assert len(re.findall(r'<input type="radio"[^>]* checked>', partly)) == 1


def test_long_categories_run_over_several_pages(classic) -> None:
    from site_builder.samples import sample
    from tests.site_builder.conftest import make

    site = make(sample(400), classic)
    pages = sorted(path for path in site.manifest.entries if path.startswith("/c/games/"))
    assert pages == ["/c/games/2/index.html", "/c/games/3/index.html", "/c/games/index.html"]
    shown = [slug for path in pages for slug in re.findall(r'card-name"><a href="/p/([^/]+)/"', site.text(path))]
    assert len(shown) == len(set(shown)) == len([p for p in site.snapshot.products if p.category == "cat_games"])
    assert 'rel="next" href="/c/games/2/"' in site.text("/c/games/index.html")


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_pages_speak_one_language(built_mall: Built, locale: str) -> None:
    path = "/checkout/index.html" if locale == "zh-CN" else "/en/checkout/index.html"
    html = built_mall.text(path)
    assert ("邮箱或手机号" in html) == (locale == "zh-CN")
    assert ("E-mail or phone number" in html) == (locale == "en")
