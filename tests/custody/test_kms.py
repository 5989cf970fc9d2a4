"""A KMS key as the master: the real client against moto, its answers cut off, and a key file beside it."""

from collections.abc import Iterator
from contextvars import Context
from dataclasses import replace
from typing import Any

import boto3
import psycopg
import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError
from flask import Flask
from moto import mock_aws
from sqlalchemy import func, select

from cardmesh.app import create_app, create_web
from cardmesh.goods.custody import service as custody
from cardmesh.goods.inventory import service as inventory
from cardmesh.goods.models import CardKey, StockUnit
from cardmesh.identity.api_keys import service as api_keys
from cardmesh.identity.models import Party
from cardmesh.kit import tenancy
from cardmesh.kit.crypto import aead
from cardmesh.kit.crypto.errors import CustodyUnavailable
from cardmesh.kit.crypto.models import DataKey
from cardmesh.kit.db import db, transaction
from cardmesh.kit.ids import public_id
from cardmesh.settings import Settings
from tests.custody.conftest import as_owner, running
from tests.custody.test_rotation import bought, forget_data_keys, shown
from tests.fixtures.market import Code, Market, open_market


@pytest.fixture
def kms(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A KMS with one key; its id."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        yield new_kms_key()


@pytest.fixture
def market(kms: str, settings: Settings) -> Iterator[Market]:
    """A market whose data keys that KMS wraps, in the application of the owner's role: it rotates, too."""
    with running(as_owner(settings, kms_key_id=kms)):
        with transaction(tenancy.platform()) as session:
            opened = open_market(session)
        yield opened


def test_data_keys_are_wrapped_by_kms_for_their_owner_and_version(kms: str, market: Market) -> None:
    order_id = bought(market, keys=2)
    forget_data_keys()
    assert len(shown(market, order_id)) == 1
    with transaction(tenancy.platform()) as session:
        row = session.scalars(select(DataKey).where(DataKey.owner_id == market.suppliers[0].id)).one()
    assert row.master_id == f"kms:{kms}"
    ours = {"KeyId": kms, "CiphertextBlob": row.wrapped}
    context = {"cardmesh": f"{row.owner_id}:{row.version}"}
    assert len(client().decrypt(**ours, EncryptionContext=context)["Plaintext"]) == aead.KEY_BYTES
    with pytest.raises(ClientError):
        client().decrypt(**ours, EncryptionContext={"cardmesh": f"{row.owner_id}:2"})


def test_another_kms_key_takes_over(kms: str, market: Market, settings: Settings) -> None:
    order_id = bought(market, keys=2)
    second = new_kms_key()
    db.session.remove()
    with running(as_owner(settings, kms_key_id=second)):
        assert shown(market, order_id), "a key that the old one wraps still opens"
        assert custody.rotate_master_key(new_file_key=False) == custody.Rotated(2, 0, 0)
        client().disable_key(KeyId=kms)
        forget_data_keys()
        assert shown(market, order_id)


def test_from_a_key_file_to_kms(kms: str, settings: Settings) -> None:
    with running(as_owner(settings)):
        with transaction(tenancy.platform()) as session:
            market = open_market(session)
        order_id = bought(market, keys=2)
        expected = shown(market, order_id)
    with running(as_owner(settings, kms_key_id=kms)):
        assert shown(market, order_id) == expected
        assert custody.rotate_master_key(new_file_key=False) == custody.Rotated(2, 0, 0)
        (settings.data_dir / "secrets" / "master.key").unlink()
        forget_data_keys()
        assert shown(market, order_id) == expected


@pytest.fixture
def kms_down(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on nobody answers, and no data key is in memory any more."""
    forget_data_keys()

    def silent(*_: object, **__: object) -> None:
        raise ConnectTimeoutError(endpoint_url="https://kms.us-east-1.amazonaws.com/")

    monkeypatch.setattr("botocore.client.BaseClient._make_api_call", silent)


def test_without_kms_nothing_is_revealed(market: Market, request: pytest.FixtureRequest) -> None:
    order_id = bought(market, keys=2)
    request.getfixturevalue("kms_down")
    with pytest.raises(CustodyUnavailable, match="ConnectTimeoutError") as refused:
        shown(market, order_id)
    assert (refused.value.status, refused.value.retryable, refused.value.retry_after) == (503, True, 5)
    assert "amazonaws" not in refused.value.message("en") + refused.value.message("zh-CN")


@pytest.mark.parametrize("supplier", [0, 1], ids=["with a data key", "without one yet"])
def test_without_kms_nothing_is_stored(
    market: Market, request: pytest.FixtureRequest, supplier: int
) -> None:
    market.sell(keys=2)
    offer = market.offer(market.sku(), keys=0, supplier=supplier)
    before = rows()
    request.getfixturevalue("kms_down")
    scope = tenancy.supplier(market.suppliers[supplier].id)
    with pytest.raises(CustodyUnavailable), transaction(scope) as session:
        inventory.add_keys(session, offer=offer, records=[Code(1, "NEVER-STORED-1")])
    assert rows() == before


def test_a_rotation_without_kms_leaves_everything_readable(market: Market, request: pytest.FixtureRequest) -> None:
    order_id = bought(market, keys=2)
    with pytest.MonkeyPatch.context() as outage:
        outage.setattr("botocore.client.BaseClient._make_api_call", _refuse)
        with pytest.raises(CustodyUnavailable, match="KMSInternalException"):
            custody.rotate_data_keys()
    assert shown(market, order_id)
    assert custody.rotate_data_keys().left == 0
    assert shown(market, order_id)


def test_programs_are_told_when_to_come_back(
    kms: str, settings: Settings, market: Market, request: pytest.FixtureRequest
) -> None:
    order_id = bought(market, keys=1)
    with transaction(tenancy.platform()) as session:
        key = api_keys.issue(session, party=Party.DISTRIBUTOR, party_id=market.tenant_id).secret
    app = create_web(replace(settings, kms_key_id=kms))
    request.addfinalizer(lambda: close(app))
    web = app.test_client()
    headers = {"Host": "localhost", "Authorization": f"Bearer {key}"}
    path = f"/v1/orders/{public_id('ord', order_id)}/codes"
    assert Context().run(web.get, path, headers=headers).status_code == 200
    request.getfixturevalue("kms_down")
    answer = Context().run(web.get, path, headers=headers)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.get_json()["code"] == "custody_unavailable"
    assert b"Timeout" not in answer.data and b"amazonaws" not in answer.data


def test_a_lost_key_file_is_told_at_the_start(settings: Settings) -> None:
    real = replace(settings, env="production", master_key_file=settings.data_dir / "lost.key")
    with pytest.raises(CustodyUnavailable, match="No such file"):
        create_app(real)
    (settings.data_dir / "lost.key").write_bytes(b"x" * 33)
    with pytest.raises(ValueError, match="32 bytes for each key"):
        create_app(real)


def test_another_key_file_opens_nothing(app: Flask, settings: Settings) -> None:
    with transaction(tenancy.platform()) as session:
        market = open_market(session)
    order_id = bought(market, keys=1)
    path = settings.data_dir / "secrets" / "master.key"
    path.write_bytes(b"another key of thirty-two bytes!")
    forget_data_keys()
    with pytest.raises(CustodyUnavailable, match=r"the master key file:\w+ is not in"):
        shown(market, order_id)


def test_a_ciphertext_in_another_rows_place_is_refused(app: Flask, settings: Settings) -> None:
    """Swapped between two keys, two offers, two suppliers: each time the additional data does not fit."""
    with transaction(tenancy.platform()) as session:
        market = open_market(session)
    market.sell(keys=2)
    market.sell(keys=1, supplier=1)
    with transaction(tenancy.platform()) as session:
        for key in session.scalars(select(CardKey)):
            assert inventory.open_keys(session, key_ids=[key.id])
        ids = session.scalars(select(CardKey.id)).all()
    swap(settings)
    for id in ids:
        with transaction(tenancy.platform()) as session, pytest.raises(aead.DecryptionFailed):
            inventory.open_keys(session, key_ids=[id])


def close(app: Flask) -> None:
    with app.app_context():
        db.engine.dispose()


def swap(settings: Settings) -> None:
    """Each row gets its neighbour's ciphertext, as somebody could who writes to the database's files."""
    with psycopg.connect(settings.database_url) as owner:
        owner.execute("select set_config('app.realm', 'platform', false)")
        owner.execute("alter table card_keys disable trigger user")
        owner.execute(
            "with turned as (select id, lead(sealed) over w as next, first_value(sealed) over w as first"
            " from card_keys window w as (order by id rows between unbounded preceding and unbounded following))"
            " update card_keys k set sealed = coalesce(t.next, t.first) from turned t where t.id = k.id"
        )


def rows() -> tuple[int, int, int]:
    with transaction(tenancy.platform()) as session:
        counts = [session.scalar(select(func.count()).select_from(kind)) for kind in (CardKey, StockUnit, DataKey)]
    return counts[0] or 0, counts[1] or 0, counts[2] or 0


def new_kms_key() -> str:
    return client().create_key()["KeyMetadata"]["KeyId"]


def client() -> Any:
    return boto3.client("kms", region_name="us-east-1")


def _refuse(*_: object, **__: object) -> None:
    raise ClientError({"Error": {"Code": "KMSInternalException", "Message": "secret detail"}}, "Encrypt")


