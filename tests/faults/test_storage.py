"""A store of objects that is full, refuses, or hangs up half-way: nothing half published, nothing lost, all of it tried
again. The store is a real one; a proxy in front of it does the harm.
"""

import hashlib
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
import requests
from apiflask import APIFlask
from sqlalchemy import func, select, text
from werkzeug.serving import make_server

from cardmesh.app import create_web
from cardmesh.embedded.s3 import S3
from cardmesh.goods.listings import service as listings
from cardmesh.goods.models import CardKey, GoodsKind, Import, Listing, Offer, OfferFile
from cardmesh.goods.offers.files import attach_file
from cardmesh.identity.api_keys import service as api_keys
from cardmesh.identity.models import Party
from cardmesh.kit import runtime, tenancy
from cardmesh.kit.db import db, transaction
from cardmesh.kit.ids import public_id
from cardmesh.kit.jobs import run
from cardmesh.kit.jobs.models import OutboxJob
from cardmesh.kit.money import Money
from cardmesh.kit.storage import S3Storage
from cardmesh.settings import Settings
from cardmesh.stores import catalog, publish
from cardmesh.stores.models import Build, BuildStatus, Store, StoreHost
from cardmesh.trade.delivery import service as delivery
from tests.fixtures.market import Market, open_market
from tests.fixtures.promises import Promise
from workers.registry import JOBS

from .crooked import FAULTS, READS, Crooked, crooked

HOST = "one.localhost"
PLACES = {"the first page": None, "the record": 3, "the mark": 2, "the pointer": 1}
"""The last writes of a build, counted from its end."""
FEW = [pytest.param(how, marks=[] if how in ("full", "cut") else pytest.mark.faults) for how in FAULTS]
"""Every fault in the whole suite, two in the normal run."""
TRIES = 3
"""So often the client asks by itself; then the store works again, so that who went on regardless publishes a half.
Pages are on their way together, and each is asked for so often; what comes after them goes alone."""
SAMPLE = {("full", "the first page"), ("cut", "the pointer"), ("reply cut", "the mark")}
SIZES = {"one request": 200_000, "in parts": 9_000_000}


@dataclass
class Shop:
    """An installation whose objects lie behind the crooked line."""

    app: APIFlask
    market: Market
    line: Crooked

    def key(self, party: Party, party_id: uuid.UUID) -> str:
        with transaction(tenancy.platform()) as session:
            return api_keys.issue(session, party=party, party_id=party_id, name="t").secret

    def send(self, method: str, path: str, key: str, data: bytes) -> tuple[int, dict[str, Any]]:
        headers = {"Authorization": f"Bearer {key}", "Host": "localhost", "Content-Type": "text/csv"}
        answer = self.app.test_client().open(path, method=method, headers=headers, data=data)
        return answer.status_code, answer.get_json() | {"retry": answer.headers.get("Retry-After")}

    def work(self) -> None:
        """What the workers do, without the pauses between their attempts."""
        with transaction(tenancy.platform()) as session:
            catalog.spread(session)
            session.execute(text("update outbox set run_at = now() where state = 'ready'"))
        run.drain({name: JOBS[name] for name in ("stores.build", "catalog.spread", "imports.run")})

    def failed(self, job: str) -> list[tuple[str, str | None]]:
        with transaction(tenancy.platform()) as session:
            rows = session.execute(select(OutboxJob.state, OutboxJob.last_error).where(OutboxJob.name == job))
            return [(row.state, row.last_error) for row in rows]

    def objects(self, folder: str) -> list[str]:
        return list(runtime.current().storage.list(folder))


