"""The committed sheets are what their maker makes, and the importer finds in them exactly what was put in."""

import io
import json
import re
import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from cardmesh.goods.imports.parse import (
    KeyRecord,
    LineError,
    OfferRecord,
    find_key_layout,
    index_categories,
    read_keys,
    read_offers,
)
from cardmesh.kit.sheets import open_rows
from examples.catalog import CATEGORIES, goods
from examples.make import HERE, make

TODAY = date(2026, 11, 22)
EXPECTED = json.loads((HERE / "expected.json").read_text(encoding="utf-8"))
DEMO = json.loads((HERE / "demo.json").read_text(encoding="utf-8"))
Item = OfferRecord | KeyRecord | LineError


def read(name: str) -> list[Item]:
    rows = open_rows(HERE / name)
    if "-offers." in name:
        return list(read_offers(rows, categories=index_categories(CATEGORIES), today=TODAY))
    layout, rest = find_key_layout(rows)
    return list(read_keys(rest, layout, today=TODAY))


@pytest.fixture(scope="module")
def items() -> dict[str, list[Item]]:
    return {name: read(name) for name in EXPECTED["files"]}


def test_every_file_comes_to_what_its_maker_wrote_down(items: dict[str, list[Item]]) -> None:
    seen: set[str] = set()
    for name, expected in EXPECTED["files"].items():
        fingerprints = [item.fingerprint_text for item in items[name] if isinstance(item, KeyRecord)]
        fresh = set(fingerprints) - seen
        seen |= fresh
        errors = {str(item.line): item.code for item in items[name] if isinstance(item, LineError)}
        assert expected == {
            "offers": sum(isinstance(item, OfferRecord) for item in items[name]),
            "keys": len(fresh),
            "duplicates": len(fingerprints) - len(fresh),
            "rejected": len(errors),
            "errors": errors,
        }, name
    assert len(seen) == EXPECTED["total"]["keys"]


def test_the_same_sku_from_two_suppliers_is_one_sku(items: dict[str, list[Item]]) -> None:
    offers = [item for found in items.values() for item in found if isinstance(item, OfferRecord)]
    identities = [offer.identity for offer in offers]
    shared = {one for one in identities if identities.count(one) > 1}
    assert (len(offers), len(set(identities))) == (EXPECTED["total"]["offers"], EXPECTED["total"]["skus"])
    assert len(shared) == EXPECTED["total"]["skus_of_several_suppliers"]
    assert any(len({o.base_price_minor for o in offers if o.identity == one}) > 1 for one in shared)
    assert any(len({o.product + o.sku for o in offers if o.identity == one}) > 1 for one in shared)


def test_there_is_as_much_as_promised() -> None:
    total = EXPECTED["total"]
    assert total["skus"] >= 300 and total["keys"] >= 20_000 and total["rejected"] >= 20 and total["duplicates"] >= 3
    assert {good.category for good in goods()} == {slug for slug, _, _ in CATEGORIES} and len(CATEGORIES) == 8
    assert sum(path.stat().st_size for path in HERE.rglob("*") if "__pycache__" not in path.parts) < 4 << 20


def test_no_key_looks_like_a_real_one(items: dict[str, list[Item]]) -> None:
    keys = [item for found in items.values() for item in found if isinstance(item, KeyRecord)]
    values = [key.credentials[0].value for key in keys]
    assert all(re.match(r"(?i)demo|000\d{14}$|https://redeem\.example/demo/", value) for value in values)


def test_the_committed_files_are_what_make_makes(tmp_path: Path) -> None:
    """Archives are compared by their parts: another zlib may pack the same content otherwise."""
    make(tmp_path)
    made = {path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file()}
    sources = {".py", ".md", ".pyc"}
    kept = {path.relative_to(HERE) for path in HERE.rglob("*") if path.is_file() and path.suffix not in sources}
    assert kept == made | {Path("demo.json")}
    for path in made:
        assert content(HERE / path) == content(tmp_path / path), path


def content(path: Path) -> object:
    if path.suffix not in (".xlsx", ".zip", ".epub"):
        return path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        return [(name, nested(archive.read(name), name)) for name in archive.namelist()]


def nested(body: bytes, name: str) -> object:
    """A workbook inside the pack of templates is an archive again."""
    if not name.endswith(".xlsx"):
        return body
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return [(part, archive.read(part)) for part in archive.namelist()]


def test_the_demo_world_points_at_things_that_exist(items: dict[str, list[Item]]) -> None:
    assert [(c["slug"], c["zh-CN"], c["en"]) for c in DEMO["categories"]] == list(CATEGORIES)
    used = [name for supplier in DEMO["suppliers"] for name in supplier["offers"]]
    for supplier in DEMO["suppliers"]:
        offers = {
            (offer.category, offer.identity): offer
            for name in supplier["offers"]
            for offer in items[name]
            if isinstance(offer, OfferRecord)
        }
        for target in (*supplier["keys"], *supplier["files"]):
            probe = OfferRecord(0, target["product"], target["category"], target["sku"], "card_key", "CNY", 1)
            found = offers[probe.category, probe.identity]
            assert found.kind == ("file" if "file" in target else "card_key")
            assert "file" not in target or found.file == Path(target["file"]).name
        used += [key["sheet"] for key in supplier["keys"]]
        assert all((HERE / file["file"]).stat().st_size > 1_000 for file in supplier["files"])
    assert sorted(used) == sorted(EXPECTED["files"])


def test_every_file_offer_has_its_file(items: dict[str, list[Item]]) -> None:
    offers = [item for found in items.values() for item in found if isinstance(item, OfferRecord)]
    sold = {offer.file for offer in offers if offer.kind == "file"}
    given = {Path(file["file"]).name for supplier in DEMO["suppliers"] for file in supplier["files"]}
    assert sold == given and len(given) == 3


def test_the_stores_differ_in_tier_and_look() -> None:
    tenants = DEMO["tenants"]
    slugs = {slug for slug, _, _ in CATEGORIES}
    assert len({one["tier"] for one in tenants}) == len({one["preset"] for one in tenants}) == len(tenants) == 3
    assert all(
        re.fullmatch(r"[a-z0-9][a-z0-9-]*", one["handle"]) and set(one["categories"]) <= slugs for one in tenants
    )


def test_commission_rules_are_whole() -> None:
    names = {supplier["name"] for supplier in DEMO["suppliers"]} | {None}
    for rule in DEMO["commission_rules"]:
        assert rule.get("supplier") in names
        shares = [Decimal(rule[name]) for name in rule if name.endswith("_share")]
        assert (len(shares), sum(shares)) == ((3, 1) if rule["basis"] == "share" else (0, 0))
    assert "category" not in DEMO["commission_rules"][0], "the first rule is the default"


def test_the_readme_tells_the_figures() -> None:
    text = (HERE / "README.md").read_text(encoding="utf-8")
    total = EXPECTED["total"]
    for figure in (total["skus"], total["skus_of_several_suppliers"], total["keys"]):
        assert text.count(f"{figure:,}") >= 2, figure


def test_the_documents_open() -> None:
    pdf = (HERE / "files/kaoyan-vocabulary.pdf").read_bytes()
    start = int(pdf.rsplit(b"startxref\n", 1)[1].split()[0])
    assert pdf.startswith(b"%PDF-1.4") and pdf[start : start + 4] == b"xref"
    with zipfile.ZipFile(HERE / "files/prompt-handbook.epub") as book:
        assert book.namelist()[0] == "mimetype" and book.infolist()[0].compress_type == zipfile.ZIP_STORED
        assert book.testzip() is None
