"""Codes of an app: asked for once they work, good once each, also when two show the same one at the same moment."""

import re
import uuid
from datetime import timedelta
from threading import Barrier, Thread

import pytest
import time_machine
from apiflask import APIFlask
from pyotp.totp import TOTP
from sqlalchemy import func, select

from cardmesh.identity.errors import WrongCode
from cardmesh.identity.factors import recovery, totp
from cardmesh.identity.factors.models import RecoveryCode, TotpSecret
from cardmesh.identity.models import Party, Person
from cardmesh.identity.people import service as people
from cardmesh.identity.settings import service as settings
from cardmesh.kit import clock, tenancy
from cardmesh.kit.db import transaction
from tests.custody.conftest import KeysCommand, keys_command
from tests.fixtures.shop import PASSWORD, Console, Consoles
from tests.identity.test_sessions import enter, inside, member

__all__ = ["keys_command"]

ANN = "a@example.test"
CODE = re.compile(r"<li>([a-z0-9]{5}-[a-z0-9]{5})</li>")


def code(secret: str, after: int = 0) -> str:
    return TOTP(secret).at(int(clock.now().timestamp()) + after)


def add_app(browser: Console) -> tuple[str, list[str]]:
    """Through the pages; the secret and the recovery codes."""
    page = browser.follow("/account/app")
    found = re.search(r'id="secret">([A-Z2-7]{32})<', page)
    assert found and "<svg" in page and "style=" not in page
    told = browser.post("/account/app/confirm", {"code": code(found[1], -30)}, expect=200)
    codes = CODE.findall(told)
    assert len(codes) == len(set(codes)) == 10
    return found[1], codes


def half_way(consoles: Consoles) -> Console:
    browser = Console(consoles.app.test_client())
    assert browser.post("/sign-in", {"email": ANN, "password": PASSWORD}).startswith("/sign-in/second")
    return browser


@pytest.fixture
def secret(consoles: Consoles) -> str:
    member(ANN)
    return add_app(enter(consoles, ANN))[0]


def test_the_password_alone_is_half_the_way(consoles: Consoles, secret: str) -> None:
    browser = half_way(consoles)
    assert not inside(browser) and browser.post("/sign-out") == "/sign-in"
    assert "wrong or was used" in browser.follow("/sign-in/second", {"code": "000000"})
    assert browser.post("/sign-in/second", {"code": code(secret), "next": "/admin/audit"}) == "/admin/audit"
    assert inside(browser)


def test_a_code_is_good_once_and_the_one_before_it_is_over(consoles: Consoles, secret: str) -> None:
    shown = code(secret)
    assert half_way(consoles).post("/sign-in/second", {"code": shown}) == "/admin/"
    for old in (shown, code(secret, -30)):
        assert half_way(consoles).post("/sign-in/second", {"code": old}) == "/sign-in/second"
    with time_machine.travel(clock.now() + timedelta(seconds=30)):
        assert half_way(consoles).post("/sign-in/second", {"code": code(secret)}) == "/admin/"


@pytest.mark.parametrize("drift", [-90, 90])
def test_codes_of_other_times_are_refused(consoles: Consoles, secret: str, drift: int) -> None:
    assert half_way(consoles).post("/sign-in/second", {"code": code(secret, drift)}) == "/sign-in/second"


