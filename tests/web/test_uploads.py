"""A sheet of keys that is sent again under its Idempotency-Key is loaded once and leaves no second copy behind."""

from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from cardmesh.goods.models import Import
from cardmesh.identity.api_keys import service as api_keys
from cardmesh.identity.models import Party
from cardmesh.kit import runtime, tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.ids import public_id
from tests.fixtures.market import Market, open_market

SHEETS: dict[str, dict[str, Any]] = {
    "json": {"json": {"keys": ["ONE-0001", "TWO-0002"]}},
    "csv": {"data": "卡密\nONE-0001\nTWO-0002\n".encode(), "content_type": "text/csv"},
    "form": {"data": {"file": (b"ONE-0001\nTWO-0002\n", "keys.csv")}},
}


@pytest.fixture
def market(web: APIFlask) -> Market:
    with transaction(tenancy.platform()) as session:
        return open_market(session)


class Sender:
    """A supplier's program."""

    def __init__(self, web: APIFlask, market: Market, supplier: int = 0) -> None:
        self._web = web
        party_id = market.suppliers[supplier].id
        with transaction(tenancy.platform()) as session:
            self._key = api_keys.issue(session, party=Party.SUPPLIER, party_id=party_id).secret
        offer = market.offer(market.sku(), keys=0, supplier=supplier)
        self._path = f"/v1/supplier/offers/{public_id('off', offer.id)}/keys"

    def send(self, key: str | None, path: str = "", **sheet: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {self._key}", "Host": "localhost"}
        headers |= {"Idempotency-Key": key} if key else {}
        if isinstance(sheet.get("data"), dict):
            content, name = sheet["data"]["file"]
            sheet = {"data": {"file": (BytesIO(content), name)}}
        return self._web.test_client().post(path or self._path, headers=headers, **sheet)


def there() -> tuple[int, int]:
    """(imports, sheets in the storage)."""
    with transaction(tenancy.platform()) as session:
        imports = session.scalar(select(func.count()).select_from(Import)) or 0
    return imports, len(list(runtime.current().storage.list("imports/")))


@pytest.mark.parametrize("form", SHEETS)
def test_the_same_sheet_again(web: APIFlask, market: Market, form: str) -> None:
    sender = Sender(web, market)
    first = sender.send("a", **SHEETS[form])
    again = sender.send("a", **SHEETS[form])
    assert (first.status_code, again.status_code, again.data) == (202, 202, first.data)
    assert "Idempotent-Replayed" in again.headers and "Idempotent-Replayed" not in first.headers
    assert there() == (1, 1)
    assert sender.send(None, **SHEETS[form]).get_json()["id"] != first.get_json()["id"], "a key is not required"
    assert there() == (2, 2)


def test_another_sheet_under_the_same_key_is_refused(web: APIFlask, market: Market) -> None:
    sender = Sender(web, market)
    assert sender.send("a", **SHEETS["csv"]).status_code == 202
    other = sender.send("a", data="卡密\nONE-0001\nTWO-0003\n".encode(), content_type="text/csv")
    assert (other.status_code, other.get_json()["code"]) == (422, "idempotency_mismatch")
    offers = sender.send("a", "/v1/supplier/imports", **SHEETS["csv"])
    assert offers.get_json()["code"] == "idempotency_mismatch"
    assert there() == (1, 1)
    assert Sender(web, market, supplier=1).send("a", **SHEETS["csv"]).status_code == 202, "another's key is another"


def test_many_at_once_are_one(web: APIFlask, market: Market) -> None:
    sender = Sender(web, market)

    def send(_: int) -> TestResponse:
        while (answer := sender.send("a", **SHEETS["csv"])).status_code == 409:
            assert answer.get_json()["code"] == "idempotency_in_progress"
        return answer

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, range(8)))
    assert {(answer.status_code, answer.data) for answer in answers} == {(202, answers[0].data)}
    assert there() == (1, 1)


def test_a_sheet_that_no_import_wants_is_not_kept(web: APIFlask, market: Market) -> None:
    sender = Sender(web, market)
    assert sender.send("x" * 300, **SHEETS["csv"]).status_code == 400
    assert there() == (0, 0)
