"""Papers of merchants: nothing readable lies anywhere, only the platform decides, and each look is in the trail."""

from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import select, text
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from cardmesh.identity.documents import service as documents
from cardmesh.identity.documents.models import DocumentKind, DocumentStatus, IdentityDocument
from cardmesh.identity.documents.rules import MAX_BYTES, RECHECK, content_type, recheck_at
from cardmesh.identity.documents.service import Facts
from cardmesh.identity.errors import DocumentInvalid
from cardmesh.identity.models import AuditRecord, Party
from cardmesh.kit import clock, runtime, tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.ids import NIL, public_id
from tests.custody.conftest import KeysCommand, keys_command
from tests.fixtures.shop import PASSWORD, Console, Shop
from workers.topics import accounts

__all__ = ["keys_command"]

PNG = b"\x89PNG\r\n\x1a\n" + b"the face of a person" * 100_000
FORM = {"kind": "identity_front", "name": "张三的公司", "number": "310101199001011234", "ends_on": "2030-01-31"}


def send(browser: Console, body: bytes = PNG, name: str = "id.png", **fields: str) -> str:
    """As a browser sends it; the page it leads to, or the form again where it was refused."""
    form = FORM | fields | {"csrf_token": browser.token(), "file": FileStorage(BytesIO(body), name)}
    boundary, sent = encode_multipart(form)
    kind = f'multipart/form-data; boundary="{boundary}"'
    answer = browser.open("POST", "/distributor/documents", data=sent, content_type=kind)
    return browser.get(answer.location) if answer.location else answer.get_data(as_text=True)


def only() -> IdentityDocument:
    with transaction(tenancy.platform()) as session:
        return session.scalars(select(IdentityDocument)).one()


def operator(shop: Shop, role: str = "owner") -> Console:
    return shop.consoles.sign_in(Party.PLATFORM, NIL, role)


def actions(shop: Shop) -> list[str]:
    with transaction(tenancy.platform()) as session:
        mine = (AuditRecord.party_id == shop.market.tenant_id, AuditRecord.subject == "document")
        return list(session.scalars(select(AuditRecord.action).where(*mine).order_by(AuditRecord.id)))


def test_a_paper_is_sent_looked_at_and_approved(shop: Shop) -> None:
    merchant, desk = shop.sign_in(), operator(shop)
    assert "will look at it" in send(merchant), "two megabytes come through"
    path = f"/admin/documents/{public_id('doc', only().id)}"
    waiting = desk.get("/admin/documents")
    assert path in waiting and FORM["number"] not in waiting and FORM["name"] not in waiting
    shown = desk.post(f"{path}/open", expect=200)
    assert FORM["number"] in shown and FORM["name"] in shown and "2030-01-31" in shown
    file = desk.open("POST", f"{path}/file", data={"csrf_token": desk.token()})
    assert file.data == PNG and file.headers["Content-Disposition"].startswith("attachment;")
    assert file.headers["X-Content-Type-Options"] == "nosniff" and file.mimetype == "image/png"
    desk.post(path, {"decision": "approve"})
    assert "Approved" in merchant.get("/distributor/documents")
    assert actions(shop) == ["document.added", "document.read", "document.viewed", "document.approved"]
    assert "The current state" in desk.follow(path, {"decision": "reject", "reason": "late"})


def test_nothing_readable_lies_in_rows_or_objects(shop: Shop) -> None:
    send(shop.sign_in())
    with transaction(tenancy.platform()) as session:
        dumped = session.scalar(text("select string_agg(t::text, ' ') from identity_documents t")) or ""
        trail = session.scalar(text("select string_agg(t::text, ' ') from audit_records t")) or ""
    for secret in (FORM["name"], FORM["number"]):
        assert secret not in dumped + trail and secret.encode().hex() not in dumped
    folder: Path = runtime.current().settings.data_dir / "objects" / "documents"
    stored = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    assert len(stored) == 1 and b"the face of a person" not in stored[0] and PNG[:8] not in stored[0]


def test_papers_open_after_their_data_key_was_exchanged(shop: Shop, keys_command: KeysCommand) -> None:
    """The picture does not move: what it is sealed with lies in the row, which does."""
    send(shop.sign_in())
    assert only().key_version == 1
    assert keys_command("rotate-data")["left"] == 0
    assert only().key_version == 2
    paper = only().id
    with transaction(tenancy.platform()) as session:
        facts = documents.facts(session, documents.get(session, paper))
    assert (facts.name, facts.number) == (FORM["name"], FORM["number"])
    assert documents.picture(tenancy.platform(), paper)[1] == PNG


