"""Many rows at once, and back again: once, by who may, and never over what somebody did since."""

from datetime import datetime, timedelta

from sqlalchemy import select, update

from cardmesh.goods.listings import service as listings
from cardmesh.goods.models import Listing, Offer
from cardmesh.goods.offers import service as offers
from cardmesh.identity.models import Party
from cardmesh.identity.undo.models import Undo
from cardmesh.kit import clock, tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.ids import parse_id, public_id
from cardmesh.kit.jobs.models import OutboxJob
from tests.fixtures.operator import Desk
from tests.fixtures.shop import Console, Shop
from tests.fixtures.stall import Stall


def button(page: str) -> str:
    """Where the Undo button of a page sends."""
    return page.partition('toast" role="status" method="post" action="')[2].partition('"')[0]


def states(stall: Stall, *names: str) -> list[str]:
    with transaction(tenancy.platform()) as session:
        query = select(Offer.id, Offer.status)
        found = {public_id("off", one): status for one, status in session.execute(query)}
    return [found[stall.offers[name]] for name in names]


def sold(shop: Shop) -> dict[str, tuple[str, int]]:
    """By listing: its state and version."""
    with transaction(tenancy.platform()) as session:
        rows = session.scalars(select(Listing).where(Listing.tenant_id == shop.market.tenant_id)).all()
    return {public_id("lst", row.id): (row.status, row.version) for row in rows}


def test_offers_are_paused_and_undone_but_not_over_a_later_change(stall: Stall) -> None:
    browser = stall.sign_in("manager")
    chosen = [stall.offers[name] for name in ("active", "file", "paused")]
    page = browser.follow("/supplier/offers/bulk", {"verb": "pause", "chosen": chosen})
    assert "2 paused; 1 left as they were" in page
    assert states(stall, "active", "file", "paused") == ["paused"] * 3
    with transaction(tenancy.supplier(stall.supplier)) as session:
        row = offers.get_offer(session, parse_id("off", stall.offers["file"]))
        offers.update_offer(session, offer_id=row.id, warranty_hours=7)
    assert "1 undone; 1 have changed since" in browser.follow(button(page))
    assert states(stall, "active", "file", "paused") == ["active", "paused", "paused"]
    again = browser.follow(button(page))
    assert "It is undone already" in again and not button(again)
    assert states(stall, "active", "file", "paused") == ["active", "paused", "paused"]


def test_only_who_may_do_it_may_undo_it(stall: Stall, desk: Desk) -> None:
    page = stall.sign_in("manager").follow(
        "/supplier/offers/bulk", {"verb": "pause", "chosen": [stall.offers["active"]]}
    )
    stall.sign_in("support").post(button(page), {}, expect=403)
    rival = stall.shop.consoles.sign_in(Party.SUPPLIER, stall.rival)
    rival.post(button(page), {}, expect=404)
    rival.post("/supplier/offers/bulk", {"verb": "resume", "chosen": [stall.offers["active"]]})
    assert states(stall, "active") == ["paused"], "another's offer is not there"
    with transaction(tenancy.platform()) as session:
        session.execute(update(Undo).values(created_at=clock.now() - timedelta(hours=2)))
    assert "too late" in stall.sign_in("manager").follow(button(page))
    assert states(stall, "active") == ["paused"]


def test_goods_are_taken_out_and_put_back_as_they_were(shop: Shop) -> None:
    browser, before = shop.sign_in("manager"), sold(shop)
    page = browser.follow("/distributor/goods/bulk", {"verb": "remove", "chosen": list(before)})
    assert sold(shop) == {} and "2 taken out" in page
    page = browser.follow(button(page))
    assert "Undone" in page
    assert sold(shop) == {one: (status, version + 1) for one, (status, version) in before.items()}
    assert "Nothing on sale yet" not in browser.get("/distributor/goods")
    assert "Choose at least one" in browser.follow("/distributor/goods/bulk", {"verb": "remove"})


def test_goods_listed_anew_are_not_put_back_over(shop: Shop) -> None:
    browser, before = shop.sign_in(), sold(shop)
    page = browser.follow(f"/distributor/goods/{shop.ids['listing_id']}/state", {"verb": "remove"})
    browser.follow(f"/distributor/catalogue/{public_id('sku', shop.sku)}", {"rule": "retail", "retail": "150"})
    anew = sold(shop)
    assert "0 undone; 1 have changed" in browser.follow(button(page))
    assert sold(shop) == anew and anew.keys() != before.keys()


def test_a_pause_that_cannot_be_undone_at_a_loss_is_counted(shop: Shop) -> None:
    browser = shop.sign_in()
    page = browser.follow("/distributor/goods/bulk", {"verb": "pause", "chosen": list(sold(shop))})
    assert {status for status, _ in sold(shop).values()} == {"paused"}
    assert "1 undone; 1 have changed since" in browser.follow(button(page)), "one would sell at a loss by now"


def _add_all(browser: Console, **fields: str) -> str:
    page = browser.post("/distributor/catalogue/all", {"q": "Q币", "percent": "20"} | fields, expect=200)
    return page.partition('success toast" method="post" action="')[2].partition('"')[0]


def test_goods_added_in_bulk_go_again_and_repriced_ones_have_their_old_price(shop: Shop) -> None:
    browser, before = shop.sign_in(), sold(shop)
    terms = _terms(shop)
    undo = _add_all(browser, replace="1")
    assert len(sold(shop)) == 3 and _terms(shop) != terms
    fresh = next(one for one in sold(shop) if one not in before)
    assert "Undone" in browser.follow(undo)
    assert fresh not in sold(shop) and _terms(shop) == terms
    undo = _add_all(browser)
    (fresh,) = sold(shop).keys() - before.keys()
    with transaction(tenancy.tenant(shop.market.tenant_id)) as session:
        listings.pause(session, tenant_id=shop.market.tenant_id, listing_id=parse_id("lst", fresh))
    assert "0 undone; 1 have changed" in browser.follow(undo)
    assert fresh in sold(shop)


def _terms(shop: Shop) -> dict[str, tuple[object, ...]]:
    with transaction(tenancy.platform()) as session:
        rows = session.scalars(select(Listing).where(Listing.tenant_id == shop.market.tenant_id)).all()
    return {public_id("lst", row.id): (row.retail_minor, row.markup_percent, row.round_to_minor) for row in rows}


def test_jobs_are_retried_and_held_again_unless_they_ran(desk: Desk) -> None:
    browser, job_id = desk.sign_in("support"), int(desk.ids["job_id"])
    before = _job(job_id)
    for ran in (False, True):
        page = browser.follow("/admin/jobs/bulk", {"verb": "retry", "chosen": [str(job_id), "999999"]})
        assert "1 will run again" in page
        state, _, run_at = _job(job_id)
        assert state == "ready" and run_at > clock.now(), "there is a moment to take it back"
        if ran:
            with transaction(tenancy.platform()) as session:
                session.execute(update(OutboxJob).where(OutboxJob.id == job_id).values(attempts=1))
        page = browser.follow(button(page))
        assert ("Undone" in page, "0 undone; 1 have" in page) == (not ran, ran)
        assert _job(job_id)[0] == ("ready" if ran else before[0])


def _job(job_id: int) -> tuple[str, int, datetime]:
    with transaction(tenancy.platform()) as session:
        row = session.get_one(OutboxJob, job_id)
        return row.state, row.attempts, row.run_at
