"""What an import does about keys that are there already, wherever in the sheet they come and whoever brought them."""

import io

import pytest
from sqlalchemy import func, select

from cardmesh.goods.imports import service as imports
from cardmesh.goods.models import CardKey, Import, Offer, StockUnit
from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction

from .conftest import World, add

BATCH = 3


def run(offer: Offer, keys: list[str]) -> Import:
    scope = tenancy.supplier(offer.supplier_id)
    with transaction(scope) as session:
        sheet = io.BytesIO("\n".join(["卡密", *keys, ""]).encode())
        row = imports.start(session, supplier_id=offer.supplier_id, kind="keys", offer_id=offer.id, stream=sheet)
    imports.run(row.id, row.supplier_id, BATCH)
    with transaction(scope) as session:
        return imports.get_import(session, row.id)


def refused(row: Import) -> list[int]:
    with transaction(tenancy.supplier(row.supplier_id)) as session:
        return [issue.line for issue in imports.list_issues(session, import_id=row.id)]


@pytest.mark.parametrize(
    ("keys", "lines"),
    [
        (["NEW-1", "NEW-2", "NEW-3", "NEW-4"], []),
        (["OLD-1", "NEW-1", "NEW-2", "NEW-3"], [2]),
        (["NEW-1", "NEW-2", "NEW-3", "OLD-1", "NEW-4", "new1", "OLD-2", "NEW-5", "NEW-6"], [5, 7, 8]),
        (["NEW-1", "NEW-2", "NEW 1", "n-e-w-2"], [4, 5]),
        (["OLD-1", "OLD-2"], [2, 3]),
    ],
    ids=["none", "the first", "in a later batch", "twice in one batch", "all"],
)
@pytest.mark.parametrize("supplier", [0, 1], ids=["own", "another's"])
def test_each_is_told_by_its_line_and_nothing_else_is_lost(
    world: World, keys: list[str], lines: list[int], supplier: int
) -> None:
    with transaction(tenancy.platform()) as session:
        offer = world.offer(session)
        add(session, world.offer(session, supplier=1) if supplier else offer, ["OLD-1", "OLD-2"])
    row = run(offer, keys)
    new = len(keys) - len(lines)
    assert (row.status, row.total, row.accepted, row.duplicates) == ("completed", len(keys), new, len(lines))
    assert refused(row) == lines
    with transaction(tenancy.platform()) as session:
        stored = session.scalars(select(CardKey.id).where(CardKey.import_id == row.id)).all()
        on_sale = session.scalars(select(StockUnit.unit_id).where(StockUnit.supplier_id == offer.supplier_id)).all()
        assert session.scalar(select(func.count()).select_from(CardKey)) == 2 + len(stored) == 2 + new
    assert len(on_sale) == new + (0 if supplier else 2) and set(stored) <= set(on_sale)
