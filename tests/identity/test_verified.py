"""No money leaves for a merchant whose real name is not proved; owners hear what becomes of their papers."""

import threading
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, update

from cardmesh.identity.api_keys import service as api_keys
from cardmesh.identity.documents import service as documents
from cardmesh.identity.documents.models import DocumentKind, DocumentStatus, IdentityDocument
from cardmesh.identity.documents.rules import RECHECK, proves_identity
from cardmesh.identity.documents.service import Facts
from cardmesh.identity.errors import DocumentsRequired
from cardmesh.identity.models import Party
from cardmesh.identity.people import service as people
from cardmesh.identity.settings import service as settings
from cardmesh.kit import clock, tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.ids import NIL, public_id
from cardmesh.kit.money import Money
from cardmesh.money.models import Withdrawal
from cardmesh.money.withdrawals import service as withdrawals
from tests.fixtures.shop import Console, Shop
from tests.identity.conftest import Post, words
from workers.topics import accounts

FRONT, BACK, LICENCE = DocumentKind.IDENTITY_FRONT, DocumentKind.IDENTITY_BACK, DocumentKind.BUSINESS_LICENCE
OWNER = "owner-of-one@example.test"


@pytest.fixture
def shop(shop: Shop) -> Shop:
    """Papers are demanded, as they are by default."""
    with transaction(tenancy.platform()) as session:
        settings.change(session, {"papers_before_payout": True})
    return shop


def send(shop: Shop, kind: DocumentKind) -> IdentityDocument:
    tenant_id = shop.market.tenant_id
    return documents.add(
        tenancy.tenant(tenant_id),
        party=Party.DISTRIBUTOR,
        party_id=tenant_id,
        kind=kind,
        facts=Facts("One Ltd", "91310000X", None),
        body=b"%PDF-1.7 paper",
    )


def decide(row: IdentityDocument, decision: DocumentStatus, reason: str = "") -> None:
    with transaction(tenancy.platform()) as session:
        documents.review(session, document_id=row.id, decision=decision, reason=reason)


def ask(shop: Shop) -> str:
    """Ask for 1.00; how it stands."""
    with transaction(tenancy.tenant(shop.market.tenant_id)) as session:
        amount = Money(100, "CNY")
        return withdrawals.request(
            session, party=Party.DISTRIBUTOR, owner_id=shop.market.tenant_id, amount=amount
        ).status


def refused(shop: Shop) -> bool:
    try:
        return ask(shop) != "requested"
    except DocumentsRequired:
        return True


@pytest.mark.parametrize(
    ("kinds", "good"),
    [((LICENCE,), True), ((FRONT, BACK), True), ((FRONT,), False), ((BACK, DocumentKind.PERMIT), False), ((), False)],
)
def test_what_proves_who_somebody_is(kinds: tuple[str, ...], good: bool) -> None:
    assert proves_identity(kinds) is good


def test_papers_come_before_money_and_are_asked_for_again(shop: Shop) -> None:
    assert refused(shop)
    front, back = send(shop, FRONT), send(shop, BACK)
    assert refused(shop), "sent is not approved"
    decide(front, DocumentStatus.APPROVED)
    decide(back, DocumentStatus.REJECTED, "Blurred")
    assert refused(shop), "one side is not enough"
    decide(send(shop, BACK), DocumentStatus.APPROVED)
    assert not refused(shop)
    with time_machine.travel(clock.now() + RECHECK + timedelta(seconds=1)):
        assert refused(shop), "over before the hourly job has said so"
        with transaction(tenancy.platform()) as session:
            accounts.recheck(session)
        assert refused(shop)
        decide(send(shop, LICENCE), DocumentStatus.APPROVED)
        assert not refused(shop)
    with transaction(tenancy.platform()) as session:
        settings.change(session, {"papers_before_payout": False})
        session.execute(update(IdentityDocument).values(status=DocumentStatus.EXPIRED))
    assert not refused(shop), "the platform asks nobody"


