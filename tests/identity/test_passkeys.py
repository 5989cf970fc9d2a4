"""A real browser with a virtual authenticator: make a passkey, sign in with it alone and as the second step."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from playwright.sync_api import Browser, CDPSession, Dialog, Page, Request
from sqlalchemy import select
from werkzeug.serving import make_server

from cardmesh.identity.factors.models import Passkey
from cardmesh.kit import runtime, tenancy
from cardmesh.kit.db import transaction
from tests.fixtures.shop import PASSWORD, Console, Consoles
from tests.identity.test_sessions import member

ANN = "a@example.test"
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@dataclass
class Device:
    """One browser, its authenticator, and the answers it sent."""

    page: Page
    cdp: CDPSession
    id: str
    url: str
    sent: list[dict[str, str]]

    def sign_in(self) -> None:
        self.page.goto(f"{self.url}/sign-in")
        self.page.fill("[name=email]", ANN)
        self.page.fill("[name=password]", PASSWORD)
        self.page.click("form.form >> nth=0 >> button")

    def sign_out(self) -> None:
        self.page.context.clear_cookies(name="signed-in")

    def make(self) -> None:
        self.page.goto(f"{self.url}/account/")
        self.page.fill("[name=name]", "My laptop")
        self.page.click("text=Add a passkey")
        self.page.wait_for_selector("text=The passkey is added")


@pytest.fixture
def device(consoles: Consoles, browser: Browser) -> Iterator[Device]:
    server = make_server("127.0.0.1", 0, consoles.app, threaded=True)
    now = runtime.current()
    runtime.install(replace(now, settings=replace(now.settings, public_port=server.server_port)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    member(ANN)
    context = browser.new_context(locale="en")
    page = context.new_page()
    cdp = context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    made = cdp.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})["authenticatorId"]
    sent: list[dict[str, str]] = []

    def keep(request: Request) -> None:
        if request.method == "POST":
            sent.append(request.post_data_json or {})

    page.on("request", keep)
    yield Device(page, cdp, made, f"http://localhost:{server.server_port}", sent)
    context.close()
    server.shutdown()
    thread.join()
    server.server_close()


def passkeys() -> list[Passkey]:
    with transaction(tenancy.platform()) as session:
        return list(session.scalars(select(Passkey)))


def test_a_passkey_signs_in_alone_and_an_overheard_answer_does_not(device: Device, consoles: Consoles) -> None:
    device.sign_in()
    device.make()
    assert [(one.name, one.last_used_at) for one in passkeys()] == [("My laptop", None)]
    device.sign_out()
    device.page.goto(f"{device.url}/sign-in")
    device.page.click("text=Sign in with a passkey")
    device.page.wait_for_url("**/admin/")
    [used] = passkeys()
    assert used.last_used_at and used.sign_count > 0
    answer = next(fields["answer"] for fields in reversed(device.sent) if fields.get("answer"))
    thief = Console(consoles.app.test_client())
    assert thief.post("/sign-in/passkey", {"answer": answer}) == "/sign-in"
    for broken in ("", "x", "{}", json.dumps(json.loads(answer) | {"rawId": "AAAA"})):
        assert thief.post("/sign-in/passkey", {"answer": broken}) == "/sign-in"


def test_it_is_the_second_step_after_the_password(device: Device) -> None:
    device.sign_in()
    device.make()
    device.sign_out()
    device.sign_in()
    device.page.wait_for_url("**/sign-in/second")
    device.page.goto(f"{device.url}/admin/")
    assert "/sign-in?next" in device.page.url, "the password alone opens nothing"
    device.page.goto(f"{device.url}/sign-in/second")
    device.page.click("text=Use a passkey")
    device.page.wait_for_url("**/admin/")


def test_a_device_that_did_not_check_its_holder_is_refused(device: Device) -> None:
    device.sign_in()
    device.make()
    device.cdp.send("WebAuthn.setUserVerified", {"authenticatorId": device.id, "isUserVerified": False})
    device.sign_out()
    told: list[str] = []

    def hear(dialog: Dialog) -> None:
        told.append(dialog.message)
        dialog.accept()

    device.page.on("dialog", hear)
    device.page.goto(f"{device.url}/sign-in")
    with device.page.expect_event("dialog"):
        device.page.click("text=Sign in with a passkey")
    assert told == ["The passkey was not used"]
    assert device.page.goto(f"{device.url}/admin/") and "/sign-in" in device.page.url


def test_a_removed_passkey_opens_nothing(device: Device) -> None:
    device.sign_in()
    device.make()
    device.page.click(".line >> text=Remove")
    device.page.wait_for_selector("text=The passkey is removed")
    device.sign_out()
    device.page.goto(f"{device.url}/sign-in")
    device.page.click("text=Sign in with a passkey")
    device.page.wait_for_selector("text=The passkey was not accepted")
    assert passkeys() == []


def test_a_copied_passkey_and_an_answer_for_another_site_open_nothing(device: Device) -> None:
    """A copy counts less than we have seen; an answer that another site got out of somebody names that site."""
    device.sign_in()
    device.make()
    device.sign_out()
    now = runtime.current()
    for seen, port, good in ((10**6, 0, False), (0, 1, False), (0, 0, True)):
        with transaction(tenancy.platform()) as session:
            session.scalars(select(Passkey)).one().sign_count = seen
        runtime.install(replace(now, settings=replace(now.settings, public_port=now.settings.public_port + port)))
        device.page.goto(f"{device.url}/sign-in")
        device.page.click("text=Sign in with a passkey")
        device.page.wait_for_selector("text=Sign out" if good else "text=The passkey was not accepted")
