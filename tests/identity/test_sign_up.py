"""Strangers come in by their own address only, and nobody learns from us who is here already."""

import re
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from cardmesh.identity.models import Membership, Party, Person, Supplier, Tenant
from cardmesh.identity.people import service as people
from cardmesh.identity.settings import service as settings
from cardmesh.identity.sign_up.models import SignUp
from cardmesh.kit import clock, tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.ids import NIL
from cardmesh.stores.models import Store
from tests.fixtures.shop import PASSWORD, Console, Consoles
from tests.identity.conftest import Post
from workers.topics import accounts

ANN = "ann@example.test"


def stranger(consoles: Consoles, locale: str = "en") -> Console:
    return Console(consoles.app.test_client(), locale)


def ask(browser: Console, email: str = ANN, party: str = "distributor", expect: int = 200, **more: str) -> str:
    return browser.post("/sign-up", {"email": email, "party": party, "name": "Ann's", **more}, expect=expect)


def answer(browser: Console, link: str, *, expect: int = 302, **fields: str) -> str:
    good = {"name": "Ann's", "handle": "anns", "password": PASSWORD}
    return browser.post(link, good | fields, expect=expect)


def counted() -> tuple[int, ...]:
    with transaction(tenancy.platform()) as session:
        return tuple(session.scalar(select(func.count()).select_from(kind)) or 0 for kind in (Person, Tenant, Supplier))


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_a_distributor_is_in_an_own_store_after_two_forms(consoles: Consoles, post: Post, locale: str) -> None:
    browser = stranger(consoles, locale)
    assert ANN in ask(browser)
    assert counted() == (0, 0, 0), "nothing is made before the letter is answered"
    link = post.link(ANN)
    assert {"zh-CN": "开店", "en": "Open the store"}[locale] in browser.get(link)
    assert answer(browser, link) == "/distributor/"
    assert "anns" in browser.get("/distributor/store")
    with transaction(tenancy.platform()) as session:
        tenant = session.scalars(select(Tenant)).one()
        owner = session.scalars(select(Membership)).one()
        assert (tenant.handle, tenant.status, tenant.locale) == ("anns", "active", locale)
        assert (owner.party, owner.party_id, owner.role) == (Party.DISTRIBUTOR, tenant.id, "owner")
        assert session.scalars(select(Store.handle)).all() == ["anns"]
    assert [mail.recipients for mail in post.sim.store.search()] == [(ANN,)], "no invitation besides"


@pytest.mark.parametrize(("review", "status"), [(True, "pending_review"), (False, "active")])
def test_a_supplier_waits_if_the_platform_wants_to_look(
    consoles: Consoles, post: Post, review: bool, status: str
) -> None:
    with transaction(tenancy.platform()) as session:
        settings.change(session, {"supplier_review": review})
    browser = stranger(consoles)
    ask(browser, party="supplier")
    assert answer(browser, post.link(ANN)) == "/supplier/"
    assert ("still looking at your account" in browser.get("/supplier/")) is review
    with transaction(tenancy.platform()) as session:
        assert session.scalars(select(Supplier.status)).all() == [status]


def test_who_waits_prepares_and_is_admitted(consoles: Consoles, post: Post) -> None:
    browser = stranger(consoles)
    ask(browser, party="supplier")
    answer(browser, post.link(ANN))
    operator = consoles.sign_in(Party.PLATFORM, NIL)
    page = operator.get("/admin/suppliers")
    [path] = re.findall(r'action="(/admin/suppliers/sup_\w+)"', page)[:1]
    assert "Admit</button>" in page
    operator.post(path, {"status": "active"})
    assert "still looking" not in browser.get("/supplier/")


def test_a_link_opens_once_and_not_for_ever(consoles: Consoles, post: Post) -> None:
    browser = stranger(consoles)
    ask(browser)
    link = post.link(ANN)
    with time_machine.travel(clock.now() + timedelta(hours=24, seconds=1)):
        stranger(consoles).get(link, expect=404)
        answer(stranger(consoles), link, expect=404)
    for forged in (link[:-1] + ("0" if link[-1] != "0" else "1"), link.replace(".", ".9", 1), "/sign-up/confirm/x"):
        answer(browser, forged, expect=404)
    answer(browser, link, expect=302)
    before = counted()
    assert "This link is over" in stranger(consoles).get(link, expect=404)
    answer(stranger(consoles), link, expect=404, handle="other")
    assert counted() == before == (1, 1, 0)


