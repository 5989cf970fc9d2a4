"""The audit trail in words: every deed and field has a name, what changed is said as old → new."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

import cardmesh
from cardmesh.identity.documents.models import DocumentStatus
from cardmesh.identity.models import AuditRecord
from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction
from cardmesh.money.payments.gateways.base import DisputeStatus
from cardmesh.trade.tiers.rules import News
from cardmesh.web.common import trail, trail_details, trail_fields
from cardmesh.web.common.tables import filters
from cardmesh.web.common.trail_details import Pair
from tests.fixtures.operator import Desk

PLATFORM = Path(cardmesh.__file__).parent
OF_NOUN = re.compile(r'action=f"(\w+)\.\{')
VERB = re.compile(r'\b_(?:record|audit|act)\(.*?[ (]"([a-z_]+)"(?!:)')


def test_deeds_that_are_put_together_have_words() -> None:
    """`f"payout_run.{step}"`: the noun, and every verb that its module names or its states are."""
    made = {path: path.read_text() for path in PLATFORM.rglob("*.py")}
    told = {path: OF_NOUN.findall(text) for path, text in made.items() if OF_NOUN.search(text)}
    verbs = {verb for path in told for verb in VERB.findall(made[path])}
    verbs |= {*DocumentStatus, *DisputeStatus, *News}
    assert {"downloaded", "secret_rotated"} <= verbs
    assert [noun for nouns in told.values() for noun in nouns if noun not in trail.THINGS] == []
    assert sorted(verb for verb in verbs if verb not in trail.DONE) == []


def test_everything_that_a_busy_market_wrote_has_words(desk: Desk) -> None:
    with transaction(tenancy.platform()) as session:
        rows = [(row.action, row.details) for row in session.scalars(select(AuditRecord))]
    assert len({action for action, _ in rows}) > 15
    nameless = {action for action, _ in rows if set(action.split(".")) - trail.THINGS.keys() - trail.DONE.keys()}
    fields = {name for _, details in rows for name in _fields(details)}
    assert nameless == set() and fields - trail_fields.FIELDS.keys() == set()
    for locale, name, said in (("zh-CN", "角色", "所有者"), ("en", "Role", "owner")):
        page = desk.sign_in(locale=locale).get("/admin/audit")
        assert f'<span class="soft">{name}</span> {said}' in page
        assert "{&#34;" not in page and "&quot;" not in page


def _fields(details: dict[str, object]) -> set[str]:
    both = [part for name in ("before", "after") if isinstance(part := details.get(name), dict)]
    return {*(details.keys() - {"before", "after"}), *(name for part in both for name in part)}


@pytest.mark.parametrize(
    ("details", "said"),
    [
        ({"before": {"tier": "VIP1", "status": "active"}, "after": {"tier": "VIP2", "status": "active"}},
         [Pair("Tier", "VIP1", "VIP2")]),
        ({"before": {"currency": "CNY", "base": 950}, "after": {"currency": "CNY", "base": 12_00}},
         [Pair("Base price", "CN¥9.50", "CN¥12.00")]),
        ({"before": "support", "after": "finance"}, [Pair("", "support", "finance")]),
        ({"before": {"hold_days": 0, "sign_up": True}, "after": {"hold_days": 3, "sign_up": False}},
         [Pair("Hold days", "0", "3"), Pair("Sign-up is open", "yes", "no")]),
        ({"before": ["a"], "after": []}, [Pair("", "a", "—")]),
        ({"amount": 2_000, "currency": "USD"}, [Pair("Amount", None, "$20.00")]),
        ({"fee_permille": 15, "currency": "CNY", "supplier_share": "0.7", "note": None},
         [Pair("Fee", None, "1.5%"), Pair("Supplier's share", None, "70%"), Pair("Currency", None, "CNY")]),
        ({"effective_from": "2026-11-23T16:30:00+00:00"}, [Pair("In force from", None, "2026-11-24 00:30")]),
        ({"unheard_of": "<b>"}, [Pair("Unheard of", None, "<b>")]),
    ],
)  # fmt: skip
def test_details_are_read_as_fields(app: Flask, details: dict[str, object], said: list[Pair]) -> None:
    with app.test_request_context(headers={"Accept-Language": "en"}):
        assert set(trail_details.pairs(details)) == set(said)


def test_days_of_filters_are_those_of_the_boards() -> None:
    """A day in an address is a business day, UTC+8: from its midnight to the next."""
    since, until = (one.where("2026-11-23") for one in filters.days(AuditRecord.at))
    assert since is not None and until is not None
    begin = datetime(2026, 11, 22, 16, tzinfo=UTC)
    assert since.right.value == begin and until.right.value == begin + timedelta(days=1)
