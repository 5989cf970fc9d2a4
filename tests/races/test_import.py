"""A sheet that is loaded while its keys come in by another door, are bought, taken off sale, or loaded again."""

import io
import uuid
from collections.abc import Callable

from sqlalchemy import func, select

from cardmesh.goods.imports import service as imports
from cardmesh.goods.inventory import service as inventory
from cardmesh.goods.models import CardKey, Import, Offer
from cardmesh.goods.offers import service as offers
from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction
from tests.fixtures.market import Market

from .interleave import Race, between
from .test_stock import NONE_LEFT, listed
from .test_wallet import buyer

KEYS = ("RACE-000001", "RACE-000002", "RACE-000003", "RACE-000004")
BATCH = 2
"""Lines a batch: the sheet has two of them."""


def promised(offer: Offer) -> Import:
    """An import of the four keys, not begun."""
    sheet = io.BytesIO("\n".join(["卡密", *KEYS, ""]).encode())
    with transaction(tenancy.supplier(offer.supplier_id)) as session:
        return imports.start(
            session, supplier_id=offer.supplier_id, kind="keys", offer_id=offer.id, filename="k.csv", stream=sheet
        )


def runner(row: Import) -> Callable[[], None]:
    return lambda: imports.run(row.id, row.supplier_id, BATCH)


def standing(row: Import) -> tuple[str, int, int, int]:
    """State, lines, accepted, duplicates."""
    with transaction(tenancy.supplier(row.supplier_id)) as session:
        now = imports.get_import(session, row.id)
        return now.status, now.total, now.accepted, now.duplicates


def keys_there() -> int:
    with transaction(tenancy.platform()) as session:
        return session.scalar(select(func.count()).select_from(CardKey)) or 0


@between(
    ("load", "import.begun", "rival"),
    ("load", "import.batch.loaded", "rival"),
    ("load", "import.batch.committed", "rival"),
    ("load", "import.loaded", "rival"),
)
def test_two_suppliers_upload_the_same_keys(race: Race, market: Market) -> None:
    """Each key is taken in once, from the one whose batch came first."""
    ours, theirs = listed(market, keys=0), market.offer(market.sku(), 0, supplier=1)
    mine, rival = promised(ours), promised(theirs)
    race.run(load=runner(mine), rival=runner(rival))
    assert race.waited == (race.point == "import.batch.loaded")
    _, total, accepted, doubled = standing(mine)
    assert total == 4 and accepted + doubled == 4
    assert standing(rival) == ("completed", 4, doubled, accepted)
    first = {"import.begun": 0, "import.batch.committed": 2, "import.loaded": 4}
    assert accepted == first.get(race.point, accepted) and keys_there() == 4
    assert (market.stock(ours.sku_id), market.stock(theirs.sku_id)) == (accepted, doubled)


@between(
    ("load", "import.begun", "again"),
    ("load", "import.batch.loaded", "again"),
    ("load", "import.batch.committed", "again"),
    ("load", "import.loaded", "again"),
    ("load", "import.ended", "again"),
)
def test_one_import_is_run_twice(race: Race, market: Market) -> None:
    """No line is counted twice, whoever goes on."""
    offer = listed(market, keys=0)
    row = promised(offer)
    race.run(load=runner(row), again=runner(row))
    assert race.waited == (race.point == "import.batch.loaded")
    if standing(row)[0] == "running":  # each left it to the other: the job is there still
        runner(row)()
    assert standing(row) == ("completed", 4, 4, 0)
    assert market.stock(offer.sku_id) == keys_there() == 4