@pytest.mark.parametrize("role", ["read-only", "finance", "support", "key-uploader"])
def test_only_who_decides_about_merchants_looks(shop: Shop, role: str) -> None:
    send(shop.sign_in())
    path, member = f"/admin/documents/{public_id('doc', only().id)}", operator(shop, role)
    for verb in ("/open", "/file", ""):
        member.post(path + verb, {"decision": "approve"}, expect=403)
    for party in (shop.sign_in(), shop.consoles.sign_in(Party.DISTRIBUTOR, shop.rival)):
        party.post(f"{path}/open", expect=404)
    assert actions(shop) == ["document.added"] and only().status == DocumentStatus.PENDING


def test_a_look_asks_for_proof_again(shop: Shop) -> None:
    send(shop.sign_in())
    path, desk = f"/admin/documents/{public_id('doc', only().id)}/open", operator(shop)
    with time_machine.travel(clock.now() + timedelta(minutes=11)):
        assert desk.post(path).startswith("/account/prove")
        desk.post("/account/prove", {"password": PASSWORD})
        desk.post(path, expect=200)


def test_a_neighbour_sees_nothing(shop: Shop) -> None:
    send(shop.sign_in())
    rival = shop.consoles.sign_in(Party.DISTRIBUTOR, shop.rival)
    assert "No documents yet" in rival.get("/distributor/documents")
    with transaction(tenancy.tenant(shop.rival)) as session:
        assert session.scalars(select(IdentityDocument)).all() == []


@pytest.mark.parametrize(
    ("body", "good"),
    [(b"%PDF-1.4 x", True), (b"\xff\xd8\xff\xe0 x", True), (PNG[:99], True), (b"GIF89a", False), (b"<svg/>", False),
     (b"<html>%PDF-", False), (b"", False), (b"%PDF-" + b"x" * MAX_BYTES, False)],
)  # fmt: skip
def test_a_file_is_what_its_first_bytes_say(body: bytes, good: bool) -> None:
    if good:
        content_type(body)
    else:
        with pytest.raises(DocumentInvalid):
            content_type(body)


def test_what_is_wrong_is_told_and_nothing_kept(shop: Shop) -> None:
    browser = shop.sign_in()
    for fields, body, told in (({}, b"<html>", "PDF, PNG or JPEG"), ({"ends_on": "2020-01-01"}, PNG, "has ended"),
                               ({"ends_on": "soon"}, PNG, "not a date"), ({"kind": "x"}, PNG, "Choose one of"),
                               ({"number": " "}, PNG, "required field")):  # fmt: skip
        assert told in send(browser, body, **fields), fields
    with transaction(tenancy.platform()) as session:
        assert session.scalars(select(IdentityDocument)).all() == []


def test_rejecting_takes_a_reason_and_a_new_one_takes_the_place(shop: Shop) -> None:
    merchant, desk = shop.sign_in(), operator(shop)
    send(merchant)
    path = f"/admin/documents/{public_id('doc', only().id)}"
    assert "Say why" in desk.follow(path, {"decision": "reject"})
    desk.post(path, {"decision": "reject", "reason": "Blurred"})
    assert "Blurred" in merchant.get("/distributor/documents")
    for _ in range(2):
        send(merchant)
    with transaction(tenancy.platform()) as session:
        assert len(documents.waiting(session)) == 1


def test_half_a_year_later_it_is_asked_for_again(shop: Shop) -> None:
    tenant_id = shop.market.tenant_id
    facts = Facts("x", "1", None)
    row = documents.add(
        tenancy.tenant(tenant_id), party=Party.DISTRIBUTOR, party_id=tenant_id, kind=DocumentKind.PERMIT, facts=facts,
        body=b"%PDF-",
    )  # fmt: skip
    with transaction(tenancy.platform()) as session:
        documents.review(session, document_id=row.id, decision=DocumentStatus.APPROVED)
    for days, status in ((RECHECK.days - 1, "approved"), (RECHECK.days + 1, "expired"), (400, "expired")):
        with time_machine.travel(clock.now() + timedelta(days=days)), transaction(tenancy.platform()) as session:
            accounts.recheck(session)
        assert only().status == status, days
    assert actions(shop).count("document.expired") == 1


def test_a_paper_that_ends_sooner_is_asked_for_sooner() -> None:
    now = datetime(2026, 1, 10, 12, tzinfo=UTC)
    assert recheck_at(now, None) == now + RECHECK
    assert recheck_at(now, date(2026, 3, 1)) == datetime(2026, 3, 2, tzinfo=UTC)
    assert recheck_at(now, date(2036, 3, 1)) == recheck_at(now, date.max) == now + RECHECK
