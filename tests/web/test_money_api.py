"""Money by API: how a party is paid, runs that two people answer for, advances, deposits, price lists."""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import delete, select, text

from cardmesh.identity.api_keys import service as api_keys
from cardmesh.identity.models import Membership, Party, Supplier
from cardmesh.identity.people import service as people
from cardmesh.identity.settings import service as settings
from cardmesh.kit import clock, tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.ids import NIL, public_id
from cardmesh.kit.money import Money
from cardmesh.kit.tenancy import Actor
from cardmesh.money.ledger.service import post
from cardmesh.money.models import AccountKind
from cardmesh.money.payouts import terms
from cardmesh.money.payouts.models import Method, Schedule
from cardmesh.money.payouts.rules import Payee
from cardmesh.money.payouts.terms import Choice
from tests.fixtures import papers
from tests.fixtures.web import Keys
from tests.money.books import credit, debit, gift

CNY = "CNY"


def yuan(minor: int) -> dict[str, object]:
    return {"amount": minor, "currency": CNY}


@dataclass(frozen=True)
class Caller:
    client: FlaskClient
    key: str

    def call(self, method: str, path: str, body: Any = None, *, expect: int = 200, once: str = "") -> Any:
        headers = {"Authorization": f"Bearer {self.key}", "Host": "localhost", "Accept-Language": "en"}
        headers["Idempotency-Key"] = once or uuid.uuid4().hex
        answer = self.client.open(path, method=method, json=body, headers=headers)
        assert answer.status_code == expect, f"{method} {path}: {answer.status_code} {answer.get_data(as_text=True)}"
        return answer.get_json()

    def get(self, path: str) -> Any:
        return self.call("GET", path)


@pytest.fixture
def supplier_id(web: APIFlask, keys: Keys) -> uuid.UUID:
    """With 300.00 available, 500.00 pending, and papers."""
    with transaction(tenancy.platform()) as session:
        owner = session.scalars(select(Supplier.id).where(Supplier.name == "Supplier 1")).one()
        post(session, key="gift", kind="credit", legs=gift(owner, 300_00))
        pending = [debit(AccountKind.CLEARING, 500_00), credit(AccountKind.PENDING, 500_00, owner=owner)]
        post(session, key="sold", kind="sale", legs=pending)
        papers.prove(session, Party.SUPPLIER, owner)
        settings.change(session, {"batch_payouts": True})
    return owner


@pytest.fixture
def supplier(web: APIFlask, keys: Keys, supplier_id: uuid.UUID) -> Caller:
    return Caller(web.test_client(), keys.suppliers[0])


def person_of_finance(web: APIFlask, name: str, role: str = "owner") -> tuple[uuid.UUID, Caller]:
    """And a key that this person has made."""
    with transaction(tenancy.platform()) as session:
        person = people.create_person(session, email=f"{name}@example.test", password="long enough for us 1")
        people.join(session, person_id=person.id, party=Party.PLATFORM, party_id=NIL, role=role)
    with transaction(tenancy.platform(Actor("person", person.id))) as session:
        secret = api_keys.issue(session, party=Party.PLATFORM, name=name).secret
    return person.id, Caller(web.test_client(), secret)


def test_how_a_supplier_is_paid_is_set_but_where_to_is_not(supplier: Caller, supplier_id: uuid.UUID) -> None:
    wish = {"schedule": "weekly", "minimum": yuan(50_00), "method": "bank"}
    supplier.call("PUT", "/v1/supplier/payout-terms", wish)
    made = supplier.call("PUT", "/v1/supplier/payout-terms", wish)
    assert (made["schedule"], made["minimum"], made["ready"], made["account"]) == ("weekly", yuan(50_00), False, "")
    assert supplier.get("/v1/supplier/payout-terms")["data"] == [made]
    to_thief = {**wish, "payee": {"name": "T", "bank": "B", "account": "6222"}}
    supplier.call("PUT", "/v1/supplier/payout-terms", to_thief, expect=422)
    supplier.call("PUT", "/v1/supplier/payout-terms", {**wish, "minimum": yuan(-1)}, expect=422)
    by_bank(supplier_id)
    kept = supplier.call("PUT", "/v1/supplier/payout-terms", {**wish, "schedule": "daily"})
    assert kept["ready"] and "4567" in kept["account"] and "622202000123" not in kept["account"]


