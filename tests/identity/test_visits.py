"""The platform's support looks at a merchant's console: sees it, changes nothing, is on both trails, and goes."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select
from werkzeug.routing import Rule

from cardmesh.identity.models import AuditRecord, Party
from cardmesh.identity.staff import service as staff
from cardmesh.kit import clock, tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.ids import NIL
from tests.fixtures import walk
from tests.fixtures.operator import Desk
from tests.fixtures.shop import PASSWORD, Console
from tests.isolation.state import changed, digests
from workers.topics import accounts

REASON = {"reason": "Ticket 4711"}
BANNER = "as the platform’s support"


def door(desk: Desk, face: str) -> str:
    ids = {"distributor": ("tenants", "tenant_id"), "supplier": ("suppliers", "supplier_id")}[face]
    return f"/admin/{ids[0]}/{desk.ids[ids[1]]}/enter"


def visit(desk: Desk, face: str, role: str = "support") -> Console:
    browser = desk.sign_in(role)
    assert browser.post(door(desk, face), REASON) == f"/{face}/"
    return browser


def pages(desk: Desk, face: str) -> Iterator[Rule]:
    yield from walk.routes(desk.stall.shop.consoles.app, face, "GET")


@pytest.mark.timeout(300)
@pytest.mark.parametrize("face", ["distributor", "supplier"])
def test_a_visitor_sees_every_page_and_changes_nothing(desk: Desk, face: str) -> None:
    ids = {"distributor": desk.stall.shop.ids, "supplier": desk.stall.ids}[face]
    browser = visit(desk, face)
    before, seen = digests(), 0
    for rule in pages(desk, face):
        answer = browser.open("GET", walk.address(rule, ids))
        text = answer.get_data(as_text=True)
        assert answer.status_code == 200, f"{rule.rule}: {answer.status_code}\n{text[:600]}"
        seen += 1
        if "<main" in text:
            assert BANNER in text and "/visit/end" in text, rule.rule
    assert seen > 10
    assert BANNER in browser.get(f"/{face}/wallet/terms?back=1"), "the way back asks the provider; a visitor reads"
    for rule in walk.routes(desk.stall.shop.consoles.app, face, "POST"):
        browser.post(walk.address(rule, ids), {"verb": "pause", "decision": "accept", "amount": "1"}, expect=403)
    browser.get("/account/", expect=403)
    browser.post("/account/leave", expect=403)
    if face == "distributor":
        reveal_on_opening(desk, browser)
    assert changed(before) == [], "no row, no line of the trail of a reveal"


def reveal_on_opening(desk: Desk, browser: Console) -> None:
    """Were a page to write, or a verb to forget its role, the database itself refuses: a hole, planted."""
    app, endpoint = desk.stall.shop.consoles.app, "distributor.order"
    kept, reveal = app.view_functions[endpoint], app.view_functions["distributor.order_reveal"]
    app.view_functions[endpoint] = reveal.__wrapped__  # pyright: ignore[reportFunctionMemberAccess] - without its roles
    try:
        browser.get(f"/distributor/orders/{desk.stall.shop.ids['order_id']}", expect=403)
    finally:
        app.view_functions[endpoint] = kept


def test_only_owners_and_support_of_the_platform_enter(desk: Desk) -> None:
    members = [desk.sign_in(role) for role in ("manager", "finance", "key-uploader", "read-only")]
    others = desk.stall.sign_in(), desk.stall.shop.sign_in()
    for face in ("distributor", "supplier"):
        for member in members:
            member.post(door(desk, face), REASON, expect=403)
        for party in others:
            party.post(door(desk, face), REASON, expect=404)


def test_both_sides_have_it_on_their_trail_until_it_ends(desk: Desk) -> None:
    browser = desk.sign_in()
    assert "Say why" in browser.follow(door(desk, "distributor"), {"reason": ""})
    browser.post(door(desk, "distributor"), REASON)
    assert browser.get("/distributor/") and browser.open("GET", "/admin/").location == "/distributor/"
    assert browser.post("/visit/end").startswith("/admin/tenants/")
    browser.get("/admin/")
    tenant_id = desk.stall.shop.market.tenant_id
    with transaction(tenancy.platform()) as session:
        for trail in (NIL, tenant_id):
            query = select(AuditRecord).where(AuditRecord.party_id == trail, AuditRecord.action.startswith("visit."))
            began, ended = session.scalars(query.order_by(AuditRecord.id)).all()
            assert (began.action, began.reason, ended.action) == ("visit.began", "Ticket 4711", "visit.ended")
            assert began.actor_id and began.subject_id == tenant_id
    assert "Support visit · began" in desk.stall.shop.sign_in().get("/distributor/audit")
    ends_by_itself_or_with_the_role(desk)


def ends_by_itself_or_with_the_role(desk: Desk) -> None:
    """Beginning another takes a fresh proof of who one is."""
    browser, other = visit(desk, "supplier", "owner"), visit(desk, "supplier")
    other.get("/supplier/")
    with transaction(tenancy.platform()) as session:
        for one in staff.members(session, party=Party.PLATFORM, party_id=NIL):
            if one.role == "support":
                staff.change_role(session, party=Party.PLATFORM, party_id=NIL, person_id=one.id, role="read-only")
    other.get("/supplier/", expect=404)
    with time_machine.travel(clock.now() + timedelta(minutes=30, seconds=1)):
        browser.get("/supplier/", expect=404)
        assert BANNER not in browser.get("/admin/")
        with transaction(tenancy.platform()) as session:
            accounts.sweep(session)
            ended = select(AuditRecord).where(AuditRecord.action == "visit.ended")
            assert len(session.scalars(ended).all()) == 6, "three visits, on both sides"
        assert browser.post(door(desk, "supplier"), REASON).startswith("/account/prove")
        browser.post("/account/prove", {"password": PASSWORD})
        browser.post(door(desk, "supplier"), REASON)
        browser.get("/supplier/")
