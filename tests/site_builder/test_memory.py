"""A build that remembers the last one: the same bytes as a build from nothing, for the work of what has changed."""

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from site_builder import memory as memories
from site_builder import target
from site_builder.build import build
from site_builder.errors import MissingBuild, RenderError
from site_builder.manifest import Manifest
from site_builder.memory import Memory, Prepared
from site_builder.objects import FolderStore
from site_builder.release import release
from site_builder.samples import sample
from site_builder.snapshot import Product, Snapshot
from site_builder.target import Site
from site_builder.theme import Theme
from tests.site_builder.conftest import Memory as Sink
from tests.site_builder.conftest import make
from tests.site_builder.test_build import with_price, with_product

PREFIX = "sites/sto_1"


class Counting(FolderStore):
    """A folder that counts what is asked of it."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.calls: Counter[str] = Counter()
        self.listed = 0

    def get(self, key: str) -> bytes | None:
        self.calls["get"] += 1
        return super().get(key)

    def put(self, key: str, data: bytes, content_type: str) -> None:
        self.calls["put"] += 1
        super().put(key, data, content_type)

    def list(self, prefix: str) -> Iterable[str]:
        found = list(super().list(prefix))
        self.calls["list"] += 1
        self.listed += len(found)
        return found


def changed(product: Product, chance: random.Random) -> Product:
    """The product with something else about it."""
    first, *others = product.skus
    price = replace(first, price=replace(first.price, amount=chance.randrange(100, 9999)))
    stock = replace(first, stock=chance.choice(["in_stock", "low", "out"]))
    changes: list[dict[str, Any]] = [
        {"skus": (price, *others)},
        {"skus": (stock, *others)},
        {"hot": not product.hot},
        {"name": {"zh-CN": f"新名 {chance.random()}", "en": f"Name {chance.random()}"}},
        {"image": chance.choice([None, "/media/a.webp", "/media/b.webp"])},
        {"description": f"**{chance.random()}**"},
    ]
    return replace(product, **chance.choice(changes))


def step(snapshot: Snapshot, chance: random.Random) -> Snapshot:
    products = list(snapshot.products)
    for _ in range(chance.choice([0, 1, 1, 2])):
        place = chance.randrange(len(products))
        products[place] = changed(products[place], chance)
    return replace(snapshot, products=tuple(products))


@pytest.fixture
def cold(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One entry for each site that was planned from nothing."""
    planned: list[int] = []
    begin = Prepared.__init__

    def init(self: Prepared, snapshot: Snapshot, theme: Theme) -> None:
        planned.append(len(snapshot.products))
        begin(self, snapshot, theme)

    monkeypatch.setattr(Prepared, "__init__", init)
    return planned


def with_lists_everywhere(snapshot: Snapshot, theme: Theme) -> Snapshot:
    """Product and category pages with lists of the whole shop on them."""
    templates = {}
    for page in ("product", "category"):
        layout = theme.json(f"templates/{page}.json")
        sections = {**layout["sections"], "hot": {"type": "hot-products", "settings": {"style": "row", "limit": 3}}}
        templates[page] = {**layout, "sections": sections, "order": [*layout["order"], "hot"]}
    return replace(snapshot, theme=replace(snapshot.theme, templates=templates))


@pytest.mark.parametrize("lists", [False, True])
@pytest.mark.parametrize("seed", range(2))
def test_change_by_change_it_is_the_site_built_from_nothing(
    seed: int, lists: bool, classic: Theme, cold: list[int]
) -> None:
    chance, memory, sink, previous = random.Random(seed), Memory(), Sink(), None
    snapshot = with_lists_everywhere(sample(63), classic) if lists else sample(63)
    for turn in range(12):
        result = build(snapshot, classic, sink=sink, previous=previous, memory=memory)
        fresh = make(snapshot, classic)
        assert result.manifest.dump() == fresh.manifest.dump(), turn
        assert set(fresh.manifest.blobs()) <= set(sink.blobs)
        previous = result.manifest
        snapshot = step(snapshot, chance)
    # Every turn's comparison is planned from nothing; the remembered site but once.
    assert len(cold) == 12 + 1