def by_bank(owner: uuid.UUID) -> None:
    """As a person does in the console."""
    payee = Payee("王小明", "工商银行", "6222020001234567")
    made = Choice(schedule=Schedule.MANUAL, minimum=Money(0, CNY), method=Method.BANK, payee=payee)
    with transaction(tenancy.supplier(owner)) as session:
        terms.choose(session, party=Party.SUPPLIER, owner_id=owner, choice=made)


def test_a_run_is_made_by_one_person_approved_by_another_and_ended_by_the_bank(
    web: APIFlask, keys: Keys, supplier: Caller, supplier_id: uuid.UUID
) -> None:
    by_bank(supplier_id)
    asked = [supplier.call("POST", "/v1/supplier/withdrawals", {"amount": yuan(100_00)}, expect=201) for _ in "ab"]
    _, ann = person_of_finance(web, "ann")
    ben_id, ben = person_of_finance(web, "ben")
    nobody = Caller(web.test_client(), keys.platform)
    path, wish = "/v1/platform/payout-runs", {"method": "bank", "currency": CNY}
    young = nobody.get(f"{path}/preview?method=bank")
    assert [one["obstacle"] for one in young["withdrawals"]] == ["too_young"] * 2
    with transaction(tenancy.platform()) as session:
        session.execute(text("update withdrawals set created_at = created_at - interval '2 days'"))
    assert nobody.get(f"{path}/preview?method=bank")["total"] == yuan(200_00)
    nobody.call("POST", path, wish, expect=403)
    run = ann.call("POST", path, wish, expect=201, once="make")
    assert ann.call("POST", path, wish, expect=201, once="make") == run
    assert (run["status"], run["count"], run["total"]) == ("draft", 2, yuan(200_00))
    here = f"{path}/{run['id']}"
    assert ann.call("POST", f"{here}/approve", expect=403)["code"] == "payout_same_person"
    nobody.call("POST", f"{here}/approve", expect=403)
    _leave(ben_id)
    ben.call("POST", f"{here}/approve", expect=403)
    _, eve = person_of_finance(web, "eve", "finance")
    assert eve.call("POST", f"{here}/approve")["status"] == "approved"
    ann.call("POST", f"{here}/cancel", {}, expect=409)
    _end(eve, here, [one["id"] for one in asked])
    assert {one["status"] for one in supplier.get("/v1/supplier/withdrawals")["data"]} == {"paid", "failed"}
    wallet = supplier.get("/v1/supplier/wallet")["balances"][0]
    assert (wallet["available"], wallet["in_transit"]) == (200_00, 0), "one came back"


def _leave(person_id: uuid.UUID) -> None:
    """Whoever has left answers for nothing."""
    with transaction(tenancy.platform()) as session:
        session.execute(delete(Membership).where(Membership.person_id == person_id))


def _end(caller: Caller, here: str, withdrawals: list[str]) -> None:
    lines = caller.get(here)["lines"]
    assert sorted(one["withdrawal"] for one in lines) == sorted(withdrawals)
    answers = [{"line": lines[0]["id"], "result": "paid"}, {"line": lines[1]["id"], "result": "failed", "reason": "x"}]
    unknown = {"results": [*answers, {"line": "pay_nobody", "result": "paid"}]}
    assert caller.call("POST", f"{here}/results", unknown, expect=422)["code"] == "payout_result_unreadable"
    done = caller.call("POST", f"{here}/results", {"results": answers})
    assert (done["paid"], done["failed"], done["repeated"]) == (1, 1, False)
    assert caller.call("POST", f"{here}/results", {"results": answers})["repeated"], "the same answers, sent anew"


