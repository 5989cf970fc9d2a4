"""Listing one SKU, all that match, and what the guard lets through."""

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select

from cardmesh.goods.catalog import service as catalog
from cardmesh.goods.listings import errors, queries
from cardmesh.goods.listings import service as listings
from cardmesh.goods.listings.service import Filter, Markup
from cardmesh.goods.models import CatalogChange, Listing
from cardmesh.goods.pricing.errors import LossGuard, OfferNotActive
from cardmesh.identity.models import AuditRecord
from cardmesh.identity.tenants.service import create_tenant
from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.errors import NotFound
from cardmesh.kit.money import Money

from .conftest import World


def place(world: World) -> dict[str, Any]:
    return {"tenant_id": world.tenant.id, "store_id": world.store_id}


def test_a_sku_is_listed_once_and_the_last_word_holds(world: World) -> None:
    with transaction(tenancy.platform()) as session:
        world.offer(session)
    with transaction(tenancy.tenant(world.tenant.id)) as session:
        first = listings.list_sku(session, **place(world), sku_id=world.sku.id, retail=Money(10_800, "CNY"))
        assert (first.status, first.version, first.currency) == ("active", 1, "CNY")
        listings.pause(session, tenant_id=world.tenant.id, listing_id=first.id)
        again = listings.list_sku(session, **place(world), sku_id=world.sku.id, markup=Markup(Decimal("12.5")))
        assert again.id == first.id
        assert (again.status, again.version, again.retail_minor) == ("active", 3, None)
        margin = listings.margin_of(session, tenant_id=world.tenant.id, listing=again)
        assert margin and (margin.retail_minor, margin.cost_minor) == (10_688, 9_500)
        assert session.scalars(select(AuditRecord.action).order_by(AuditRecord.id)).all() == [
            "listing.set",
            "listing.changed",
            "listing.set",
        ]
    with transaction(tenancy.platform()) as session:
        noted = session.scalars(select(CatalogChange.reason).where(CatalogChange.tenant_id == world.tenant.id)).all()
        assert noted == ["listing.set", "listing.changed", "listing.set"]


def test_a_loss_or_nothing_to_sell_is_refused_with_figures(world: World) -> None:
    with transaction(tenancy.platform()) as session:
        with pytest.raises(OfferNotActive):
            listings.list_sku(session, **place(world), sku_id=world.sku.id, retail=Money(1, "CNY"))
        world.offer(session)
        with pytest.raises(LossGuard) as refused:
            listings.list_sku(session, **place(world), sku_id=world.sku.id, retail=Money(9_499, "CNY"))
        assert refused.value.extra == {"retail": 9_499, "cost": 9_500, "fees": 0, "loss": 1, "currency": "CNY"}
        with pytest.raises(OfferNotActive):
            listings.list_sku(session, **place(world), sku_id=world.sku.id, retail=Money(10_000, "USD"))
        assert session.scalar(select(func.count()).select_from(Listing)) == 0


@pytest.mark.parametrize(
    ("terms", "refusal"),
    [
        ({}, errors.PriceRuleInvalid),
        ({"retail": Money(1, "CNY"), "markup": Markup()}, errors.PriceRuleInvalid),
        ({"retail": Money(0, "CNY")}, errors.RetailInvalid),
        ({"markup": Markup(Decimal("-101"))}, errors.MarkupInvalid),
        ({"markup": Markup(Decimal("NaN"))}, errors.MarkupInvalid),
        ({"markup": Markup(Decimal("1.00001"))}, errors.MarkupInvalid),
        ({"markup": Markup(round_to_minor=0)}, errors.MarkupInvalid),
        ({"markup": Markup(floor_minor=-1)}, errors.MarkupInvalid),
        ({"markup": Markup(Decimal(-100), floor_minor=0)}, LossGuard),
    ],
)
def test_a_bad_price_rule_is_refused(world: World, terms: dict[str, Any], refusal: type[Exception]) -> None:
    with transaction(tenancy.platform()) as session:
        world.offer(session)
        with pytest.raises(refusal):
            listings.list_sku(session, **place(world), sku_id=world.sku.id, **terms)