def test_a_remembered_site_builds_on_whatever_was_published_meanwhile(classic: Theme) -> None:
    """Another worker built last: its manifest is the previous one, not ours."""
    memory, snapshot = Memory(), sample(40)
    ours = build(snapshot, classic, sink=Sink(), memory=memory)
    theirs = make(with_price(snapshot, "goods-3", 777), classic, ours.manifest)
    after = with_price(snapshot, "goods-9", 888)
    mine = build(after, classic, sink=theirs.sink, previous=theirs.manifest, memory=memory)
    assert mine.manifest.dump() == make(after, classic).manifest.dump()


@pytest.mark.parametrize("what", ["order", "slug", "fewer", "category", "announcement", "theme", "most"])
def test_any_other_change_plans_the_site_anew(what: str, classic: Theme, cold: list[int]) -> None:
    memory, before = Memory(), sample(30)
    first = build(before, classic, sink=Sink(), memory=memory)
    after, theme = before, classic
    if what == "order":
        after = with_product(before, "goods-3", sort=99)
    elif what == "slug":
        after = replace(before, products=(replace(before.products[0], slug="goods-other"), *before.products[1:]))
    elif what == "fewer":
        after = replace(before, products=before.products[:-1])
    elif what == "category":
        after = with_product(before, "goods-3", category="cat_tools")
    elif what == "announcement":
        after = replace(before, store=replace(before.store, announcement="今日特价"))
    elif what == "most":
        after = replace(before, products=tuple(replace(p, description="都变了") for p in before.products))
    else:
        theme = Theme("classic", {**classic.files, "snippets/price.html.j2": "{{ money(product.price) }}!"})
    result = build(after, theme, sink=Sink(), previous=first.manifest, memory=memory)
    assert cold == [30, len(after.products)]
    assert result.manifest.dump() == make(after, theme).manifest.dump()


def test_what_a_failed_build_was_at_is_forgotten(classic: Theme, cold: list[int]) -> None:
    broken = Theme("classic", {**classic.files, "sections/related-products.html.j2": TRAP})
    memory, snapshot = Memory(), sample(40)
    first = build(snapshot, broken, sink=Sink(), memory=memory)
    with pytest.raises(RenderError):
        build(with_product(snapshot, "goods-3", name="trap"), broken, sink=Sink(), memory=memory)
    after = with_price(snapshot, "goods-3", 777)
    result = build(after, broken, sink=Sink(), previous=first.manifest, memory=memory)
    assert cold == [40, 40]
    assert result.manifest.dump() == make(after, broken).manifest.dump()


TRAP = "{% if product_data.name == 'trap' %}{{ product_data.nothing }}{% endif %}"


def test_fragments_of_products_as_they_were_are_dropped(classic: Theme) -> None:
    memory, snapshot = Memory(), sample(40)
    build(snapshot, classic, sink=Sink(), memory=memory)
    for amount in range(700, 706):
        snapshot = with_price(snapshot, "goods-4", amount)
        build(snapshot, classic, sink=Sink(), memory=memory)
    kept = memory.prepare(snapshot, classic).renderer
    keys = {card.key for shelf in kept.plan.catalogues.values() for card in shelf.cards.values()}
    assert {name[1] for name in kept.cards} <= keys
    assert {key for items in kept.feed_items.values() for key in items} == keys


def test_memory_is_bounded(classic: Theme, cold: list[int]) -> None:
    memory = Memory(most_pages=150)
    shops = [replace(sample(20), store=replace(sample(20).store, id=f"sto_{n}")) for n in range(4)]
    for shop in [*shops, shops[-1], shops[0]]:
        build(shop, classic, sink=Sink(), memory=memory)
    assert len(cold) == 5, "the last shop is remembered, the first forgotten"


@pytest.fixture
def large(tmp_path: Path, classic: Theme, monkeypatch: pytest.MonkeyPatch) -> tuple[Site, Counting, Memory, Snapshot]:
    """A published site that counts as large."""
    monkeypatch.setattr(target, "SMALL", 100)
    store, memory, snapshot = Counting(tmp_path), Memory(), sample(60)
    site = Site(store, PREFIX)
    release(site, snapshot, classic, memory=memory)
    return site, store, memory, snapshot


Large = tuple[Site, Counting, Memory, Snapshot]


def test_one_changed_product_costs_the_pages_that_show_it(large: Large, classic: Theme) -> None:
    site, store, memory, snapshot = large
    before = sum(1 for _ in store.root.rglob("*"))
    store.calls.clear()
    store.listed = 0
    result = release(site, with_price(snapshot, "goods-30", 777), classic, memory=memory)
    made = len(result.stats.made)
    assert 4 <= made <= 40 < len(result.manifest.entries) / 3
    assert store.calls["put"] <= 2 * made + 3  # with the record, the mark and the pointer
    assert store.calls["get"] <= 3 and store.calls["list"] <= 4
    assert store.listed <= 2 * made + 10 < before, "the contents of earlier builds are not looked through"
    record = site.record(site.current())
    assert record is not None and len(record.changed) == made and record.base.build_id != record.build_id


