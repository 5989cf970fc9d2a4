"""Every role at every route of every console: what the matrix forbids is refused, and nothing changes."""

import re
from collections.abc import Callable, Iterator

import pytest
from apiflask import APIFlask
from flask import current_app

from cardmesh.identity.models import Party
from cardmesh.identity.staff.service import OWNER, ROLES
from cardmesh.web.common import roles
from tests.fixtures import walk
from tests.fixtures.operator import Desk
from tests.fixtures.shop import Console
from tests.isolation.state import changed, digests

_FORM = re.compile(r'<form\b(?=[^>]*method="post")[^>]*\baction="([^"]+)"[^>]*>(.*?)</form>', re.S)
_BUTTON = re.compile(r"<button\b[^>]*>")
LOWER = [role for role in ROLES if role != OWNER]
FACES = {"admin": Party.PLATFORM, "supplier": Party.SUPPLIER, "distributor": Party.DISTRIBUTOR}
MONEY = {
    *("admin.withdrawals_decide", "admin.tenants_credit", "distributor.wallet_withdraw", "distributor.wallet_cancel"),
    *("supplier.wallet_withdraw", "supplier.wallet_cancel", "supplier.wallet_deposit"),
    *("admin.payouts_make", "admin.payout_approve", "admin.payout_cancel", "admin.payout_file"),
    *("admin.payout_results", "admin.payouts_deposit_return"),
    *(f"{face}.wallet_terms_{verb}" for face in ("supplier", "distributor") for verb in ("change", "stripe")),
}
OWNERS = {f"{face}.{verb}" for face in FACES for verb in ("keys_issue", "keys_revoke", "team_invite", "team_change")}
OWNERS |= {
    *(f"admin.merchants_{verb}" for verb in ("connect", "use", "pause", "retire")),
    *(f"distributor.merchants_{verb}" for verb in ("connect", "use", "pause", "retire")),
    "distributor.payments_platform",
}


def enter(desk: Desk, face: str, role: str) -> tuple[Console, dict[str, str]]:
    sign_in: Callable[[str], Console] = {
        "admin": desk.sign_in, "supplier": desk.stall.sign_in, "distributor": desk.stall.shop.sign_in
    }[face]  # fmt: skip
    ids = {"admin": desk.ids, "supplier": desk.stall.ids, "distributor": desk.stall.shop.ids}[face]
    return sign_in(role), ids


def forbidden(role: str) -> Iterator[tuple[str, str]]:
    """The verbs that a role may not use: console, name."""
    for face in FACES:
        yield from ((face, name) for name, who in roles.matrix(face).items() if role not in who)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("role", LOWER)
def test_a_role_is_refused_what_the_matrix_forbids(desk: Desk, role: str) -> None:
    app, walked = desk.stall.shop.consoles.app, 0
    no = set(forbidden(role))
    for face in FACES:
        browser, ids = enter(desk, face, role)
        browser.token()
        before = digests()
        for rule in walk.routes(app, face, "POST"):
            if (face, rule.endpoint) in no:
                browser.post(walk.address(rule, ids), {}, expect=403)
                walked += 1
        for rule in walk.routes(app, face, "GET"):
            if not roles.may_see(role, rule.endpoint):
                browser.get(walk.address(rule, ids), expect=403)
                walked += 1
        assert changed(before) == [], face
    assert walked >= 20


@pytest.mark.parametrize("role", ["read-only", "support"])
def test_a_page_offers_a_role_only_what_it_may_do(desk: Desk, role: str) -> None:
    """A form that could be sent, and would only be refused, is a promise that is not kept."""
    app, offered = desk.stall.shop.consoles.app, set[tuple[str, str]]()
    for face in FACES:
        browser, ids = enter(desk, face, role)
        for rule in walk.screens(app, face):
            offered |= {(rule.endpoint, verb) for verb in _verbs(app, browser.get(walk.address(rule, ids)))}
    assert [(screen, verb) for screen, verb in sorted(offered) if not roles.may_use(role, verb)] == []
    assert offered or role == "read-only"


def _verbs(app: APIFlask, page: str) -> Iterator[str]:
    """The consoles' verbs that a page's forms with a live button send."""
    addresses = app.url_map.bind("localhost")
    for action, body in _FORM.findall(page):
        verb = addresses.match(action.partition("?")[0], method="POST")[0]
        buttons = [one for one in _BUTTON.findall(body) if "disabled" not in one and "formmethod" not in one]
        if buttons and verb.partition(".")[0] in FACES:
            yield verb


def test_the_matrix_keeps_duties_apart(desk: Desk) -> None:
    """What the table must never say, whoever edits a view: written down once more, by hand."""
    table = {name: set(who) for face in FACES for name, who in roles.matrix(face).items()}
    assert len(table) >= 45
    assert table.keys() >= MONEY | OWNERS
    assert not any("read-only" in who for who in table.values())
    for name in MONEY:
        assert table[name] == {"finance"}, name
    for name in OWNERS:
        assert table[name] == set(), name
    uploads = {name for name, who in table.items() if "key-uploader" in who}
    assert uploads == {"supplier.offer_keys", "supplier.offer_file", "supplier.imports_start"}


def test_a_verb_that_names_no_role_is_the_owners(desk: Desk) -> None:
    """A hole, planted: a view without its line."""
    app = desk.stall.shop.consoles.app
    view = app.view_functions["admin.settings_change"]
    app.view_functions["admin.settings_change"] = getattr(view, "__wrapped__")  # noqa: B009 - not in its type
    try:
        for role in LOWER:
            desk.sign_in(role).post("/admin/settings", {}, expect=403)
        desk.sign_in().post("/admin/settings", {"sign_up": "on"})
    finally:
        app.view_functions["admin.settings_change"] = view
    assert current_app.view_functions["admin.settings_change"] is view
