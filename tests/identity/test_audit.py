"""The trail of a party: found by what, who and when, taken home whole, and nobody else's."""

import csv
import re
from datetime import timedelta
from io import BytesIO, StringIO
from pathlib import Path

from python_calamine import CalamineWorkbook

import cardmesh
from cardmesh.identity.audit.service import record
from cardmesh.identity.models import Party
from cardmesh.kit import clock, tenancy
from cardmesh.kit.days import day_of
from cardmesh.kit.db import transaction
from cardmesh.kit.tenancy import Actor
from cardmesh.web.common import trail
from tests.fixtures.shop import Console, Shop

PLATFORM = Path(cardmesh.__file__).parent
ACTION = re.compile(r'action="([a-z_]+)\.([a-z_]+)"')


def note(shop: Shop, action: str, who: str, details: dict[str, object] | None = None) -> None:
    with transaction(tenancy.tenant(shop.market.tenant_id, Actor("person", name=who))) as session:
        record(session, party_id=shop.market.tenant_id, action=action, subject="test", details=details)


def lines(browser: Console, query: str) -> list[dict[str, str]]:
    text = browser.get(f"/distributor/audit?format=csv&{query}")
    assert text.startswith("\ufeff")
    return list(csv.DictReader(StringIO(text.removeprefix("\ufeff"))))


def test_filters_find_what_who_and_when(shop: Shop) -> None:
    note(shop, "door.opened", "ann@example.test")
    note(shop, "door.shut", "100%_sure@example.test")
    note(shop, "doorbell.rung", "ann@example.test")
    browser, today = shop.sign_in(), day_of(clock.now())
    for query, found in (
        ("action=door", ["door.shut", "door.opened"]),
        ("action=door.shut", ["door.shut"]),
        ("action=door&who=ANN", ["door.opened"]),
        ("action=door&who=%25_", ["door.shut"]),
        (f"action=door&since={today}&until={today}", ["door.shut", "door.opened"]),
        (f"action=door&since={today + timedelta(days=1)}", []),
        (f"action=door&until={today - timedelta(days=1)}", []),
        ("action=door&since=nonsense", ["door.shut", "door.opened"]),
    ):
        assert [row["Code"] for row in lines(browser, query)] == found, query
        page = browser.get(f"/distributor/audit?{query}")
        said = {"door.shut": "Door · shut", "door.opened": "Door · opened"}
        assert [name for name in said if f">{said[name]}</td>" in page] == found, query


def test_what_was_done_is_said_in_the_readers_language(shop: Shop) -> None:
    """Every action that the code writes out whole; those it puts together are of the same words."""
    written = {found for path in PLATFORM.rglob("*.py") for found in ACTION.findall(path.read_text())}
    assert len(written) >= 30
    assert [name for name in written if name[0] not in trail.THINGS or name[1] not in trail.DONE] == []
    note(shop, "offer.price_changed", "ann@example.test")
    for locale, said in (("zh-CN", "供货 · 改价"), ("en", "Offer · price changed")):
        assert f">{said}</td>" in shop.sign_in(locale=locale).get("/distributor/audit?action=offer")


def test_the_file_is_whole_and_safe_to_open(shop: Shop) -> None:
    """More than a page; a formula stays a text."""
    for number in range(60):
        note(shop, "many.made", "=cmd|' /C calc'!A0", {"number": number})
    browser = shop.sign_in()
    rows = lines(browser, "action=many")
    assert [row["Details"] for row in rows] == [f'{{"number": {number}}}' for number in reversed(range(60))]
    assert {row["Who"] for row in rows} == {"'=cmd|' /C calc'!A0"}
    answer = browser.open("GET", "/distributor/audit?format=xlsx&action=many")
    sheet = CalamineWorkbook.from_filelike(BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    assert len(sheet) == 61


def test_nobody_reads_anothers_trail(shop: Shop) -> None:
    note(shop, "secret.kept", "ann@example.test")
    rival = shop.consoles.sign_in(Party.DISTRIBUTOR, shop.rival)
    assert lines(rival, "action=secret") == [] and "kept" not in rival.get("/distributor/audit")
