"""What a buyer sees of what was bought: recorded before it is shown; files by a link that ends and a cap that holds."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from cardmesh.goods.inventory import service as inventory
from cardmesh.goods.offers import files
from cardmesh.identity.audit.service import trail
from cardmesh.kit import clock, runtime, tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.ids import new_id
from cardmesh.trade.delivery import links
from cardmesh.trade.delivery import service as delivery
from cardmesh.trade.delivery.service import Codes, Download
from cardmesh.trade.errors import DownloadLimitReached, LinkExpired
from cardmesh.trade.models import Order
from tests.fixtures.market import Market


def reveal(market: Market, order: Order) -> Sequence[Codes]:
    with transaction(tenancy.trade(market.tenant_id)) as session:
        return delivery.reveal(session, order=order)


def reveals(market: Market) -> list[bool]:
    with transaction(tenancy.platform()) as session:
        rows = trail(session, party_id=market.tenant_id)
    return [bool(row.details["first"]) for row in reversed(rows) if row.action == "unit.revealed"]


def download(token: str) -> Download:
    with transaction(tenancy.trade(links.read(token).tenant_id)) as session:
        return delivery.open_download(session, token)


@pytest.fixture
def keys(market: Market) -> Order:
    market.fund(100_000)
    return market.wallet_order((market.sell(keys=2), 2))


@pytest.fixture
def file(market: Market) -> Order:
    market.fund(100_000)
    return market.wallet_order((market.sell(kind="file"), 1))


def token(market: Market, order: Order) -> str:
    [codes] = reveal(market, order)
    [credential] = codes.credentials
    assert (credential.type, credential.label) == ("file", "guide.pdf")
    assert credential.value.startswith(links.PATH)
    return credential.value.removeprefix(links.PATH)


def test_each_look_is_on_record_and_the_first_is_marked(market: Market, keys: Order) -> None:
    first = reveal(market, keys)
    assert reveal(market, keys) == first
    assert reveals(market) == [True, True, False, False]
    assert all(unit.revealed_at for unit in market.state(keys.id)[1])


def test_nothing_is_shown_that_could_not_be_recorded(
    market: Market, keys: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[object] = []
    monkeypatch.setattr(inventory, "open_keys", lambda *args, **more: opened.append(args))
    monkeypatch.setattr("cardmesh.trade.delivery.reveal.audit.record_each", lambda *args, **more: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        reveal(market, keys)
    assert not opened and reveals(market) == []
    assert not any(unit.revealed_at for unit in market.state(keys.id)[1])


def test_an_unpaid_order_shows_nothing(market: Market) -> None:
    placed = market.order((market.sell(), 1))
    assert reveal(market, placed.order) == [] and reveals(market) == []


def test_a_file_comes_by_its_link(market: Market, file: Order) -> None:
    found = download(token(market, file))
    assert (found.filename, found.content_type) == ("guide.pdf", "application/pdf")
    assert runtime.current().storage.get(found.object_key) == b"%PDF-1"


def test_a_link_ends(market: Market, file: Order) -> None:
    link = token(market, file)
    with time_machine.travel(clock.now() + timedelta(minutes=11)), pytest.raises(LinkExpired):
        download(link)
    assert market.state(file.id)[1][0].downloads == 0


def test_a_bent_link_is_refused(market: Market, file: Order) -> None:
    link = token(market, file)
    for place in range(0, len(link), 5):
        bent = link[:place] + ("A" if link[place] != "A" else "B") + link[place + 1 :]
        with pytest.raises(LinkExpired):
            download(bent)
    for nonsense in ("", "x", "é" * 60, link[:-1], link + "AAAA", "=" * 100):
        with pytest.raises(LinkExpired):
            download(nonsense)


def test_a_link_of_a_unit_that_is_not_there(market: Market) -> None:
    with pytest.raises(LinkExpired):
        download(links.path(market.tenant_id, new_id()).removeprefix(links.PATH))


def test_racing_downloads_cannot_exceed_the_cap(app: Flask, market: Market, file: Order) -> None:
    link = token(market, file)

    def fetch(_: int) -> bool:
        with app.app_context():
            try:
                return bool(download(link))
            except DownloadLimitReached:
                return False

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(fetch, range(16))) == 5
    assert market.state(file.id)[1][0].downloads == 5


def test_a_later_version_is_not_what_was_bought(market: Market, file: Order) -> None:
    unit = market.state(file.id)[1][0]
    with transaction(tenancy.platform()) as session:
        files.attach_file(
            session, offer_id=unit.offer_id, filename="new.pdf", content_type="application/pdf", body=b"%PDF-2"
        )
    assert runtime.current().storage.get(download(token(market, file)).object_key) == b"%PDF-1"
