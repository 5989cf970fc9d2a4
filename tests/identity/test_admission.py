"""Suppliers who signed up submit, are admitted or refused, and hear of it; an address that is left is told."""

import pytest
from sqlalchemy import func, select

from cardmesh.identity.models import AuditRecord, Party, PartyStatus, Supplier
from cardmesh.identity.people import service as people
from cardmesh.identity.suppliers import admission
from cardmesh.identity.suppliers.service import create_supplier
from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.errors import Conflict
from cardmesh.kit.ids import NIL, public_id
from cardmesh.kit.jobs import run
from tests.fixtures.shop import PASSWORD, Console, Consoles
from tests.identity.conftest import LETTERS, Post, words

OWNER = "supplies@example.test"


@pytest.fixture
def applicant(consoles: Consoles) -> Supplier:
    with transaction(tenancy.platform()) as session:
        supplier = create_supplier(session, name="New Keys", email=OWNER, status=PartyStatus.PENDING)
        person = people.create_person(session, email=OWNER, password=PASSWORD, locale="en")
        people.join(session, person_id=person.id, party=Party.SUPPLIER, party_id=supplier.id)
    return supplier


def enter(consoles: Consoles, email: str) -> Console:
    browser = Console(consoles.app.test_client())
    browser.post("/sign-in", {"email": email, "password": PASSWORD})
    return browser


def test_refused_then_admitted(consoles: Consoles, post: Post, applicant: Supplier) -> None:
    supplier, desk = enter(consoles, OWNER), consoles.sign_in(Party.PLATFORM, NIL)
    path = f"/admin/suppliers/{public_id('sup', applicant.id)}"
    assert "Submitted" not in desk.get("/admin/suppliers")
    supplier.post("/supplier/start/submit")
    supplier.post("/supplier/start/submit")
    assert "Submitted" in desk.get("/admin/suppliers")
    assert "Say why" in desk.follow(f"{path}/refuse", {"reason": " "})
    desk.post(f"{path}/refuse", {"reason": "Send your licence"})
    assert "Send your licence" in supplier.get("/supplier/")
    assert "Send your licence" in words(post.letters(OWNER)[0])
    supplier.post("/supplier/start/submit")
    assert "Send your licence" not in supplier.get("/supplier/")
    desk.post(path, {"status": "active"})
    assert [mail.subject.partition(" · ")[0] for mail in post.letters(OWNER)] == [
        "You are admitted as a supplier", "Your application as a supplier"
    ]  # fmt: skip
    assert "still looking" not in supplier.get("/supplier/")
    with transaction(tenancy.platform()) as session:
        query = select(AuditRecord.action, func.count()).where(AuditRecord.subject_id == applicant.id)
        found = dict(session.execute(query.group_by(AuditRecord.action)).all())
    assert (found["supplier.submitted"], found["supplier.refused"], found["supplier.admitted"]) == (2, 2, 2)


def test_only_who_waits_is_decided_about(consoles: Consoles, post: Post, applicant: Supplier) -> None:
    with transaction(tenancy.platform()) as session:
        admission.admit(session, supplier_id=applicant.id)
    for verb in (admission.submit, admission.admit):
        with pytest.raises(Conflict), transaction(tenancy.platform()) as session:
            verb(session, supplier_id=applicant.id)
    with pytest.raises(Conflict), transaction(tenancy.platform()) as session:
        admission.refuse(session, supplier_id=applicant.id, reason="Too late")
    assert len(post.letters(OWNER)) == 1


def test_the_address_that_is_left_is_told(consoles: Consoles, post: Post, applicant: Supplier) -> None:
    browser, new = enter(consoles, OWNER), "somewhere.else@example.test"
    browser.post("/account/email", {"email": new})
    assert post.letters(OWNER) == [], "nothing has changed yet"
    browser.post(post.link(new))
    [told] = post.letters(OWNER)
    assert told.subject.startswith("Your sign-in address was changed")
    assert "s***@example.test" in words(told) and new not in words(told)
    with transaction(tenancy.platform()) as session:
        people.ask_move(session, person_id=people.find_person(session, new).id, email="third@example.test")  # pyright: ignore[reportOptionalMemberAccess] - just moved
    enter(consoles, new).post(post.link("third@example.test"))
    run.drain(LETTERS)
    assert [len(post.letters(address)) for address in (OWNER, new)] == [1, 2], "each owner of an address hears once"
