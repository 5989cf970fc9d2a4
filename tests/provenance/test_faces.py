"""The log by API: the distributor's proofs, the buyer's, and what anybody can show without asking us for trust."""

import hashlib
import json
from collections import Counter
from typing import Any

import pytest
from apiflask import APIFlask
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from flask.testing import FlaskClient

from cardmesh.identity.api_keys import service as api_keys
from cardmesh.identity.models import Party
from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.ids import public_id
from cardmesh.provenance import rules, sequencer
from tests.fixtures.market import Market, StripeDesk
from tests.provenance import naive
from tests.provenance.conftest import Superuser, logged
from tests.provenance.test_tampering import SECOND_SALE

STORE = {"Host": "one.localhost"}


@pytest.fixture
def app(whole: APIFlask) -> APIFlask:
    return whole


@pytest.fixture
def client(app: APIFlask) -> FlaskClient:
    return app.test_client()


def get(client: FlaskClient, path: str, headers: dict[str, str] | None = None, *, expect: int = 200) -> Any:
    answer = client.get(path, headers={"Host": "localhost", **(headers or {})})
    assert answer.status_code == expect, answer.get_data(as_text=True)
    return answer.get_json()


def unhex(path: list[str]) -> list[bytes]:
    return [bytes.fromhex(one) for one in path]


def holds(step: Any, unit: Any, head: Any) -> bool:
    """Whether a step of a proof proves what it says, from its text alone."""
    said = json.loads(step["leaf"]["text"])
    leaf = rules.leaf_hash(step["leaf"]["text"].encode())
    root = bytes.fromhex(head["root"])
    if not rules.verify_inclusion(leaf, step["leaf"]["index"], head["size"], unhex(step["path"]), root):
        return False
    if step["batch"] is None:
        return said["key"] == unit["key"]
    own, batch = rules.leaf_hash(bytes.fromhex(unit["key"])), step["batch"]
    path = unhex(batch["path"])
    return rules.verify_inclusion(own, batch["position"], batch["keys"], path, bytes.fromhex(said["root"]))


def check_signature(head: Any, public_key: str) -> None:
    """Raises InvalidSignature. Written out from RFC 6962 §3.5."""
    message = b"\x00\x01" + head["timestamp_ms"].to_bytes(8, "big") + head["size"].to_bytes(8, "big")
    message += bytes.fromhex(head["root"])
    Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key)).verify(bytes.fromhex(head["signature"]), message)


def key_of(market: Market) -> dict[str, str]:
    with transaction(tenancy.platform()) as session:
        secret = api_keys.issue(session, party=Party.DISTRIBUTOR, party_id=market.tenant_id).secret
    return {"Authorization": f"Bearer {secret}"}


def test_a_distributor_proves_its_order(client: FlaskClient, market: Market) -> None:
    market.fund(10_000_000)
    sku = market.sell(keys=9)
    order = market.wallet_order((sku, 3))
    own = key_of(market)
    path = f"/v1/orders/{public_id('ord', order.id)}/proofs"
    assert get(client, path, own, expect=404)["code"] == "log_empty"
    logged()
    for _ in range(3):
        market.wallet_order((sku, 1))
        logged()
    answer = get(client, path, own)
    check_signature(answer["head"], answer["log_key"]["public_key"])
    assert answer["head"] == get(client, "/v1/log/head")
    assert len({unit["key"] for unit in answer["data"]}) == 3 and not answer["has_more"]
    for unit in answer["data"]:
        assert [step["leaf"]["event"] for step in unit["steps"]] == ["imported", "listed", "sold"]
        assert unit["sales"] == 1
        assert all(holds(step, unit, answer["head"]) for step in unit["steps"])
        other = {**unit, "key": hashlib.sha256(b"another").hexdigest()}
        assert not any(holds(step, other, answer["head"]) for step in unit["steps"])


def test_proofs_come_in_pages(client: FlaskClient, market: Market) -> None:
    market.fund(10_000_000)
    order = market.wallet_order((market.sell(keys=5), 5))
    logged()
    path, own = f"/v1/orders/{public_id('ord', order.id)}/proofs?limit=2", key_of(market)
    seen, page = [], get(client, path, own)
    seen += page["data"]
    while page["has_more"]:
        page = get(client, f"{path}&after={page['next_cursor']}", own)
        seen += page["data"]
    assert [unit["unit"] for unit in seen] == [1, 2, 3, 4, 5] and len({unit["id"] for unit in seen}) == 5
    assert get(client, f"{path}&after=nonsense", own, expect=422)["code"] == "validation_failed"


def test_a_sale_the_log_has_not_reached_has_no_sales_yet(client: FlaskClient, market: Market) -> None:
    market.fund(10_000_000)
    sku = market.sell(keys=2)
    logged()
    order = market.wallet_order((sku, 1))
    answer = get(client, f"/v1/orders/{public_id('ord', order.id)}/proofs", key_of(market))
    assert [unit["sales"] for unit in answer["data"]] == [0]


def test_a_buyer_proves_with_the_orders_token_only(
    client: FlaskClient, hosted: Market, stripe_desk: StripeDesk
) -> None:
    placed = hosted.order((hosted.sell(keys=2), 1))
    path = f"/api/orders/{placed.order.number}/proofs"
    token = {"X-Order-Token": placed.token, **STORE}
    logged()
    assert get(client, path, token)["data"] == [], "nothing is told of a key that is only set aside"
    assert stripe_desk.pay(hosted.checkout(placed)) == 303
    stripe_desk.tell()
    logged()
    answer = get(client, path, token)
    (unit,) = answer["data"]
    assert unit["sales"] == 1 and all(holds(step, unit, answer["head"]) for step in unit["steps"])
    for wrong in ({}, {"X-Order-Token": "x" * 32}):
        assert get(client, path, {**STORE, **wrong}, expect=404)["code"] == "not_found"


