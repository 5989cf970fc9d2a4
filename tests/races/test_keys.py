"""Data keys are exchanged while secrets are sealed and shown."""

import uuid
from collections.abc import Callable

from sqlalchemy import select

from cardmesh.goods.custody import service as custody
from cardmesh.goods.custody.errors import RotationRunning
from cardmesh.goods.inventory import service as inventory
from cardmesh.goods.models import CardKey
from cardmesh.kit import runtime, tenancy
from cardmesh.kit.crypto.models import DataKey
from cardmesh.kit.db import transaction
from cardmesh.settings import Settings
from cardmesh.trade.delivery.reveal import reveal
from cardmesh.trade.models import Order
from tests.custody.conftest import as_owner, running
from tests.fixtures.market import Code, Market

from .interleave import UNCOMMITTED, Race, between
from .test_import import promised, runner, standing
from .test_stock import listed
from .test_wallet import buyer

RENEWED, RESEALED = "uncommitted 2", "uncommitted 4"
"""Of a rotation: fresh data keys are made; the first table's secrets are sealed anew. Both not committed."""


def rotator(settings: Settings) -> Callable[[], int | str]:
    """`cardmesh keys rotate-data`: how many secrets are not under the newest keys when it has ended."""

    def rotate() -> int | str:
        with running(as_owner(settings)):
            try:
                return custody.rotate_data_keys().left
            except RotationRunning as refused:
                return refused.code

    return rotate


def shown(market: Market, order_id: uuid.UUID) -> list[str]:
    with transaction(tenancy.trade(market.tenant_id)) as session:
        order = session.scalars(select(Order).where(Order.id == order_id)).one()
        return [one.value for codes in reveal(session, order=order) for one in codes.credentials]


def versions() -> tuple[set[int], set[int]]:
    """What card keys lie under, and the newest data keys."""
    with transaction(tenancy.platform()) as session:
        newest = dict[uuid.UUID, int]()
        for owner, version in session.execute(select(DataKey.owner_id, DataKey.version)):
            newest[owner] = max(version, newest.get(owner, 0))
        return set(session.scalars(select(CardKey.key_version))), set(newest.values())


def everything_opens() -> int:
    with transaction(tenancy.platform()) as session:
        return len(inventory.open_keys(session, key_ids=session.scalars(select(CardKey.id)).all()))


@between(
    ("reveal", "delivery.revealed", "rotate"),
    ("rotate", RENEWED, "reveal"),
    ("rotate", RESEALED, "reveal"),
)
def test_rotate_and_reveal(race: Race, market: Market, settings: Settings) -> None:
    """A reader sees the secret under its old key or its new one, and waits for neither."""
    offer = listed(market)
    order_id = uuid.UUID(buyer(market, offer.sku_id)())
    [code] = shown(market, order_id)
    ends = race.run(reveal=lambda: shown(market, order_id), rotate=rotator(settings))
    assert ends == {"reveal": [code], "rotate": 0} and not race.waited
    assert versions() == ({2}, {2}) and shown(market, order_id) == [code]


@between(
    ("order", "order.wallet.placed", "rotate"),
    ("rotate", RENEWED, "order"),
    ("rotate", RESEALED, "order"),
)
def test_rotate_and_order(race: Race, market: Market, settings: Settings) -> None:
    """A sale moves no ciphertext: neither waits."""
    offer = listed(market)
    ends = race.run(order=buyer(market, offer.sku_id), rotate=rotator(settings))
    assert ends["rotate"] == 0 and not race.waited
    assert versions() == ({2}, {2}) and len(shown(market, uuid.UUID(str(ends["order"])))) == 1


@between(
    ("load", "import.begun", "rotate"),
    ("load", "import.batch.loaded", "rotate"),
    ("load", "import.batch.committed", "rotate"),
    ("load", "import.loaded", "rotate"),
    ("rotate", RENEWED, "load"),
    ("rotate", RESEALED, "load"),
)
def test_rotate_and_import(race: Race, market: Market, settings: Settings) -> None:
    """When both are done nothing lies under an old key, also what the import had sealed before."""
    offer = listed(market)
    row = promised(offer)
    ends = race.run(load=runner(row), rotate=rotator(settings))
    assert ends["rotate"] == 0
    assert race.waited == (race.point == "import.batch.loaded")
    assert standing(row) == ("completed", 4, 4, 0) and market.stock(offer.sku_id) == 5
    assert versions() == ({2}, {2}) and everything_opens() == 5


@between(
    ("add", UNCOMMITTED, "rotate"),
    ("rotate", RENEWED, "add"),
)
def test_rotate_and_a_few_keys(race: Race, market: Market, settings: Settings) -> None:
    offer = listed(market)

    def add() -> int:
        with transaction(tenancy.supplier(offer.supplier_id)) as session:
            return inventory.add_keys(session, offer=offer, records=[Code(1, "ADD-000001")]).accepted

    ends = race.run(add=add, rotate=rotator(settings))
    assert ends == {"add": 1, "rotate": 0} and race.waited == (race.first == "add")
    assert versions() == ({2}, {2}) and everything_opens() == 2


@between(("rotate", RENEWED, "again"), ("rotate", RESEALED, "again"))
def test_two_rotations(race: Race, market: Market, settings: Settings) -> None:
    listed(market)
    rotate = rotator(settings)
    assert race.run(rotate=rotate, again=rotate) == {"rotate": 0, "again": "rotation_running"}
    assert versions() == ({2}, {2}) and everything_opens() == 1
    assert runtime.current().vault.keyring.current().id in custody.standing().masters
