"""Same snapshot, same bytes; a change makes again what depends on it, and nothing else."""

import gzip
from dataclasses import replace
from typing import Any

import pytest

from site_builder.build import build
from site_builder.errors import ThemeError
from site_builder.hashing import sha256
from site_builder.samples import sample
from site_builder.snapshot import Snapshot
from site_builder.theme import Theme, find
from tests.site_builder.conftest import Built, Memory, make


def with_product(snapshot: Snapshot, slug: str, **changes: Any) -> Snapshot:
    products = tuple(replace(p, **changes) if p.slug == slug else p for p in snapshot.products)
    return replace(snapshot, products=products)


def with_price(snapshot: Snapshot, slug: str, amount: int) -> Snapshot:
    """The first SKU of a product at another price."""
    product = next(p for p in snapshot.products if p.slug == slug)
    first, *others = product.skus
    return with_product(snapshot, slug, skus=(replace(first, price=replace(first.price, amount=amount)), *others))


def differing(one: Built, other: Built) -> set[str]:
    """Paths whose bytes are not the same in both."""
    left, right = one.manifest.entries, other.manifest.entries
    same = {path for path in left.keys() & right.keys() if left[path].sha256 == right[path].sha256}
    return (left.keys() | right.keys()) - same


def test_building_twice_gives_the_same_manifest_and_bytes(shop: Built) -> None:
    again = make(shop.snapshot, find(shop.snapshot.theme.handle))
    assert again.manifest.dump() == shop.manifest.dump()
    assert again.sink.blobs == shop.sink.blobs


def test_the_order_of_the_snapshots_lists_does_not_matter(built_mall: Built, classic: Theme) -> None:
    snapshot = built_mall.snapshot
    turned = replace(snapshot, products=snapshot.products[::-1], categories=snapshot.categories[::-1])
    assert make(turned, classic).manifest.dump() == built_mall.manifest.dump()


def test_every_entry_is_what_it_says(shop: Built) -> None:
    for path, entry in shop.manifest.entries.items():
        body = shop.sink.blobs[entry.sha256]
        assert sha256(body) == entry.sha256, path
        assert len(body) == entry.size, path
        if packed := entry.encodings.get("gzip"):
            assert gzip.decompress(shop.sink.blobs[packed]) == body, path
            assert len(shop.sink.blobs[packed]) < len(body), path
    assert set(shop.sink.blobs) == shop.manifest.blobs()


def test_text_of_any_size_is_compressed_beforehand(built_mall: Built) -> None:
    texts = {p: e for p, e in built_mall.manifest.entries.items() if not p.endswith(".png")}
    heavy = [p for p, e in texts.items() if e.size > 4096 and not e.encodings]
    assert heavy == []


def test_only_named_by_content_is_cached_for_ever(built_mall: Built) -> None:
    for path, entry in built_mall.manifest.entries.items():
        assert (entry.cache == "immutable") == path.startswith("/assets/"), path


def test_nothing_changed_makes_nothing(built_mall: Built, classic: Theme) -> None:
    again = make(built_mall.snapshot, classic, built_mall.manifest)
    assert again.result.stats.made == ()
    assert again.sink.puts == []
    assert again.manifest.dump() == built_mall.manifest.dump()


def test_a_price_makes_exactly_the_pages_that_show_it(built_mall: Built, classic: Theme) -> None:
    """sku 1 of cnki-card is its cheapest: cards show it. It stands on its page, its category, home, its neighbours'."""
    changed = with_price(built_mall.snapshot, "cnki-card", 4600)
    partial = make(changed, classic, built_mall.manifest)
    pages = {"/p/cnki-card/", "/c/edu/", "/", "/p/duolingo/", "/p/kaoyan-notes/"}
    expected = {f"{prefix}{page}index.html" for prefix in ("", "/en") for page in pages}
    expected |= {f"{prefix}/{name}" for prefix in ("", "/en") for name in ("feed.xml", "search.json")}
    assert set(partial.result.stats.made) == expected
    whole = make(changed, classic)
    assert partial.manifest.dump() == whole.manifest.dump()
    assert differing(whole, built_mall) == expected


def test_a_price_no_card_shows_changes_the_products_own_page_only(built_mall: Built, classic: Theme) -> None:
    product = next(p for p in built_mall.snapshot.products if p.slug == "steam-cn")
    dear = product.skus[-1]
    skus = (*product.skus[:-1], replace(dear, price=replace(dear.price, amount=dear.price.amount + 100)))
    changed = with_product(built_mall.snapshot, "steam-cn", skus=skus)
    made = make(changed, classic, built_mall.manifest).result.stats.made
    assert set(made) == {"/p/steam-cn/index.html", "/en/p/steam-cn/index.html"}


def test_a_description_changes_one_page_in_the_language_it_is_in(built_mall: Built, classic: Theme) -> None:
    changed = with_product(built_mall.snapshot, "wps-super", description={"zh-CN": "新说明", "en": ""})
    made = make(changed, classic, built_mall.manifest).result.stats.made
    assert set(made) == {"/p/wps-super/index.html", "/en/p/wps-super/index.html"}
    again = with_product(changed, "wps-super", description={"zh-CN": "更新的说明", "en": ""})
    first = make(changed, classic)
    second = make(again, classic, first.manifest)
    assert "/p/wps-super/index.html" in second.result.stats.made
    assert "/c/office/index.html" not in second.result.stats.made