def test_two_that_show_one_code_at_once_are_one(web: APIFlask) -> None:
    person_id, secret, _ = _person()
    start, told = Barrier(8), list[bool]()

    def show() -> None:
        with web.app_context():
            start.wait()
            try:
                with transaction(tenancy.public()) as session:
                    totp.check(session, person_id, code(secret))
                told.append(True)
            except WrongCode:
                told.append(False)

    threads = [Thread(target=show) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == [False] * 7 + [True]


def _person() -> tuple[uuid.UUID, str, list[str]]:
    with transaction(tenancy.platform()) as session:
        person = people.create_person(session, email=ANN, password=PASSWORD)
        secret = totp.begin(session, person.id)
        totp.confirm(session, person.id, code(secret, -30))
        return person.id, secret, recovery.fresh(session, person.id)


def test_the_app_still_counts_after_its_data_key_was_exchanged(web: APIFlask, keys_command: KeysCommand) -> None:
    person_id, secret, _ = _person()
    assert keys_command("rotate-data")["left"] == 0
    with transaction(tenancy.public()) as session:
        assert session.get_one(TotpSecret, person_id).key_version == 2
        totp.check(session, person_id, code(secret))


def test_nothing_readable_is_stored(web: APIFlask) -> None:
    person_id, secret, codes = _person()
    with transaction(tenancy.platform()) as session:
        row = session.get_one(TotpSecret, person_id)
        stored = [row.sealed, *session.scalars(select(RecoveryCode.code_hash))]
    for one in (secret, *codes, *(code.replace("-", "") for code in codes)):
        assert all(one.encode() not in kept for kept in stored)


def test_a_recovery_code_opens_once_and_new_ones_end_the_old(consoles: Consoles) -> None:
    member(ANN)
    owner = enter(consoles, ANN)
    _, codes = add_app(owner)
    assert half_way(consoles).post("/sign-in/second", {"code": codes[0].upper()}) == "/admin/"
    assert half_way(consoles).post("/sign-in/second", {"code": codes[0]}) == "/sign-in/second"
    assert "Recovery codes left: 9" in owner.get("/account/")
    fresh = CODE.findall(owner.post("/account/codes", expect=200))
    assert half_way(consoles).post("/sign-in/second", {"code": codes[1]}) == "/sign-in/second"
    assert half_way(consoles).post("/sign-in/second", {"code": fresh[0]}) == "/admin/"


def test_guessing_ends_soon_from_wherever(consoles: Consoles, secret: str) -> None:
    for turn in range(5):
        browser = half_way(consoles)
        browser.client.environ_base["REMOTE_ADDR"] = f"203.0.113.{turn}"
        browser.post("/sign-in/second", {"code": "000000"})
    browser = half_way(consoles)
    browser.client.environ_base["REMOTE_ADDR"] = "203.0.113.99"
    browser.post("/sign-in/second", {"code": code(secret)}, expect=429)


def test_half_the_way_is_open_for_minutes_and_one_person(consoles: Consoles, secret: str) -> None:
    late, browser = half_way(consoles), half_way(consoles)
    with time_machine.travel(clock.now() + timedelta(minutes=5, seconds=2)):
        assert late.post("/sign-in/second", {"code": code(secret)}) == "/sign-in"
    with transaction(tenancy.platform()) as session:
        person = session.scalars(select(Person).where(Person.email == ANN)).one()
        people.set_password(session, person_id=person.id, password="another long password")
    assert browser.post("/sign-in/second", {"code": code(secret)}) == "/sign-in", "the password is another one"
    stranger = Console(consoles.app.test_client())
    assert stranger.post("/sign-in/second", {"code": code(secret)}) == "/sign-in"


def test_a_wrong_first_code_turns_nothing_on(consoles: Consoles) -> None:
    member(ANN)
    browser = enter(consoles, ANN)
    browser.post("/account/app")
    assert "wrong or was used" in browser.follow("/account/app/confirm", {"code": "000000"})
    assert inside(enter(consoles, ANN))


def test_a_code_proves_it_too_and_removing_needs_proof(consoles: Consoles, secret: str) -> None:
    browser = half_way(consoles)
    browser.post("/sign-in/second", {"code": code(secret)})
    with time_machine.travel(clock.now() + timedelta(minutes=11)):
        assert browser.post("/account/app/remove").startswith("/account/prove")
        assert browser.post("/account/prove", {"code": code(secret), "next": "/account/"}) == "/account/"
        assert "app is removed" in browser.follow("/account/app/remove")
    with transaction(tenancy.platform()) as session:
        left = [session.scalar(select(func.count()).select_from(kind)) for kind in (TotpSecret, RecoveryCode)]
    assert left == [0, 0]
    assert inside(enter(consoles, ANN))


def test_the_platforms_people_are_led_to_one_where_it_is_demanded(consoles: Consoles) -> None:
    member(ANN)
    with transaction(tenancy.platform()) as session:
        settings.change(session, {"second_factor": True})
    browser = enter(consoles, ANN)
    for method, path in (("GET", "/admin/"), ("GET", "/admin/audit"), ("POST", "/admin/settings")):
        answer = browser.open(method, path, data={"csrf_token": browser.token()})
        assert (answer.status_code, answer.headers.get("Location")) == (302, "/account/"), path
    with transaction(tenancy.platform()) as session:
        assert settings.read(session).sign_up, "the form that was sent meanwhile changed nothing"
    add_app(browser)
    browser.get("/admin/")
    with transaction(tenancy.platform()) as session:
        supplier = people.create_person(session, email="s@example.test", password=PASSWORD)
        people.join(session, person_id=supplier.id, party=Party.SUPPLIER, party_id=uuid.uuid4())
    assert inside(enter(consoles, "s@example.test")), "others are not asked"