@between(
    ("load", "import.batch.loaded", "order"),
    ("load", "import.batch.committed", "order"),
    ("order", "order.wallet.begun", "load"),
    ("order", "order.wallet.placed", "load"),
)
def test_keys_are_bought_while_they_are_loaded(race: Race, market: Market) -> None:
    """A key can be bought when its batch is committed; nobody waits for a sheet."""
    offer = listed(market, keys=0 if race.point != "order.wallet.placed" else 1)
    row = promised(offer)
    ends = race.run(load=runner(row), order=buyer(market, offer.sku_id))
    refused = race.point == "import.batch.loaded"
    assert (ends["order"] == NONE_LEFT) == refused and not race.waited
    assert standing(row) == ("completed", 4, 4, 0)
    assert market.stock(offer.sku_id) == {"import.batch.loaded": 4, "order.wallet.placed": 4}.get(race.point, 3)
    assert market.books()["tenant available"] == (100_000 if refused else 90_500)


@between(
    ("load", "import.batch.loaded", "void"),
    ("load", "import.batch.committed", "void"),
    ("load", "import.loaded", "void"),
)
def test_an_import_is_taken_off_sale_while_it_runs(race: Race, market: Market) -> None:
    """What is on sale at that moment goes; what is loaded later can be taken off later."""
    offer = listed(market, keys=0)
    row = promised(offer)

    def void() -> int:
        with transaction(tenancy.supplier(offer.supplier_id)) as session:
            return inventory.withdraw(
                session, supplier_id=offer.supplier_id, offer=offer, import_id=row.id, reason="wrong sheet"
            )

    gone = {"import.batch.loaded": 0, "import.batch.committed": 2, "import.loaded": 4}[race.point]
    assert race.run(load=runner(row), void=void)["void"] == gone and not race.waited
    assert standing(row) == ("completed", 4, 4, 0)
    assert market.stock(offer.sku_id) == 4 - gone and keys_there() == 4


@between(
    ("load", "import.batch.loaded", "pause"),
    ("load", "import.batch.loaded", "price"),
)
def test_an_offer_changes_while_its_keys_are_loaded(race: Race, market: Market) -> None:
    offer = listed(market, keys=0)
    row = promised(offer)

    def change(verb: str) -> Callable[[], uuid.UUID]:
        def changed() -> uuid.UUID:
            with transaction(tenancy.supplier(offer.supplier_id)) as session:
                if verb == "pause":
                    return offers.pause(session, offer_id=offer.id).id
                return offers.update_offer(session, offer_id=offer.id, base_price_minor=8_000).id

        return changed

    ends = race.run(load=runner(row), pause=change("pause"), price=change("price"))
    assert ends[race.second] == offer.id and not race.waited
    assert standing(row) == ("completed", 4, 4, 0) and market.stock(offer.sku_id) == 4


@between(
    ("load", "import.begun", "rival"),
    ("load", "import.batch.loaded", "rival"),
    ("load", "import.batch.committed", "rival"),
)
def test_two_sheets_make_the_same_offer(race: Race, market: Market) -> None:
    """One makes it, the other changes it; the keys of both are in, and no line is refused."""
    supplier = market.suppliers[0].id
    mine, rival = (sheet_of_offers(supplier, price, f"SHEET-{price}") for price in ("95.00", "94.00"))
    race.run(load=runner(mine), rival=runner(rival))
    assert race.waited == (race.point == "import.batch.loaded")
    assert (standing(mine), standing(rival)) == (("completed", 1, 1, 0), ("completed", 1, 1, 0))
    with transaction(tenancy.supplier(supplier)) as session:
        offer = session.scalars(select(Offer)).one()
        rows = [imports.get_import(session, row.id) for row in (mine, rival)]
    assert sorted((row.offers_created, row.offers_updated) for row in rows) == [(0, 1), (1, 0)]
    assert offer.base_price_minor == (9_500 if race.point == "import.begun" else 9_400)
    assert market.stock(offer.sku_id) == 2


def sheet_of_offers(supplier_id: uuid.UUID, price: str, key: str) -> Import:
    """An import of one offer with one key, not begun."""
    lines = ["商品名称,规格,分类,供货价,卡密", f"腾讯Q币,100元,games,{price},{key}", ""]
    sheet = io.BytesIO("\n".join(lines).encode())
    with transaction(tenancy.supplier(supplier_id)) as session:
        return imports.start(session, supplier_id=supplier_id, kind="offers", filename="o.csv", stream=sheet)