def test_another_process_reads_the_same_site(large: Large, classic: Theme) -> None:
    site, store, memory, snapshot = large
    after = snapshot
    for amount in (701, 702, 703):
        after = with_price(after, "goods-30", amount)
        release(site, after, classic, memory=memory)
    reader = Site(store, PREFIX)
    record = reader.record(reader.current())
    assert record is not None
    assert record.manifest.dump() == make(after, classic).manifest.dump()
    assert all(reader.read(path) for path in record.manifest.entries)


def test_far_from_its_base_a_record_becomes_a_base(large: Large, classic: Theme) -> None:
    site, store, memory, snapshot = large
    bases, after, record = set(), snapshot, site.record(site.current())
    for turn in range(16):
        after = with_price(after, f"goods-{turn * 2}", 700 + turn)
        release(site, after, classic, memory=memory)
        record = Site(store, PREFIX).record(site.current())
        assert record is not None and len(record.changed) * 4 <= len(record.base.entries)
        bases.add(record.base.build_id)
    assert 1 < len(bases) < 6
    assert record is not None and record.manifest.dump() == make(after, classic).manifest.dump()
    # What no kept build needs is gone, bases too, and every kept build can be served.
    kept = [record for build_id in site.builds() if (record := site.record(build_id))]
    assert set(store.list(f"{PREFIX}/bases/")) == {f"{PREFIX}/bases/{one.base.build_id}.json" for one in kept}
    for build_id in site.builds():
        reader = Site(store, PREFIX)
        reader.rollback(build_id)
        shown = reader.record(build_id)
        assert shown is not None and all(reader.read(path) for path in shown.manifest.entries)


def test_a_large_site_keeps_no_more_than_it_needs(large: Large, classic: Theme) -> None:
    site, store, memory, snapshot = large
    for turn in range(25):
        snapshot = with_price(snapshot, "goods-30", 900 + turn)
        release(site, snapshot, classic, memory=memory)
    assert len(site.builds()) == 10
    needed = {
        site.blob_key(build, sha)
        for build_id in site.builds()
        if (record := site.record(build_id))
        for sha, build in record.where.items()
    }
    assert set(store.list(f"{PREFIX}/blobs/")) == needed


def test_a_large_site_that_lost_what_it_wrote_is_not_published(large: Large, classic: Theme) -> None:
    site, store, memory, snapshot = large
    after = with_price(snapshot, "goods-30", 777)
    previous = site.record(site.current())
    assert previous is not None
    draft = site.draft("bld_9", previous)
    draft.finish(build(after, classic, sink=draft, previous=previous.manifest, memory=memory).manifest)
    store.delete(next(iter(store.list(f"{PREFIX}/blobs/bld_9/"))))
    with pytest.raises(MissingBuild):
        site.publish("bld_9")
    assert site.current() == previous.build_id


def test_a_base_that_is_gone_is_made_again(large: Large, classic: Theme) -> None:
    site, store, memory, snapshot = large
    for key in list(store.list(f"{PREFIX}/bases/")):
        store.delete(key)
    after = with_price(snapshot, "goods-30", 777)
    release(site, after, classic, memory=memory)
    reader = Site(store, PREFIX)
    record = reader.record(reader.current())
    assert record is not None and record.base.build_id == record.build_id
    assert all(reader.read(path) for path in record.manifest.entries)


def test_a_record_without_changes_is_small(large: Large, classic: Theme) -> None:
    site, store, memory, snapshot = large
    release(site, snapshot, classic, memory=memory)
    record = site.record(site.current())
    assert record is not None and record.changed == {} and record.gone == ()
    assert isinstance(record.manifest, Manifest)
    assert len(store.get(f"{PREFIX}/builds/{record.build_id}.json") or b"") < 200


def test_the_share_of_changes_worth_remembering() -> None:
    one = sample(memories.PART)
    assert memories.changed_products(one, with_price(one, "goods-3", 5)) is not None
    assert memories.changed_products(one, with_price(with_price(one, "goods-3", 5), "goods-4", 5)) is None
