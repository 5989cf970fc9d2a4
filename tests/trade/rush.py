"""One of several processes in which buyers storm a SKU: `python -m tests.trade.rush <store|wallet> <first> <count>`.

Reads the installation from the environment and what to buy from standard input; prints how each buyer fared.
"""

import json
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from cardmesh.app import create_app
from cardmesh.kit import tenancy
from cardmesh.kit.db import db, transaction
from cardmesh.kit.errors import MeshError
from cardmesh.kit.ids import new_id
from cardmesh.money.payments import queries as payments
from cardmesh.trade.orders import service as orders
from cardmesh.trade.orders.service import Item, StoreRef
from tests.fixtures.market import deliver

THREADS = 8


def buy_in_store(store: StoreRef, sku_id: uuid.UUID, number: int) -> str:
    with transaction(tenancy.trade(store.tenant_id)) as session:
        placed = orders.place_store_order(
            session,
            store=store,
            items=[Item(sku_id, 1)],
            contact=orders.parse_contact(email_address=f"b{number}@example.test"),
            method="card",
        )
        payment = payments.payment_of_order(session, tenant_id=store.tenant_id, order_id=placed.order.id)
        assert payment
    return deliver(completed(payment))


def completed(payment: Any) -> dict[str, Any]:
    """What Stripe says when a session was paid before its address even reached us."""
    metadata = {"payment": str(payment.id), "tenant": str(payment.tenant_id), "order": str(payment.order_id)}
    session = {
        "id": f"cs_test_{payment.id.hex}", "object": "checkout.session", "status": "complete",
        "payment_status": "paid", "payment_intent": f"pi_{payment.id.hex}", "livemode": False,
        "client_reference_id": str(payment.id), "amount_total": payment.amount_minor,
        "currency": payment.currency.lower(), "metadata": metadata,
    }  # fmt: skip
    return {"id": f"evt_{new_id().hex}", "type": "checkout.session.completed", "livemode": False,
            "data": {"object": session}}  # fmt: skip


def buy_from_wallet(store: StoreRef, sku_id: uuid.UUID, number: int) -> str:
    with transaction(tenancy.trade(store.tenant_id)) as session:
        return orders.place_wallet_order(
            session,
            tenant_id=store.tenant_id,
            store_id=store.store_id,
            external_ref=f"B-{number}",
            items=[Item(sku_id, 1)],
        ).status


def main(channel: str, first: int, count: int) -> None:
    asked = json.load(sys.stdin)
    store = StoreRef(uuid.UUID(asked["tenant"]), uuid.UUID(asked["store"]), "one", "CNY")
    sku_id = uuid.UUID(asked["sku"])
    app = create_app()
    buy = buy_in_store if channel == "store" else buy_from_wallet

    def buyer(number: int) -> str:
        with app.app_context():
            try:
                return buy(store, sku_id, number)
            except MeshError as refused:
                return refused.code

    with ThreadPoolExecutor(THREADS) as pool:
        print(json.dumps(list(pool.map(buyer, range(first, first + count)))))
    with app.app_context():
        db.engine.dispose()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