@pytest.mark.parametrize(
    ("locale", "told"), [("en", "Withdrawals need your real name"), ("zh-CN", "提现前须完成实名认证")]
)
def test_the_refusal_has_a_code_and_a_way_on(shop: Shop, locale: str, told: str) -> None:
    browser = shop.sign_in(locale=locale)
    page = browser.post("/distributor/wallet/withdrawals", {"amount": "1"}, expect=403)
    assert told in page and 'href="/distributor/documents"' in page
    with transaction(tenancy.platform()) as session:
        key = api_keys.issue(session, party=Party.DISTRIBUTOR, party_id=shop.market.tenant_id).secret
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": f"w-{locale}", "Accept-Language": locale}
    body = {"amount": {"amount": 100, "currency": "CNY"}}
    client = shop.consoles.app.test_client()
    answer = client.post("/v1/withdrawals", json=body, headers=headers)
    assert answer.status_code == 403 and answer.json
    assert answer.json["code"] == "documents_required" and told in answer.json["detail"]
    assert answer.json["documents_url"].endswith("/distributor/documents")
    decide(send(shop, LICENCE), DocumentStatus.APPROVED)
    assert client.post("/v1/withdrawals", json=body, headers=headers).status_code == 201, "the key is not used up"
    assert told not in browser.get("/distributor/wallet")


def test_a_paper_taken_back_meanwhile_lets_nothing_through(shop: Shop) -> None:
    """The withdrawal holds the papers that it counts on: taking one back comes before it, or waits for its end."""
    paper, tenant_id, app = send(shop, LICENCE), shop.market.tenant_id, shop.consoles.app
    decide(paper, DocumentStatus.APPROVED)
    order: list[str] = []
    begun = threading.Event()

    def take_back(app: Flask = app) -> None:
        with app.app_context(), transaction(tenancy.platform()) as session:
            begun.set()
            session.execute(update(IdentityDocument).values(status=DocumentStatus.EXPIRED))
            order.append("taken back")

    with transaction(tenancy.tenant(tenant_id)) as session:
        withdrawals.request(session, party=Party.DISTRIBUTOR, owner_id=tenant_id, amount=Money(100, "CNY"))
        thread = threading.Thread(target=take_back)
        thread.start()
        begun.wait()
        thread.join(0.5)
        order.append("asked")
    thread.join()
    assert order == ["asked", "taken back"] and refused(shop)
    with transaction(tenancy.platform()) as session:
        mine = select(Withdrawal).where(Withdrawal.owner_id == tenant_id, Withdrawal.amount_minor == 100)
        assert len(session.scalars(mine).all()) == 1


@pytest.fixture
def owner(shop: Shop) -> str:
    """Somebody with an address of their own."""
    with transaction(tenancy.platform()) as session:
        person = people.create_person(session, email=OWNER, password="a long pass phrase", locale="en")
        people.join(session, person_id=person.id, party=Party.DISTRIBUTOR, party_id=shop.market.tenant_id)
    return OWNER


def subjects(post: Post, to: str) -> list[str]:
    return [mail.subject.partition(" · ")[0] for mail in reversed(post.letters(to))]


def test_owners_hear_what_becomes_of_a_paper(shop: Shop, post: Post, owner: str) -> None:
    paper = send(shop, LICENCE)
    decide(send(shop, DocumentKind.PERMIT), DocumentStatus.REJECTED, "Out of date")
    decide(paper, DocumentStatus.APPROVED)
    assert subjects(post, owner) == ["Your document was not accepted", "Your document is approved"]
    assert "Out of date" in words(post.letters(owner)[1])
    for days, told in ((RECHECK.days - 15, 2), (RECHECK.days - 13, 3), (RECHECK.days - 12, 3), (RECHECK.days + 1, 4)):
        with time_machine.travel(clock.now() + timedelta(days=days)):
            with transaction(tenancy.platform()) as session:
                accounts.recheck(session)
            assert len(post.letters(owner)) == told, days
    assert subjects(post, owner)[2:] == ["A document is due again soon", "A document has expired"]


def test_who_has_sent_a_newer_one_is_not_asked_for_it(shop: Shop, post: Post, owner: str) -> None:
    decide(send(shop, LICENCE), DocumentStatus.APPROVED)
    with time_machine.travel(clock.now() + timedelta(days=RECHECK.days - 20)):
        decide(send(shop, LICENCE), DocumentStatus.APPROVED)
        before = len(post.letters(owner))
    with time_machine.travel(clock.now() + RECHECK + timedelta(days=1)):
        with transaction(tenancy.platform()) as session:
            accounts.recheck(session)
        assert len(post.letters(owner)) == before and not refused(shop)


def test_the_operator_switches_it_in_the_settings(shop: Shop) -> None:
    desk: Console = shop.consoles.sign_in(Party.PLATFORM, NIL)
    switched = {"sign_up": "on", "supplier_review": "on"}
    desk.post("/admin/settings", switched)
    assert not refused(shop)
    desk.post("/admin/settings", {**switched, "papers_before_payout": "on"})
    assert refused(shop)
    desk.post(f"/admin/documents/{public_id('doc', send(shop, LICENCE).id)}", {"decision": "approve"})
    assert not refused(shop)
