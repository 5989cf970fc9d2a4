"""One of several processes of buyers: `python -m tests.faults.storm <first> <count> <buyers at once>`.

Every other order is paid in the store, the rest from the wallet. What to buy comes on standard input; printed is how
the buyers fared.
"""

import json
import random
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor

from cardmesh.app import create_app
from cardmesh.kit.db import db
from cardmesh.kit.errors import MeshError
from cardmesh.trade.orders.service import StoreRef
from tests.trade.rush import buy_from_wallet, buy_in_store


def main(first: int, count: int, buyers: int) -> None:
    asked = json.load(sys.stdin)
    store = StoreRef(uuid.UUID(asked["tenant"]), uuid.UUID(asked["store"]), "one", "CNY")
    skus = [uuid.UUID(sku) for sku in asked["skus"]]
    app = create_app()
    dice = random.Random(first)
    wanted = [dice.choice(skus) for _ in range(count)]

    def buyer(place: int) -> str:
        buy = buy_in_store if place % 2 else buy_from_wallet
        with app.app_context():
            try:
                outcome = buy(store, wanted[place], first + place)
            except MeshError as refused:
                return refused.code
        return "completed" if outcome == "applied" else outcome

    with ThreadPoolExecutor(buyers) as pool:
        print(json.dumps(list(pool.map(buyer, range(count)))))
    with app.app_context():
        db.engine.dispose()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
