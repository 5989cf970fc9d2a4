"""What the foreign keys of the pool said is still the law, though it is looked at once a statement."""

import uuid

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction

from .conftest import World

KEY = text(
    "insert into card_keys (supplier_id, id, offer_id, sealed, key_version, fingerprint)"
    " values (:supplier, :unit, :offer, 'x', 1, :print)"
)
UNIT = text("insert into stock (supplier_id, unit_id, offer_id) values (:supplier, :unit, :offer)")


@pytest.mark.parametrize("statement", [KEY, UNIT], ids=["key", "unit"])
def test_of_an_offer_that_is_there_and_of_its_supplier(world: World, statement: object) -> None:
    with transaction(tenancy.platform()) as session:
        offer = world.offer(session)
    own, other = world.suppliers[0].id, world.suppliers[1].id
    for supplier, offer_id, fine in [(own, offer.id, True), (other, offer.id, False), (own, uuid.uuid4(), False)]:
        unit = uuid.uuid4()
        values = {"supplier": supplier, "offer": offer_id, "unit": unit, "print": unit.bytes * 2}
        if fine:
            with transaction(tenancy.platform()) as session:
                session.execute(statement, values)  # pyright: ignore[reportArgumentType, reportCallIssue] - one of two
        else:
            with pytest.raises(DBAPIError, match="no such offer"), transaction(tenancy.platform()) as session:
                session.execute(statement, values)  # pyright: ignore[reportArgumentType, reportCallIssue]


@pytest.mark.parametrize("statement", [KEY, UNIT], ids=["key", "unit"])
def test_a_supplier_adds_to_its_own_alone(world: World, statement: object) -> None:
    with transaction(tenancy.platform()) as session:
        offer = world.offer(session)
    unit = uuid.uuid4()
    values = {"supplier": offer.supplier_id, "offer": offer.id, "unit": unit, "print": unit.bytes * 2}
    other = tenancy.supplier(world.suppliers[1].id)
    with pytest.raises(DBAPIError, match="row-level security"), transaction(other) as session:
        session.execute(statement, values)  # pyright: ignore[reportArgumentType, reportCallIssue] - one of two
    with transaction(tenancy.supplier(offer.supplier_id)) as session:
        session.execute(statement, values)  # pyright: ignore[reportArgumentType, reportCallIssue]


def test_a_keys_id_is_half_its_blind_index(world: World) -> None:
    """Else the index of the ids would not be that of the keys, and one key could come in twice."""
    with transaction(tenancy.platform()) as session:
        offer = world.offer(session)
    values = {"supplier": offer.supplier_id, "offer": offer.id, "unit": uuid.uuid4(), "print": uuid.uuid4().bytes * 2}
    with pytest.raises(DBAPIError, match="card_keys_id_check"), transaction(tenancy.platform()) as session:
        session.execute(KEY, values)


def test_an_offer_stays(world: World) -> None:
    with transaction(tenancy.platform()) as session:
        offer = world.offer(session)
    for change in ("delete from offers where id = :id", "update offers set supplier_id = :other where id = :id"):
        with pytest.raises(DBAPIError, match="never deleted"), transaction(tenancy.platform()) as session:
            session.execute(text(change), {"id": offer.id, "other": world.suppliers[1].id})