def test_a_new_product_and_a_removed_one(built_mall: Built, classic: Theme) -> None:
    fewer = replace(built_mall.snapshot, products=built_mall.snapshot.products[:-1])
    without = make(fewer, classic, built_mall.manifest)
    assert "/p/meituan/index.html" not in without.manifest.entries
    assert without.manifest.dump() == make(fewer, classic).manifest.dump()
    back = make(built_mall.snapshot, classic, without.manifest)
    assert back.manifest.dump() == built_mall.manifest.dump()


def test_a_setting_changes_every_page(built_mall: Built, classic: Theme) -> None:
    theme = replace(built_mall.snapshot.theme, settings={"brand_color": "#a02060"})
    other = make(replace(built_mall.snapshot, theme=theme), classic, built_mall.manifest)
    assert set(built_mall.html()) <= set(other.result.stats.made)
    assert differing(other, built_mall) >= set(built_mall.html())


def test_the_theme_hash_is_part_of_every_page(built_mall: Built, classic: Theme) -> None:
    files = {**classic.files, "snippets/price.html.j2": classic.files["snippets/price.html.j2"] + "<!-- -->"}
    other = make(built_mall.snapshot, Theme("classic", files), built_mall.manifest)
    assert set(built_mall.html()) <= set(other.result.stats.made)


@pytest.mark.parametrize("size", [0, 12, 5000])
def test_shops_of_every_size(size: int, classic: Theme) -> None:
    steps: list[tuple[int, int]] = []
    sink = Memory()
    snapshot = sample(size)
    # One language halves the longest test; both are built everywhere else.
    snapshot = replace(snapshot, store=replace(snapshot.store, locales=("zh-CN",)))
    result = build(snapshot, classic, sink=sink, progress=lambda done, total: steps.append((done, total)))
    pages = [path for path in result.manifest.entries if "/p/" in path]
    assert len(pages) == size
    assert steps[-1] == (result.stats.files, result.stats.files)
    in_page = "/search.json" in result.manifest.entries
    assert in_page == (size <= 500)
    mode = b'data-search="page"' if in_page else b'data-search="api"'
    assert mode in sink.blobs[result.manifest.entries["/index.html"].sha256]
    assert len(result.manifest.entries["/index.html"].encodings) == 1


def test_several_processes_make_the_same_site(classic: Theme) -> None:
    snapshot = sample(260)
    alone, shared = make(snapshot, classic), make(snapshot, classic, processes=2)
    assert alone.manifest.dump() == shared.manifest.dump()
    assert alone.sink.blobs == shared.sink.blobs


def test_the_stores_language_stands_at_the_root(built_mall: Built, classic: Theme) -> None:
    english = replace(built_mall.snapshot.store, locale="en")
    other = make(replace(built_mall.snapshot, store=english), classic)
    assert '<html lang="en"' in other.text("/index.html")
    assert '<html lang="zh-CN"' in other.text("/zh/index.html")
    assert '<html lang="zh-CN"' in built_mall.text("/index.html")


def test_a_store_of_one_language(built_mall: Built, classic: Theme) -> None:
    store = replace(built_mall.snapshot.store, locales=("zh-CN",))
    single = make(replace(built_mall.snapshot, store=store), classic)
    assert not [path for path in single.manifest.entries if path.startswith("/en/")]
    assert "hreflang" not in single.text("/index.html")


@pytest.mark.parametrize(
    ("choice", "where"),
    [
        ({"preset": "unknown"}, "theme/preset"),
        ({"settings": {"brand_color": "red"}}, "theme/settings/brand_color"),
        ({"settings": {"nothing": 1}}, "theme/settings/nothing"),
        ({"templates": {"index": {"sections": {"a": {"type": "nothing"}}, "order": ["a"]}}}, "templates/index/a"),
        ({"templates": {"index": {"sections": {}, "order": ["a"]}}}, "templates/index"),
    ],
)
def test_a_choice_the_theme_cannot_meet_is_refused(
    choice: dict[str, Any], where: str, mall: Snapshot, classic: Theme
) -> None:
    sink = Memory()
    with pytest.raises(ThemeError) as caught:
        build(replace(mall, theme=replace(mall.theme, **choice)), classic, sink=sink)
    assert where in [problem.where for problem in caught.value.problems]
    assert sink.blobs == {}


def test_a_store_may_lay_out_its_own_home(mall: Snapshot, classic: Theme) -> None:
    layout = {
        "sections": {"only": {"type": "hot-products", "settings": {"limit": 3, "style": "row"}}},
        "order": ["only"],
    }
    own = make(replace(mall, theme=replace(mall.theme, templates={"index": layout})), classic)
    home = own.text("/index.html")
    assert home.count('class="card card-row') == 3
    assert "hero" not in home.split("<main", 1)[1]