@pytest.fixture(scope="module")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3]:
    with S3(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture
def shop(paying: Settings, bucket: S3, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    monkeypatch.setattr("cardmesh.stores.serving.POINTER_SECONDS", 0.0)
    with crooked(bucket.url()) as line:
        there = {name.lower(): value for name, value in bucket.env.items()} | {"s3_endpoint": line.url}
        app = create_web(replace(paying, **there))
        with app.app_context():
            with transaction(tenancy.platform()) as session:
                market = open_market(session)
                session.flush()
                ref = market.store
                session.add(StoreHost(tenant_id=ref.tenant_id, host=HOST, store_id=ref.store_id))
                session.get_one(Store, (ref.tenant_id, ref.store_id)).preset = "harbor"
            yield Shop(app, market, line)
            db.session.remove()
            db.engine.dispose()


def reprice(shop: Shop, minor: int) -> None:
    with transaction(tenancy.tenant(shop.market.tenant_id)) as session:
        listing = session.scalars(select(Listing.id)).one()
        price = Money(minor, "CNY")
        listings.update(session, tenant_id=shop.market.tenant_id, listing_id=listing, retail=price)


def paths(shop: Shop) -> list[str]:
    """Of everything that is published."""
    site = publish.site_of(shop.market.store.store_id)
    record = site.record(site.current())
    assert record
    return list(record.manifest.entries)


def price_seen(shop: Shop) -> int:
    """By a visitor of the product's page, in minor units."""
    path = next(path for path in paths(shop) if path.startswith("/p/")).removesuffix("index.html")
    page = shop.app.test_client().get(path, headers={"Host": HOST})
    assert page.status_code == 200
    return next(minor for minor in range(10_800, 11_000) if f"{minor // 100}.{minor % 100:02}" in page.text)


@pytest.mark.parametrize(
    ("how", "place"),
    [
        pytest.param(how, place, marks=[] if (how, place) in SAMPLE else pytest.mark.faults)
        for how in FAULTS
        for place in PLACES
        if how not in ("error", "busy") or place in ("the first page", "the pointer")
    ],
)
def test_a_build_that_cannot_be_stored(shop: Shop, promise: Promise, how: str, place: str) -> None:
    """Old pages stay, and are whole; the job is tried again and publishes the same build."""
    shop.market.sell(keys=3, retail=10_800)
    shop.work()
    reprice(shop, 10_801)
    shop.line.break_down("")
    shop.work()
    writes = shop.line.seen
    assert price_seen(shop) == 10_801 and writes > len(PLACES)
    reprice(shop, 10_802)
    from_the_end = PLACES[place]
    spare, times = (writes - from_the_end, TRIES) if from_the_end else (0, TRIES * S3Storage.at_once)
    shop.line.break_down(how, spare=spare, times=times)
    shop.work()
    there = how == "reply cut" and place == "the pointer"
    assert price_seen(shop) == (10_802 if there else 10_801)
    assert whole(shop) == 0, "a content that is not what its name says"
    [(state, error)] = shop.failed("stores.build")
    assert state == "ready" and "Unavailable" in (error or "")
    hits = shop.line.mend()
    shop.work()
    assert price_seen(shop) == 10_802 and shop.failed("stores.build") == []
    with transaction(tenancy.platform()) as session:
        statuses = session.scalars(select(Build.status)).all()
    assert statuses == [BuildStatus.PUBLISHED] * len(statuses) and whole(shop) == 0
    promise(
        f"object store ({how}) at {place} of a build",
        demanded="nothing half published, tried again, old pages stay",
        seen="old pages whole, then the new ones",
        faults=hits,
    )


def whole(shop: Shop) -> int:
    """How many stored contents are not what their name, a SHA-256, says."""
    storage, store = runtime.current().storage, public_id("sto", shop.market.store.store_id)
    names = shop.objects(f"sites/{store}/blobs/")
    assert names
    found = {name: hashlib.sha256(storage.get(name) or b"").hexdigest() for name in names}
    return sum(name.rpartition("/")[2] != digest for name, digest in found.items())


def test_pages_without_a_store(shop: Shop, promise: Promise) -> None:
    """What a process has shown it goes on showing; what it has not is answered with 503, not with an error."""
    shop.market.sell(keys=3, retail=10_800)
    shop.work()
    assert price_seen(shop) == 10_800
    product = next(path for path in paths(shop) if path.startswith("/p/"))
    other = next(path for path in paths(shop) if path.startswith("/c/") and path.endswith("index.html"))
    shop.line.break_down("error", methods=READS)
    client, host = shop.app.test_client(), {"Host": HOST}
    assert "108.00" in client.get(product.removesuffix("index.html"), headers=host).text
    away = client.get(other.removesuffix("index.html"), headers=host)
    assert (away.status_code, away.headers["Retry-After"]) == (503, "5")
    hits = shop.line.mend()
    assert client.get(other.removesuffix("index.html"), headers=host).status_code == 200
    promise(
        "object store away from visitors",
        demanded="pages stay, clear error, recovers",
        seen="shown pages stay, the others 503 until it is back",
        faults=hits,
    )


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("how", FEW)
def test_a_file_that_cannot_be_stored(shop: Shop, promise: Promise, how: str, size: str) -> None:
    """The supplier is told, the offer keeps its version, no half lies about; the same request works later."""
    offer = shop.market.offer(shop.market.sku(), kind=GoodsKind.FILE)
    kept = shop.objects(f"offers/{offer.supplier_id}/")
    key, body = shop.key(Party.SUPPLIER, offer.supplier_id), bytes(range(250)) * (SIZES[size] // 250)
    path = f"/v1/supplier/offers/{public_id('off', offer.id)}/file?filename=new.bin"
    shop.line.break_down(how)
    status, answer = shop.send("PUT", path, key, body)
    hits = shop.line.mend()
    assert (status, answer["code"], answer["retryable"]) == (503, "unavailable", True) and int(answer["retry"]) > 0
    assert versions(offer) == [(1, 6)]
    left = [name for name in shop.objects(f"offers/{offer.supplier_id}/") if name not in kept]
    assert all(runtime.current().storage.get(name) == body for name in left), "a half"
    assert not left or how == "reply cut"
    status, answer = shop.send("PUT", path, key, body)
    assert (status, answer["version"], answer["sha256"]) == (200, 2, hashlib.sha256(body).hexdigest())
    assert versions(offer) == [(1, 6), (2, len(body))]
    promise(
        f"object store ({how}) at the upload of a file, {size}",
        demanded="clear error, nothing half done, recovers",
        seen="503 unavailable, the old version kept, the same request served after",
        faults=hits,
    )


def versions(offer: Offer) -> list[tuple[int, int]]:
    with transaction(tenancy.platform()) as session:
        mine = select(OfferFile.version, OfferFile.size).where(OfferFile.offer_id == offer.id)
        return [(row.version, row.size) for row in session.execute(mine.order_by(OfferFile.version))]


@pytest.mark.parametrize("how", FEW)
def test_keys_that_cannot_be_stored_or_fetched(shop: Shop, promise: Promise, how: str) -> None:
    """The sheet is refused whole; and one that was taken is loaded once its store can be read again."""
    offer = shop.market.offer(shop.market.sku(), keys=0)
    key = shop.key(Party.SUPPLIER, offer.supplier_id)
    path = f"/v1/supplier/offers/{public_id('off', offer.id)}/keys"
    sheet = "\n".join(["卡密", *(f"KEY-{number:06}-{uuid.uuid4().hex}" for number in range(1_000))]).encode()
    shop.line.break_down(how)
    status, answer = shop.send("POST", path, key, sheet)
    hits = shop.line.mend()
    assert (status, answer["code"]) == (503, "unavailable")
    assert counted(Import) == 0 and shop.failed("imports.run") == []
    assert shop.send("POST", path, key, sheet)[0] == 202
    shop.line.break_down(how, methods=READS)
    shop.work()
    hits += shop.line.mend()
    [(state, _)] = shop.failed("imports.run")
    assert state == "ready" and counted(CardKey) == 0
    shop.work()
    assert counted(CardKey) == 1_000 and shop.failed("imports.run") == []
    promise(
        f"object store ({how}) at the import of keys",
        demanded="clear error, nothing half done, recovers",
        seen="503 unavailable, 0 keys; the import is tried again, 1,000 keys",
        faults=hits,
    )


def counted(model: type[Import] | type[CardKey]) -> int:
    with transaction(tenancy.platform()) as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


@pytest.mark.parametrize("how", FEW[:-1])
def test_a_bought_file_that_cannot_be_fetched(shop: Shop, promise: Promise, how: str) -> None:
    """The buyer is told, or sees that the file is short; the failure does not use up a download."""
    body = bytes(range(256)) * 4_096
    order_id, link = bought(shop, body)
    server = make_server("127.0.0.1", 0, shop.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    address, host = f"http://127.0.0.1:{server.server_port}{link}", {"Host": HOST}
    shop.line.break_down(how, methods=READS)
    shop.line.fetched = 600_000
    if how == "cut":
        with pytest.raises(requests.RequestException):
            requests.get(address, headers=host, timeout=60)
    else:
        refused = requests.get(address, headers=host, timeout=60)
        assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
    hits = shop.line.mend()
    server.shutdown()
    thread.join()
    assert shop.market.state(order_id)[1][0].downloads == 0
    answer = shop.app.test_client().get(link, headers=host)
    assert answer.data == body and answer.content_length == len(body)
    assert shop.market.state(order_id)[1][0].downloads == 1
    promise(
        f"object store ({how}) at the delivery of a file",
        demanded="clear error, no download used up, recovers",
        seen="0 of 5 downloads used, the whole file after",
        faults=hits,
    )


def bought(shop: Shop, body: bytes) -> tuple[uuid.UUID, str]:
    """Id of an order of one file, and the link to fetch it by."""
    sku = shop.market.sell(kind=GoodsKind.FILE)
    with transaction(tenancy.platform()) as session:
        offer = session.scalars(select(Offer).where(Offer.sku_id == sku)).one()
        attach_file(session, offer_id=offer.id, filename="guide.bin", content_type="application/pdf", body=body)
    shop.market.fund(100_000)
    order = shop.market.wallet_order((sku, 1))
    with transaction(tenancy.trade(shop.market.tenant_id)) as session:
        [codes] = delivery.reveal(session, order=order)
    return order.id, codes.credentials[0].value
