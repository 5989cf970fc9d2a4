"""The spreadsheets in `examples/` come to what `expected.json` says: read, stored, counted and refused line by line."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from cardmesh.goods.catalog import service as catalog
from cardmesh.goods.imports import service as imports
from cardmesh.goods.models import CardKey, Import, Offer, Sku
from cardmesh.goods.offers import queries as offer_queries
from cardmesh.identity.suppliers.service import create_supplier
from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction

EXAMPLES = Path(__file__).parents[2] / "examples"
DEMO: dict[str, Any] = json.loads((EXAMPLES / "demo.json").read_text())
EXPECTED: dict[str, Any] = json.loads((EXAMPLES / "expected.json").read_text())


def load(supplier_id: Any, name: str, offer_id: Any = None) -> tuple[Import, dict[str, str]]:
    with transaction(tenancy.supplier(supplier_id)) as session, (EXAMPLES / name).open("rb") as stream:
        kind = "keys" if offer_id else "offers"
        row = imports.start(
            session, supplier_id=supplier_id, kind=kind, offer_id=offer_id, filename=name, stream=stream
        )
    imports.run(row.id, supplier_id, 2_000)
    with transaction(tenancy.supplier(supplier_id)) as session:
        found = imports.list_issues(session, import_id=row.id)
        errors = {str(issue.line): issue.code for issue in found if issue.code != "import_key_duplicate"}
        return imports.get_import(session, row.id), errors


def keys_of(row: Import) -> int:
    with transaction(tenancy.supplier(row.supplier_id)) as session:
        return session.scalar(select(func.count()).select_from(CardKey).where(CardKey.import_id == row.id)) or 0


@pytest.mark.usefixtures("app")
def test_every_example_comes_to_what_it_should() -> None:
    with transaction(tenancy.platform()) as session:
        catalog.ensure_categories(session)
        suppliers = {
            s["name"]: create_supplier(session, name=s["name"], email=s["email"]).id for s in DEMO["suppliers"]
        }
    total: Counter[str] = Counter()
    for supplier in DEMO["suppliers"]:
        supplier_id = suppliers[supplier["name"]]
        for name in supplier["offers"]:
            total += check(name, *load(supplier_id, name))
        for sheet in supplier["keys"]:
            with transaction(tenancy.supplier(supplier_id)) as session:
                sku = catalog.find_or_create_sku(
                    session, product_name=sheet["product"], category_slug=sheet["category"], sku_name=sheet["sku"]
                )
                offer = offer_queries.of_sku(session, supplier_id, sku.id, "card_key")
                assert offer, sheet
            total += check(sheet["sheet"], *load(supplier_id, sheet["sheet"], offer.id))
    with transaction(tenancy.platform()) as session:
        skus = session.scalar(select(func.count()).select_from(Sku))
        shared = session.scalars(select(Offer.sku_id).group_by(Offer.sku_id).having(func.count() > 1)).all()
    assert {**total, "skus": skus, "skus_of_several_suppliers": len(shared)} == {
        name: EXPECTED["total"][name] for name in (*total, "skus", "skus_of_several_suppliers")
    }


def check(name: str, row: Import, errors: dict[str, str]) -> Counter[str]:
    expected = EXPECTED["files"][name]
    found = {
        "offers": row.offers_created,
        "keys": keys_of(row),
        "duplicates": row.duplicates,
        "rejected": row.rejected,
    }
    assert (row.status, errors) == ("completed", expected["errors"]), name
    assert found == {figure: expected[figure] for figure in found}, name
    return Counter(found)