def test_all_that_match_are_listed_and_what_would_lose_is_left_out(world: World) -> None:
    with transaction(tenancy.platform()) as session:
        for number in range(4):
            sku = catalog.find_or_create_sku(
                session, product_name="云盘会员", category_slug="cloud-ai", sku_name=f"{number + 1}个月"
            )
            world.stocked(session, keys=3, sku=sku, price=1_000 * (number + 1))
        world.stocked(session, keys=1)
    with transaction(tenancy.tenant(world.tenant.id)) as session:
        kept = catalog.search(session, q="云盘")[0].sku_id
        listings.list_sku(session, **place(world), sku_id=kept, retail=Money(5_000, "CNY"))
        cheap = Markup(Decimal(0), -500, floor_minor=1_600)
        done = listings.list_matching(session, **place(world), matching=Filter(category="cloud-ai"), markup=cheap)
        assert (done.created, done.kept, done.refused, done.more) == (0, 1, {"loss_guard": 3}, False)
        fair = Markup(Decimal(20), round_to_minor=100)
        done = listings.list_matching(session, **place(world), matching=Filter(q="云盘"), markup=fair)
        assert (done.created, done.updated, done.kept, done.refused) == (3, 0, 1, {})
        done = listings.list_matching(session, **place(world), matching=Filter(q="云盘"), markup=fair, replace=True)
        assert (done.created, done.updated) == (0, 4)
        rows = session.execute(queries.named()).all()
        assert len(rows) == 4 and all(row.Listing.markup_percent == 20 for row in rows)


def test_bulk_listing_walks_the_whole_catalog_in_chunks(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listings, "CHUNK", 2)
    with transaction(tenancy.platform()) as session:
        for number in range(5):
            sku = catalog.find_or_create_sku(session, product_name="笔记", category_slug="office", sku_name=f"{number}")
            world.offer(session, sku=sku)
        done = listings.list_matching(session, **place(world), matching=Filter(), markup=Markup(Decimal(5)))
        assert (done.created, done.more) == (5, False)
        limited = listings.list_matching(
            session, **place(world), matching=Filter(), markup=Markup(Decimal(5)), replace=True, limit=2
        )
        assert (limited.updated, limited.more) == (2, True)


def test_change_pause_and_remove(world: World) -> None:
    with transaction(tenancy.platform()) as session:
        world.offer(session)
        listing = listings.list_sku(session, **place(world), sku_id=world.sku.id, retail=Money(10_800, "CNY"))
        mine: dict[str, Any] = {"tenant_id": world.tenant.id, "listing_id": listing.id}
        with pytest.raises(LossGuard):
            listings.update(session, **mine, retail=Money(1, "CNY"))
        session.refresh(listing)
        assert listing.retail_minor == 10_800
        with pytest.raises(errors.VersionMismatch):
            listings.update(session, **mine, retail=Money(10_900, "CNY"), expected_version=9)
        changed = listings.update(session, **mine, supplier_id=world.suppliers[0].id, expected_version=1)
        assert (changed.version, changed.supplier_id) == (2, world.suppliers[0].id)
        assert listings.update(session, **mine, clear_supplier=True).supplier_id is None
        listings.remove(session, **mine)
        with pytest.raises(NotFound):
            listings.get_listing(session, **mine)


def test_another_tenants_listing_is_not_there(world: World) -> None:
    with transaction(tenancy.platform()) as session:
        world.offer(session)
        listing = listings.list_sku(session, **place(world), sku_id=world.sku.id, retail=Money(10_800, "CNY"))
        other = create_tenant(session, name="Two", handle="two")
    with transaction(tenancy.tenant(other.id)) as session:
        for tenant_id in (other.id, world.tenant.id):
            with pytest.raises(NotFound):
                listings.pause(session, tenant_id=tenant_id, listing_id=listing.id)
        assert session.execute(queries.named()).all() == []
