"""Finding goods, trying prices, listing, changing and removing in the distributor's console."""

import re
import uuid

from sqlalchemy import select

from cardmesh.goods.models import Listing
from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.ids import public_id
from tests.fixtures.shop import Shop


def listing_of(shop: Shop, sku_id: uuid.UUID) -> Listing | None:
    with transaction(tenancy.platform()) as session:
        return session.scalar(select(Listing).where(Listing.sku_id == sku_id))


def test_the_catalogue_shows_own_cost_and_finds(shop: Shop) -> None:
    browser = shop.sign_in()
    page = browser.get("/distributor/catalogue")
    assert "CN¥95.00" in page and "CN¥40.00" in page and page.count("腾讯Q币") == 3
    assert "Nothing matches" in browser.get("/distributor/catalogue?q=steam")
    assert "Nothing matches" in browser.get("/distributor/catalogue?category=office")
    assert browser.get("/distributor/catalogue?category=games&in_stock=1").count("腾讯Q币") == 3


def test_a_cursor_of_another_list_is_refused(shop: Shop) -> None:
    for path in ("catalogue", "goods", "orders", "claims", "webhooks"):
        shop.sign_in().get(f"/distributor/{path}?after=nonsense", expect=422)


def test_profit_is_shown_before_saving(shop: Shop) -> None:
    browser, sku = shop.sign_in(), public_id("sku", shop.unlisted)
    shown = browser.get(f"/distributor/catalogue/{sku}/margin?rule=markup&percent=25&round_to=1")
    assert re.findall(r"CN¥[\d.]+", shown) == ["CN¥50.00", "CN¥40.00", "CN¥0.50", "CN¥9.50"]
    assert "Loss guard" in browser.get(f"/distributor/catalogue/{sku}/margin?rule=retail&retail=40")
    assert "not an amount" in browser.get(f"/distributor/catalogue/{sku}/margin?rule=retail&retail=cheap")
    assert "from -100 to 10000" in browser.get(f"/distributor/catalogue/{sku}/margin?percent=1e9")
    with_script_off = browser.get(f"/distributor/catalogue/{sku}?rule=markup&percent=25&round_to=1")
    assert "CN¥9.50" in with_script_off and 'value="25"' in with_script_off


def test_one_sku_is_put_on_sale_by_markup_and_by_price(shop: Shop) -> None:
    browser, path = shop.sign_in("manager"), f"/distributor/catalogue/{public_id('sku', shop.unlisted)}"
    page = browser.follow(path, {"rule": "markup", "percent": "12.5", "fixed": "-0.10", "round_to": "0.5"})
    listing = listing_of(shop, shop.unlisted)
    assert listing and "On sale" in page
    assert (str(listing.markup_percent), listing.markup_fixed_minor, listing.round_to_minor) == ("12.5000", -10, 50)
    browser.follow(path, {"rule": "retail", "retail": "¥1,049.90", "percent": "3"})
    listing = listing_of(shop, shop.unlisted)
    assert listing and (listing.retail_minor, listing.markup_percent) == (104_990, None)


def test_a_loss_is_refused_with_its_figures_and_the_form_comes_back(shop: Shop) -> None:
    browser, path = shop.sign_in(), f"/distributor/catalogue/{public_id('sku', shop.unlisted)}"
    page = browser.follow(path, {"rule": "retail", "retail": "39.99"})
    assert "a loss of" in page and 'value="39.99"' in page
    assert listing_of(shop, shop.unlisted) is None
    for wrong in ({"rule": "retail", "retail": ""}, {"rule": "barter"}, {"rule": "markup", "percent": "-101"}):
        browser.follow(path, wrong)
        assert listing_of(shop, shop.unlisted) is None


def test_all_that_match_are_added_and_refusals_counted(shop: Shop) -> None:
    browser = shop.sign_in()
    sample = browser.get("/distributor/catalogue/all/samples?percent=5&q=Q币")
    assert "3 SKUs match" in sample and sample.count("腾讯Q币") == 3
    page = browser.post("/distributor/catalogue/all", {"q": "Q币", "percent": "0", "replace": "1"}, expect=200)
    assert "loss_guard" in page and "Would lose money" in page, "the service fee makes cost a loss"
    assert re.findall(r'class="value">(\d+)<', page.replace("\n", "")) == ["0", "0", "0", "3"]
    page = browser.post("/distributor/catalogue/all", {"q": "Q币", "percent": "20", "round_to": "0.10"}, expect=200)
    assert re.findall(r'class="value">(\d+)<', page.replace("\n", "")) == ["1", "0", "2", "0"]
    page = browser.follow("/distributor/catalogue/all", {"percent": "many"})
    assert "A number from" in page and 'value="many"' in page


def test_my_goods_show_margin_and_the_loss_guard(shop: Shop) -> None:
    browser = shop.sign_in()
    page = browser.get("/distributor/goods")
    assert "the loss guard stopped their sale" in page and "CN¥108.00" in page
    assert "Nothing matches" in browser.get("/distributor/goods?status=paused")
    losing = listing_of(shop, shop.losing)
    assert losing and "a unit would lose" in browser.get(f"/distributor/goods/{public_id('lst', losing.id)}")


def test_a_listing_is_changed_paused_resumed_and_removed(shop: Shop) -> None:
    browser, path = shop.sign_in(), f"/distributor/goods/{shop.ids['listing_id']}"
    supplier = public_id("sup", shop.market.suppliers[0].id)
    browser.follow(path, {"version": "1", "rule": "retail", "retail": "110", "supplier": supplier})
    listing = listing_of(shop, shop.sku)
    assert listing and (listing.retail_minor, listing.supplier_id) == (11_000, shop.market.suppliers[0].id)
    stale = browser.follow(path, {"version": "1", "rule": "retail", "retail": "120"})
    assert "has changed meanwhile" in stale
    assert "a loss of" in browser.follow(path, {"version": "2", "rule": "retail", "retail": "1"})
    unchanged = listing_of(shop, shop.sku)
    assert unchanged and unchanged.retail_minor == 11_000
    for verb, status in (("pause", "paused"), ("resume", "active")):
        browser.follow(f"{path}/state", {"verb": verb})
        assert (row := listing_of(shop, shop.sku)) and row.status == status
    browser.follow(f"{path}/state", {"verb": "destroy"})
    assert "1 taken out" in browser.follow(f"{path}/state", {"verb": "remove"})
    assert listing_of(shop, shop.sku) is None
    browser.get(path, expect=404)