def test_an_advance_and_a_deposit(keys: Keys, web: APIFlask, supplier: Caller, supplier_id: uuid.UUID) -> None:
    operator = Caller(web.test_client(), keys.platform)
    assert operator.get("/v1/platform/advance-terms")["data"] == []
    assert not supplier.get("/v1/supplier/advances/offer")["enabled"]
    supplier.call("POST", "/v1/supplier/advances", {"amount": yuan(1)}, expect=402)
    wish = {"currency": CNY, "enabled": True, "pending_permille": 700, "history_permille": 3000, "fee_permille": 12,
            "least_days": 0, "most": 200_00}  # fmt: skip
    since = operator.call("PUT", "/v1/platform/advance-terms", wish)
    assert operator.get("/v1/platform/advance-terms")["data"] == [since]
    with transaction(tenancy.platform()) as session:
        settled = [debit(AccountKind.CLEARING, 90_00), credit(AccountKind.AVAILABLE, 90_00, owner=supplier_id)]
        post(session, key="settled", kind="settlement", legs=settled)
    offer = supplier.get("/v1/supplier/advances/offer")
    assert (offer["enabled"], offer["limit"], offer["owed"]) == (True, yuan(90_00), yuan(0))
    taken = supplier.call("POST", "/v1/supplier/advances", {"amount": yuan(50_00)}, expect=201, once="a")
    assert supplier.call("POST", "/v1/supplier/advances", {"amount": yuan(50_00)}, expect=201, once="a") == taken
    assert taken["fee"] == yuan(60) and supplier.get("/v1/supplier/advances/offer")["owed"] == yuan(50_00)
    shown = [caller.get(path)["data"] for caller, path in
             ((supplier, "/v1/supplier/advances"), (operator, "/v1/platform/advances"))]  # fmt: skip
    assert shown == [[taken], [taken]]
    put = supplier.call("POST", "/v1/supplier/deposit", {"amount": yuan(40_00)}, expect=201)
    assert put["held"] == supplier.get("/v1/supplier/deposit")["held"] == [yuan(40_00)]
    held = operator.get("/v1/platform/deposits")["data"]
    assert held == [{"supplier": public_id("sup", supplier_id), "amount": yuan(40_00)}]
    back = f"/v1/platform/suppliers/{held[0]['supplier']}/deposit/return"
    operator.call("POST", back, {"amount": yuan(40_01), "reason": "x"}, expect=402)
    for _ in range(2):
        operator.call("POST", back, {"amount": yuan(30_00), "reason": "asked for it"}, expect=201, once="b")
    assert supplier.get("/v1/supplier/deposit")["held"] == [yuan(10_00)]


def test_price_lists_are_planned_and_canceled(supplier: Caller) -> None:
    body = {"product": {"name": "Card", "category": "games"}, "sku": {"name": "10"}, "kind": "card_key",
            "base_price": yuan(10_00)}  # fmt: skip
    here = f"/v1/supplier/offers/{supplier.call('POST', '/v1/supplier/offers', body, expect=201)['id']}/price-lists"
    day = (clock.now() + timedelta(days=3)).replace(microsecond=0)
    wish = {"effective_from": day.isoformat(), "base_price": 9_00,
            "prices": [{"tier": "VIP2", "price": 8_50}, {"min_quantity": 10, "price": 8_00}]}  # fmt: skip
    made = supplier.call("POST", here, wish, expect=201)
    assert (made["status"], made["base_price"], len(made["prices"])) == ("planned", 9_00, 2)
    assert supplier.get(here)["data"] == [made]
    past = {**wish, "effective_from": (clock.now() - timedelta(days=1)).isoformat()}
    supplier.call("POST", here, past, expect=422)
    for _ in range(2):
        assert supplier.call("POST", f"{here}/{made['id']}/cancel")["status"] == "canceled"
    assert [one["status"] for one in supplier.get(here)["data"]] == ["canceled"]