def test_nobody_learns_which_addresses_are_known(consoles: Consoles, post: Post) -> None:
    """Page, status, headers and stored work are the same; only the letter differs, and it goes to the owner."""
    with transaction(tenancy.platform()) as session:
        people.create_person(session, email="known@example.test", password=PASSWORD, locale="en")
    for path, fields in (
        ("/sign-up", {"party": "supplier", "name": "x"}),
        ("/sign-up/resend", {}),
        ("/forgot", {}),
    ):
        pages = []
        for email in ("known@example.test", "fresh@example.test"):
            browser = stranger(consoles)
            page = browser.post(path, {**fields, "email": email}, expect=200)
            pages.append(re.sub(r'value="[^"]{60,}"', "", page.replace(email, "EMAIL")))
        assert pages[0] == pages[1], path
    subjects = [mail.subject for mail in post.letters("known@example.test")]
    assert any("have an account already" in one for one in subjects) and any("Reset" in one for one in subjects)
    assert all("Confirm" in mail.subject for mail in post.letters("fresh@example.test"))


def test_letters_to_one_address_are_few_whoever_asks(consoles: Consoles, post: Post) -> None:
    for _ in range(5):
        ask(stranger(consoles))
    ask(stranger(consoles), expect=429)
    ask(stranger(consoles), email=ANN.upper(), expect=429)
    ask(stranger(consoles), email="somebody.else@example.test")


def test_a_letter_is_sent_again_and_leads_to_the_same_wish(consoles: Consoles, post: Post) -> None:
    browser = stranger(consoles)
    ask(browser)
    first = post.link(ANN)
    browser.post("/sign-up/resend", {"email": ANN}, expect=200)
    assert len(post.letters(ANN)) == 2
    answer(browser, post.link(ANN))
    answer(stranger(consoles), first, expect=404)


def test_what_is_wrong_is_said_and_the_link_stays(consoles: Consoles, post: Post) -> None:
    browser = stranger(consoles)
    assert "not an e-mail address" in ask(browser, email="nobody", expect=422)
    ask(browser, party="platform", expect=422)
    ask(browser)
    link = post.link(ANN)
    for fields, told in (({"password": "short"}, "10 characters"), ({"handle": "admin"}, "reserved"),
                         ({"handle": "-x"}, "lower-case letters"), ({"name": ""}, "required field")):  # fmt: skip
        page = answer(browser, link, expect=422, **fields)
        assert told in page.partition('class="flash danger"')[2][:400], fields
    assert counted() == (0, 0, 0)
    answer(browser, link)


def test_an_address_that_was_taken_meanwhile_stays_its_owners(consoles: Consoles, post: Post) -> None:
    browser = stranger(consoles)
    ask(browser)
    link = post.link(ANN)
    with transaction(tenancy.platform()) as session:
        people.create_person(session, email=ANN.upper(), password="another long password")
    answer(browser, link, expect=409)
    assert counted() == (1, 0, 0)


def test_the_platform_can_close_the_door(consoles: Consoles, post: Post) -> None:
    browser = stranger(consoles)
    ask(browser)
    link = post.link(ANN)
    operator = consoles.sign_in(Party.PLATFORM, NIL)
    operator.post("/admin/settings", {"supplier_review": "on"})
    assert "closed" in browser.get("/sign-up") and "/sign-up" not in browser.get("/sign-in")
    ask(browser, email="late@example.test", expect=403)
    answer(browser, link, expect=403)
    assert counted() == (1, 0, 0), "the operator alone"


def test_wishes_that_nobody_confirmed_are_forgotten(consoles: Consoles, post: Post) -> None:
    ask(stranger(consoles))
    for hours, left in ((47, 1), (49, 0)):
        with (
            time_machine.travel(clock.now() + timedelta(hours=hours)),
            transaction(tenancy.platform()) as session,
        ):
            accounts.sweep(session)
            assert session.scalar(select(func.count()).select_from(SignUp)) == left
