"""Snapshots are read strictly: every defect is named with its place."""

import json
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from site_builder import columns, strict
from site_builder import snapshot as snapshots
from site_builder.errors import SnapshotError
from site_builder.samples import sample
from site_builder.snapshot import Product

FIXTURES = Path(__file__).parent / "fixtures"


def raw() -> dict[str, Any]:
    return json.loads((FIXTURES / "twelve.json").read_text("utf-8"))


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*.json")), ids=lambda path: path.stem)
def test_reading_and_writing_are_inverse(path: Path) -> None:
    snapshot = snapshots.parse(path.read_bytes())
    assert snapshots.parse(snapshots.dump(snapshot)) == snapshot


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*.json")), ids=lambda path: path.stem)
def test_all_at_once_is_what_one_by_one_is(path: Path) -> None:
    """Only plain dicts are read column by column."""
    data = json.loads(path.read_text("utf-8"))
    one_by_one = snapshots.parse(slow(data))
    assert columns.column(tuple[Product, ...])([data["products"]]) == [one_by_one.products]
    assert snapshots.parse(data) == one_by_one


def test_a_list_longer_than_is_read_at_once_is_read_whole() -> None:
    shop = sample(2 * strict.AT_ONCE + 1)
    assert snapshots.parse(snapshots.dump(shop)) == shop


def slow(value: Any) -> Any:
    if isinstance(value, dict):
        return MappingProxyType({key: slow(item) for key, item in value.items()})
    return [slow(item) for item in value] if isinstance(value, list) else value


def put(*steps: Any) -> Any:
    """A change that sets the last step at the place the others lead to."""
    *way, last, value = steps

    def change(data: Any) -> None:
        for step in way:
            data = data[step]
        data[last] = value

    return change


def twin(group: str, field: str) -> Any:
    def change(data: Any) -> None:
        data[group][1][field] = data[group][0][field]

    return change


SKU = ("products", 0, "skus", 0)
DEFECTS = {
    "/version": put("version", 2),
    "/store/locale": put("store", "locale", "fr"),
    "/store/locales": put("store", "locales", ["en"]),
    "/store/url": put("store", "url", "http://shop.example/path"),
    "/store/name": put("store", "name", {"zh-CN": "店", "en": "  "}),
    "/store/logo": put("store", "logo", "https://elsewhere.example/logo.png"),
    "/store/colour": put("store", "colour", "red"),
    "/products/0/slug": put("products", 0, "slug", "../etc/passwd"),
    "/products/0/image": put("products", 0, "image", "//elsewhere.example/x.png"),
    "/products/0/category": put("products", 0, "category", "cat_unknown"),
    "/products/0/skus": put("products", 0, "skus", []),
    "/products/0/name": put("products", 0, "name", "x" * 501),
    "/products/0/description": put("products", 0, "description", "bell \u0007"),
    "/products/0/skus/0/id": put(*SKU, "id", "1"),
    "/products/0/skus/0/kind": put(*SKU, "kind", "gift"),
    "/products/0/skus/0/stock": put(*SKU, "stock", 12),
    "/products/0/skus/0/price/amount": put(*SKU, "price", "amount", 19.99),
    "/products/0/skus/0/price/currency": put(*SKU, "price", "currency", "USD"),
    "/products/0/skus/0/min_quantity": put(*SKU, "min_quantity", True),
    "/products/0/skus/0/stocks": put(*SKU, "stocks", "low"),
    "/products/0/skus/0/face_value": put(*SKU, "face_value", []),
    "/products/0/skus/0/face_value/currency": put(*SKU, "face_value", {"amount": 1}),
    "/products/0/redeem/en": put("products", 0, "redeem", {"en": 1}),
    "/products/0/redeem/zh-CN": put("products", 0, "redeem", {"zh-CN": "bell \u0007"}),
    "/products/0/hot": put("products", 0, "hot", 1),
    "/products/0/sort": put("products", 0, "sort", False),
    "/products/1": put("products", 1, "a product"),
    "/products/1/skus": put("products", 1, "skus", "none"),
    "/products/0/skus/0/max_quantity": put(*SKU, "max_quantity", 0),
    "/products/*/slug": twin("products", "slug"),
    "/products/*/id": twin("products", "id"),
    "/categories/*/slug": twin("categories", "slug"),
    "/categories": put("categories", {"a": 1}),
    "/pages/0/body": put("pages", 0, "body", None),
}


@pytest.mark.parametrize("place", DEFECTS)
def test_each_defect_is_named_by_its_place(place: str) -> None:
    data = raw()
    DEFECTS[place](data)
    with pytest.raises(SnapshotError) as caught:
        snapshots.parse(data)
    assert place in [problem.where for problem in caught.value.problems]


def test_all_defects_are_told_at_once() -> None:
    data = raw()
    data["store"]["url"] = "nonsense"
    data["products"][3]["skus"][0]["price"]["amount"] = -1
    del data["products"][5]["slug"]
    with pytest.raises(SnapshotError) as caught:
        snapshots.parse(data)
    places = {problem.where for problem in caught.value.problems}
    assert places == {"/store/url", "/products/3/skus/0/price/amount", "/products/5/slug"}


@pytest.mark.parametrize(
    "text", [b"{", b"[]", b"null", b'"x"', b"\xff\xfe", '{"store":"\ud800"}'.encode("utf-8", "surrogatepass")]
)
def test_what_is_no_snapshot_is_refused(text: bytes) -> None:
    with pytest.raises(SnapshotError):
        snapshots.parse(text)


def test_words_fall_back_to_the_stores_own_language() -> None:
    text = {"zh-CN": "卡", "en": "card"}
    assert snapshots.words(text, "en", "zh-CN") == "card"
    assert snapshots.words({"zh-CN": "卡"}, "en", "zh-CN") == "卡"
    assert snapshots.words("卡 card", "en", "zh-CN") == "卡 card"
    assert snapshots.words(None, "en", "zh-CN") == ""
