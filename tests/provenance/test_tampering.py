"""Whoever changes the log, or the tables under it, is named – even with the powers of the database's owner."""

import json

import pytest
from sqlalchemy import text

from cardmesh.kit import tenancy
from cardmesh.kit.db import db, transaction
from cardmesh.provenance import command, keys, queries, sequencer
from cardmesh.provenance.verify import Report, verify
from cardmesh.trade.delivery.reveal import reveal
from tests.fixtures.market import Market
from tests.provenance.conftest import Superuser, heads, leaves, logged, one

SECOND_SALE = (
    "alter table order_units drop constraint order_units_stock_unit_id_key",
    "insert into order_units select (jsonb_populate_record(u, jsonb_build_object("
    "'id', gen_random_uuid(), 'ordinal', 50, 'xid', pg_current_xact_id()::text))).* from order_units u limit 1",
)

PLANTS = {
    "a changed leaf": (["update log_leaves set token = sha256('x') where index = 2"], "leaf #2 was changed"),
    "a changed leaf with its hash": (
        ["update log_leaves set token = sha256('x'), hash = sha256('y') where index = 2"],
        "leaf #2 was changed",
    ),
    "a dropped leaf": (["delete from log_leaves where index = 3"], "leaf #3 is missing"),
    "a dropped last leaf": (["delete from log_leaves where index = 6"], "the head of size 7 promises leaves"),
    "a leaf slipped in": (
        ["insert into log_leaves select 7, event, token, keys, hash from log_leaves where index = 4"],
        "the log has 8 leaves and counts 7",
    ),
    "leaves in another order": (
        [
            "update log_leaves set index = -1 where index = 2",
            "update log_leaves set index = 2 where index = 4",
            "update log_leaves set index = 4 where index = -1",
        ],
        "the head of size 5 is not the root of the first 5 leaves",
    ),
    "a changed node": (["update log_nodes set hash = sha256('x') where level = 1 and index = 0"], "node 1/0 is not"),
    "a lost node": (["delete from log_nodes where level = 1 and index = 1"], "node 1/1 is not"),
    "a forged head": (["update log_heads set root = sha256('x') where size = 7"], "the head of size 7 is not signed"),
    "a head under a strange key": (
        ["update log_heads set signature = decode(repeat('00', 64), 'hex')"],
        "the head of size 5 is not signed by key",
    ),
    "a changed batch": (
        ["update log_batches set tokens = sha256('x') || substring(tokens from 33)"],
        "the batch of leaf #0 is not what its leaves say",
    ),
    "a lost batch": (["delete from log_batches"], "2 leaves speak of batches that are not there"),
    "a key that was never logged": (
        [
            "alter table card_keys drop constraint card_keys_id_check",
            "update card_keys set fingerprint = sha256('x') where id in (select id from card_keys limit 1)",
        ],
        "imported 3 keys; the log's batches hold others",
    ),
    "a sale that was never logged": (
        ["delete from log_leaves where index = 2"],
        "was sold 1 times by the tables, 0 times by the log",
    ),
    "a sale that never was": (
        ["update order_units set delivered_at = null, settled_at = null"],
        "was sold 0 times by the tables, 1 times by the log",
    ),
    "a reveal that was never logged": (["delete from key_events"], "was revealed 0 times by the tables, 1 times"),
}


@pytest.fixture
def told(market: Market) -> Market:
    """Two heads: of the three keys imported and sold (5 leaves), and of the two revealed since (7)."""
    market.fund(1_000_000)
    sku = market.sell(keys=3)
    order = market.wallet_order((sku, 2))
    market.wallet_order((sku, 1))
    logged()
    with transaction(tenancy.trade(market.tenant_id)) as session:
        reveal(session, order=order)
    logged()
    assert [head.size for head in heads()] == [5, 7]
    return market


def found() -> Report:
    with transaction(tenancy.platform()) as session:
        return verify(session)


def test_a_sound_log_is_sound(told: Market, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["verify"]) == 0
    assert "the log is sound" in capsys.readouterr().out
    assert found().looked_at == {
        "keys": 1, "heads": 2, "leaves": 7, "batches": 1, "keys imported": 3
    }  # fmt: skip


def test_an_empty_log_is_sound(market: Market) -> None:
    market.sell(keys=1)
    assert found().defects == []


def test_facts_that_are_not_final_yet_are_no_defect(told: Market) -> None:
    told.wallet_order((told.sell(keys=1), 1))
    assert found().defects == []


@pytest.mark.parametrize("name", PLANTS)
def test_a_planted_defect_is_named(told: Market, superuser: Superuser, name: str) -> None:
    statements, words = PLANTS[name]
    superuser.do(*statements)
    defects = found().defects
    assert any(words in defect for defect in defects), defects
    assert command.main(["verify"]) == 1


def test_a_second_sale_of_one_key_is_named(
    told: Market, superuser: Superuser, capsys: pytest.CaptureFixture[str]
) -> None:
    """Somebody with the owner's powers sells a key again; from then on the log holds two sales of one name."""
    superuser.do(*SECOND_SALE)
    assert sequencer.catch_up() == 1
    token = leaves()[-1].token
    first = [leaf.token for leaf in leaves()].index(token)
    assert command.main(["verify", "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["defects"] == [f"key {token.hex()} was sold 2 times: leaves #{first} and #7"]


def test_the_same_secret_uploaded_twice_is_a_second_sale_too(told: Market, superuser: Superuser) -> None:
    """Two rows with one blind index are one key, whatever their ids."""
    told.wallet_order((told.sell(keys=1), 1))
    superuser.do(
        "alter table card_keys drop constraint card_keys_id_check",
        "update card_keys set fingerprint = (select fingerprint from card_keys order by xid limit 1)"
        " where xid = (select max(xid) from card_keys)",
    )
    logged()
    assert any("was sold 2 times" in defect for defect in found().defects)


def test_a_rotated_key_signs_and_is_endorsed(told: Market, superuser: Superuser) -> None:
    assert command.main(["rotate"]) == 0
    told.sell(keys=1)
    logged()
    with transaction(tenancy.public()) as session:
        first, second = keys.public_keys(session)
    assert [head.key_id for head in heads()] == [first.id, first.id, second.id]
    assert found().defects == []
    superuser.do("update log_keys set endorsement = sha512('x') where number = 2")
    assert found().defects == [f"key {second.id} is not endorsed by {first.id}"]


def test_the_private_key_is_sealed_and_for_the_platform_alone(told: Market) -> None:
    sealed = one("select sealed from log_secrets")
    with transaction(tenancy.platform()) as session:
        session.execute(queries.LOCK_STATE)
        row, private = keys.signing_key(session)
    assert private.private_bytes_raw() not in sealed and row.number == 1
    with transaction(tenancy.tenant(told.tenant_id)) as session:
        assert session.execute(text("select count(*) from log_secrets")).scalar_one() == 0
        assert session.execute(text("select count(*) from log_batches")).scalar_one() == 0
        assert session.execute(text("select count(*) from key_events")).scalar_one() == 0
    db.session.remove()
