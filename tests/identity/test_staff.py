"""Who works for a party: invited by letter, changed at the next click, out at once; one owner always stays."""

import uuid
from threading import Barrier, Thread

import pytest
from sqlalchemy import select

from cardmesh.identity.errors import LastOwner
from cardmesh.identity.models import Membership, Party, WebSession
from cardmesh.identity.people import service as people
from cardmesh.identity.staff import service as staff
from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.ids import public_id
from tests.fixtures.shop import PASSWORD, Console, Shop
from tests.identity.conftest import Post
from tests.identity.test_sessions import inside

BOB = "bob@example.test"


@pytest.fixture
def post(shop: Shop, post: Post) -> Post:
    """The shop's own letters are sent by now."""
    post.letters(BOB)
    return post


def roles(shop: Shop) -> dict[str, str]:
    with transaction(tenancy.platform()) as session:
        rows = staff.members(session, party=Party.DISTRIBUTOR, party_id=shop.market.tenant_id)
    return {row.email: row.role for row in rows}


def person_id(email: str) -> str:
    with transaction(tenancy.platform()) as session:
        found = people.find_person(session, email)
        assert found
        return public_id("per", found.id)


def test_somebody_new_comes_by_letter_in_the_role_they_were_given(shop: Shop, post: Post) -> None:
    owner = shop.sign_in()
    assert "on its way" in owner.follow("/distributor/team", {"email": BOB, "role": "support"})
    assert "Invited" in owner.get("/distributor/team")
    bob = Console(shop.consoles.app.test_client())
    bob.post(post.link(BOB), {"password": PASSWORD})
    assert bob.post("/sign-in", {"email": BOB, "password": PASSWORD}) == "/distributor/"
    assert roles(shop)[BOB] == "support"
    assert "member already" in owner.follow("/distributor/team", {"email": BOB.upper(), "role": "support"})
    bob.post("/distributor/store", {"name": "x"}, expect=403)


def test_somebody_with_an_account_changes_between_teams(shop: Shop, post: Post) -> None:
    with transaction(tenancy.platform()) as session:
        bob_id = people.create_person(session, email=BOB, password=PASSWORD, locale="en").id
        people.join(session, person_id=bob_id, party=Party.SUPPLIER, party_id=shop.market.suppliers[0].id)
    shop.sign_in().post("/distributor/team", {"email": BOB, "role": "manager"})
    assert "added to a team" in post.letters(BOB)[0].subject
    bob = Console(shop.consoles.app.test_client())
    assert bob.post("/sign-in", {"email": BOB, "password": PASSWORD}) == "/supplier/"
    assert "Your teams" in bob.get("/account/")
    bob.post("/account/parties", {"party": f"distributor:{shop.rival}"}, expect=404)
    assert bob.post("/account/parties", {"party": f"distributor:{shop.market.tenant_id}"}) == "/distributor/"
    bob.get("/supplier/", expect=404)
    with transaction(tenancy.platform()) as session:
        mine = session.scalars(select(WebSession.party).where(WebSession.person_id == bob_id)).all()
    assert mine == ["distributor"], "one browser, one session"


def test_a_role_changes_at_the_next_click_and_a_removed_one_is_out(shop: Shop) -> None:
    owner, bob = shop.sign_in(), shop.sign_in("support")
    [email] = [email for email, role in roles(shop).items() if role == "support"]
    path = f"/distributor/team/{person_id(email)}"
    owner.post(f"{path}/role", {"role": "read-only"})
    bob.post(f"/distributor/orders/{shop.ids['order_id']}/reveal", expect=403)
    assert inside(bob)
    owner.post(f"{path}/remove")
    assert not inside(bob) and email not in roles(shop)
    owner.post(f"{path}/remove", expect=404)


def test_the_last_owner_stays(shop: Shop) -> None:
    owner = shop.sign_in()
    [email] = [email for email, role in roles(shop).items() if role == "owner"]
    for path, fields in ((f"{person_id(email)}/role", {"role": "manager"}), (f"{person_id(email)}/remove", {})):
        assert "One owner has to stay" in owner.follow(f"/distributor/team/{path}", fields)
    owner.post("/distributor/team", {"email": BOB, "role": "owner"})
    assert "One owner has to stay" in owner.follow("/account/leave"), "who only is invited is none yet"
    second = shop.sign_in()
    assert owner.post("/account/leave") == "/sign-in"
    assert not inside(owner) and inside(second)


def test_nobody_is_sent_many_invitations_whoever_sends_them(shop: Shop) -> None:
    owner, rival = shop.sign_in(), shop.consoles.sign_in(Party.DISTRIBUTOR, shop.rival)
    for _ in range(5):
        owner.post("/distributor/team", {"email": BOB, "role": "support"})
        owner.post(f"/distributor/team/{person_id(BOB)}/remove")
    rival.post("/distributor/team", {"email": BOB.upper(), "role": "support"}, expect=429)


def test_two_owners_who_leave_at_once_leave_one(shop: Shop) -> None:
    app, tenant_id = shop.consoles.app, shop.market.tenant_id
    for _ in range(2):
        shop.sign_in()
    with transaction(tenancy.platform()) as session:
        of = (Membership.party_id == tenant_id, Membership.role == "owner")
        owners = session.scalars(select(Membership.person_id).where(*of)).all()
    start, told = Barrier(len(owners)), list[bool]()

    def leave(who: uuid.UUID) -> None:
        with app.app_context():
            start.wait()
            try:
                with transaction(tenancy.platform()) as session:
                    staff.remove(session, party=Party.DISTRIBUTOR, party_id=tenant_id, person_id=who)
                told.append(True)
            except LastOwner:
                told.append(False)

    threads = [Thread(target=leave, args=(one,)) for one in owners]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == [False, True]
    assert list(roles(shop).values()).count("owner") == 1
