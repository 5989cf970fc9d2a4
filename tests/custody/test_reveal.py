"""Whoever sees a key is in the audit trail: one row for each showing of each unit, whatever happens at once."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import func, select

from cardmesh.identity.models import AuditRecord
from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction
from cardmesh.trade.delivery.reveal import reveal
from cardmesh.trade.models import Order
from tests.custody.test_rotation import shown
from tests.fixtures.market import Market

READERS, TIMES, UNITS = 8, 5, 3


def audited(market: Market) -> dict[object, int]:
    """Rows of the trail by unit."""
    with transaction(tenancy.platform()) as session:
        rows = select(AuditRecord.subject_id, func.count()).where(AuditRecord.action == "unit.revealed")
        return {row[0]: row[1] for row in session.execute(rows.group_by(AuditRecord.subject_id))}


def test_each_showing_is_one_row_also_when_many_look_at_once(app: Flask, market: Market) -> None:
    sku = market.sell(keys=UNITS)
    market.fund(1_000_000)
    order = market.wallet_order((sku, UNITS))
    barrier = threading.Barrier(READERS)

    def look(_: int) -> list[list[str]]:
        with app.app_context():
            barrier.wait()
            return [shown(market, order.id) for _ in range(TIMES)]

    with ThreadPoolExecutor(READERS) as pool:
        seen = [codes for reader in pool.map(look, range(READERS)) for codes in reader]
    assert len(seen) == READERS * TIMES and all(len(codes) == UNITS and codes == seen[0] for codes in seen)
    assert audited(market) == {unit.id: READERS * TIMES for unit in market.state(order.id)[1]}


def test_a_showing_that_fails_is_no_row_and_shows_nothing(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    sku = market.sell(keys=1)
    market.fund(1_000_000)
    order_id = market.wallet_order((sku, 1)).id

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("no trail today")

    with monkeypatch.context() as patch:
        patch.setattr("cardmesh.identity.audit.service.record_each", broken)
        opened: list[object] = []
        patch.setattr("cardmesh.goods.inventory.service._open", lambda *args: opened.append(args))
        with pytest.raises(RuntimeError, match="no trail"), transaction(tenancy.trade(market.tenant_id)) as session:
            reveal(session, order=session.scalars(select(Order).where(Order.id == order_id)).one())
        assert opened == [], "nothing is decrypted before it is written down"
    assert audited(market) == {}
