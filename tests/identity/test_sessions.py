"""Where one is signed in, what ends it, and what is asked for before keys and money."""

import re
from contextvars import Context
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from cardmesh.identity.models import Party, Person
from cardmesh.identity.people import service as people
from cardmesh.kit import clock, tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.ids import NIL
from tests.fixtures.shop import PASSWORD, Console, Consoles, Shop
from tests.identity.conftest import Post

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
_END = re.compile(r'action="(/account/sessions/ses_\w+/end)"')


def member(email: str) -> None:
    with transaction(tenancy.platform()) as session:
        person = people.create_person(session, email=email, password=PASSWORD)
        people.join(session, person_id=person.id, party=Party.PLATFORM, party_id=NIL)


def enter(consoles: Consoles, email: str, agent: str = "", password: str = PASSWORD) -> Console:
    browser = Console(consoles.app.test_client())
    browser.client.environ_base["HTTP_USER_AGENT"] = agent
    browser.post("/sign-in", {"email": email, "password": password})
    return browser


def inside(browser: Console) -> bool:
    return browser.open("GET", "/account/").status_code == 200


def test_each_browser_is_listed_in_words_and_one_is_ended(consoles: Consoles) -> None:
    member("a@example.test")
    here, there = enter(consoles, "a@example.test"), enter(consoles, "a@example.test", FIREFOX)
    page = here.get("/account/")
    assert "Firefox · Windows" in page and "127.0.0.1" in page and "this one" in page
    [path] = _END.findall(page)
    here.post(path)
    assert inside(here) and not inside(there)
    here.post(path, expect=404)


def test_nobody_ends_anothers_session(consoles: Consoles) -> None:
    for email in ("a@example.test", "b@example.test"):
        member(email)
    mine, other, stranger = (enter(consoles, f"{who}@example.test") for who in "aab")
    [path] = _END.findall(mine.get("/account/"))
    stranger.post(path, expect=404)
    stranger.post("/account/sessions/end-others")
    assert inside(mine) and inside(other)
    mine.post("/account/sessions/end-others")
    assert inside(mine) and not inside(other) and inside(stranger)


def test_a_new_password_signs_everybody_out_but_here(consoles: Consoles) -> None:
    member("a@example.test")
    here, there = enter(consoles, "a@example.test"), enter(consoles, "a@example.test")
    stolen = here.client.get_cookie("signed-in")
    assert "not right" in here.follow("/account/password", {"current": "wrong", "password": "another long one"})
    assert inside(there)
    page = here.follow("/account/password", {"current": PASSWORD, "password": "another long one"})
    assert "Password changed" in page and not inside(there)
    thief = Console(consoles.app.test_client())
    assert stolen
    thief.client.set_cookie("signed-in", stolen.value)
    assert not inside(thief), "the old token of this browser is dead, too"
    enter(consoles, "a@example.test", password="another long one")


def test_a_forgotten_password_is_set_by_letter_once(consoles: Consoles, post: Post) -> None:
    member("a@example.test")
    here, lost = enter(consoles, "a@example.test"), Console(consoles.app.test_client())
    lost.post("/forgot", {"email": "a@example.test"}, expect=200)
    link = post.link("a@example.test")
    with time_machine.travel(clock.now() + timedelta(minutes=61)):
        lost.get(link, expect=404)
    assert "set; sign in" in lost.follow(link, {"password": "another long one"})
    assert not inside(here)
    lost.get(link, expect=404)


def test_the_address_moves_by_a_letter_to_the_new_one(consoles: Consoles, post: Post) -> None:
    for email in ("a@example.test", "b@example.test"):
        member(email)
    here, other = enter(consoles, "a@example.test"), enter(consoles, "b@example.test")
    for email in ("b@example.test", "new@example.test"):
        assert "on its way" in here.follow("/account/email", {"email": email})
    assert post.letters("b@example.test") == [], "an address of somebody gets no link"
    link = post.link("new@example.test")
    other.get(link, expect=404)
    assert "new@example.test" in here.get(link)
    with transaction(tenancy.platform()) as session:
        assert people.find_person(session, "a@example.test"), "looking changes nothing"
    assert "new address from now on" in here.follow(link)
    here.get(link, expect=404)
    with transaction(tenancy.platform()) as session:
        assert sorted(session.scalars(select(Person.email))) == ["b@example.test", "new@example.test"]


PROTECTED = ("orders/{order_id}/reveal", "wallet/withdrawals", "keys", "keys/{key_id}/revoke")


@pytest.mark.parametrize("path", PROTECTED)
def test_keys_and_payouts_ask_again_after_ten_minutes(shop: Shop, path: str) -> None:
    browser = shop.sign_in()
    browser.token()
    target, form = f"/distributor/{path}".format(**shop.ids), {"amount": "1", "name": "x"}
    with time_machine.travel(clock.now() + timedelta(minutes=9, seconds=50)):
        assert browser.open("POST", target, data=form | {"csrf_token": browser.token()}).status_code in (200, 302)
    with time_machine.travel(clock.now() + timedelta(minutes=10, seconds=5)):
        asked = browser.post(target, form)
        assert asked.startswith("/account/prove")
        assert "not right" in browser.follow("/account/prove", {"password": "wrong", "next": "/distributor/keys"})
        assert browser.post(target, form).startswith("/account/prove")
        assert browser.post("/account/prove", {"password": PASSWORD, "next": "/distributor/x"}) == "/distributor/x"
        sent = browser.open("POST", target, data=form | {"csrf_token": browser.token()})
        assert "/account/prove" not in sent.headers.get("Location", "")


def test_the_way_back_leads_nowhere_else(shop: Shop) -> None:
    browser = shop.sign_in()
    for target in ("https://evil.example", "//evil.example", "/\\evil.example", "/\t/evil.example", "/\t/[", "/\n/e℀"):
        assert browser.post("/account/prove", {"password": PASSWORD, "next": target}) == "/distributor/"
    sent = {"name": "x", "csrf_token": browser.token()}
    with time_machine.travel(clock.now() + timedelta(minutes=10, seconds=5)):
        asked = Context().run(browser.client.post, "/distributor/keys", data=sent, headers={"Referer": "http://["})
    assert asked.headers["Location"] == "/account/prove?next=/"


def test_whoever_sits_at_an_open_session_guesses_its_password_slowly(consoles: Consoles) -> None:
    member("a@example.test")
    browser, answers = enter(consoles, "a@example.test"), []
    for turn in range(31):
        browser.client.environ_base["REMOTE_ADDR"] = f"203.0.114.{turn}"
        sent = {"current": "wrong", "password": PASSWORD, "csrf_token": browser.token()}
        answers.append(browser.open("POST", "/account/password", data=sent).status_code)
    assert answers == [401] * 30 + [429]