def crawl(client: FlaskClient) -> tuple[list[str], list[Any], list[Any]]:
    """All that is public: leaves, heads, keys. No key of ours is sent."""
    texts: list[str] = []
    start: int | None = 0
    while start is not None:
        page = get(client, f"/v1/log/leaves?start={start}&limit=3")
        texts += [leaf["text"] for leaf in page["data"]]
        start = page["next_start"]
    heads: list[Any] = []
    after: int | None = 0
    while after is not None:
        page = get(client, f"/v1/log/heads?after={after}&limit=1")
        heads += page["data"]
        after = page["next_after"]
    return texts, heads, get(client, "/.well-known/cardmesh-log.json")["keys"]


def test_anybody_can_show_a_second_sale_with_two_heads(
    client: FlaskClient, market: Market, superuser: Superuser
) -> None:
    """An auditor with a recursive reading of the RFC, the public calls, and nothing else."""
    market.fund(10_000_000)
    market.wallet_order((market.sell(keys=3), 2))
    logged()
    before = get(client, "/v1/log/head")
    superuser.do(*SECOND_SALE)
    sequencer.catch_up()
    texts, heads, keys = crawl(client)
    public = {key["id"]: key["public_key"] for key in keys}
    assert heads[0] == before and len(heads) == 2
    content = [text.encode() for text in texts]
    for head in heads:
        check_signature(head, public[head["key"]])
        assert naive.mth(content[: head["size"]]).hex() == head["root"]
    first, second = (head["size"] for head in heads)
    proof = get(client, f"/v1/log/consistency?first={first}&second={second}")["path"]
    assert unhex(proof) == naive.proof(first, content[:second])
    sales = Counter(json.loads(text)["key"] for text in texts if '"sold"' in text)
    ((key, times),) = [(key, times) for key, times in sales.items() if times > 1]
    guilty = [index for index, text in enumerate(texts) if text == f'{{"event":"sold","key":"{key}"}}']
    assert times == len(guilty) == 2 and guilty[0] < first <= guilty[1], "one under each of the platform's signatures"
    for index in guilty:
        path = get(client, f"/v1/log/inclusion?index={index}&size={second}")["path"]
        assert unhex(path) == naive.path(index, content[:second])


def test_a_head_with_another_size_root_or_time_is_not_signed(client: FlaskClient, market: Market) -> None:
    market.sell(keys=1)
    logged()
    head, public = get(client, "/v1/log/head"), get(client, "/.well-known/cardmesh-log.json")["keys"][0]["public_key"]
    check_signature(head, public)
    for changed in ({"size": 3}, {"root": "00" * 32}, {"timestamp_ms": head["timestamp_ms"] + 1}):
        with pytest.raises(InvalidSignature):
            check_signature(head | changed, public)


def test_what_is_public_names_nobody(client: FlaskClient, market: Market) -> None:
    market.fund(10_000_000)
    order = market.wallet_order((market.sell(keys=1), 1))
    logged()
    _, units = market.state(order.id)
    texts, heads, keys = crawl(client)
    public = json.dumps([texts, heads, keys])
    names = (order.id, order.tenant_id, units[0].supplier_id, units[0].offer_id, units[0].stock_unit_id, units[0].id)
    for name in names:
        assert str(name) not in public and name.hex not in public  # pyright: ignore[reportOptionalMemberAccess]
    for word in (order.number, "created_at\": \"2", "CNY"):
        assert word not in json.dumps([texts, heads])


@pytest.mark.parametrize(
    "path",
    [
        "inclusion?index=2&size=2",
        "inclusion?index=0&size=99",
        "consistency?first=0&second=2",
        "consistency?first=2&second=1",
        "consistency?first=1&second=99",
        "leaves?limit=1001",
        "inclusion?index=-1&size=2",
    ],
)
def test_what_the_log_cannot_answer_is_refused(client: FlaskClient, market: Market, path: str) -> None:
    market.sell(keys=1)
    logged()
    assert get(client, f"/v1/log/{path}", expect=422)["code"] == "validation_failed"


def test_the_empty_log_says_so(client: FlaskClient, market: Market) -> None:
    for path in ("head", "inclusion?index=0&size=1", "consistency?first=1&second=1"):
        assert get(client, f"/v1/log/{path}", expect=404)["code"] == "log_empty"
    assert get(client, "/v1/log/leaves") == {"data": [], "next_start": None}
    assert get(client, "/.well-known/cardmesh-log.json")["keys"] == []


@pytest.mark.parametrize(("language", "words"), [("zh-CN", "溯源证明"), ("en", "Proof of origin")])
def test_the_page_is_the_platforms_in_both_languages(
    client: FlaskClient, hosted: Market, language: str, words: str
) -> None:
    for answer in (
        client.get("/-/proof", headers={**STORE, "Accept-Language": language}),
        client.get(f"/-/proof?lang={language}", headers={**STORE, "Accept-Language": "fr"}),
    ):
        assert answer.status_code == 200 and words in answer.get_data(as_text=True)
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    for name in ("proof.js", "proof.css"):
        assert client.get(f"/-/{name}", headers=STORE).status_code == 200
    assert client.get("/-/proof", headers={"Host": "nobody.localhost"}).status_code == 404
