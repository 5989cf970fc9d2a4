"""An offer is sold only after approval; every change of a price is on record; a file is versioned."""

import hashlib

import pytest
from sqlalchemy import select

from cardmesh.goods.inventory.errors import NotCapped
from cardmesh.goods.models import CatalogChange, Offer, OfferStatus
from cardmesh.goods.offers import errors, queries
from cardmesh.goods.offers import service as offers
from cardmesh.identity.models import AuditRecord
from cardmesh.kit import runtime, tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.errors import MeshError, NotFound
from cardmesh.kit.ids import NIL
from cardmesh.kit.money import Money

from .conftest import World


def terms(world: World, **change: object) -> dict[str, object]:
    plain = {
        "supplier_id": world.suppliers[0].id,
        "sku_id": world.sku.id,
        "kind": "card_key",
        "base_price": Money(9_500, "CNY"),
    }
    return plain | change


def test_an_offer_waits_for_approval(world: World) -> None:
    with transaction(tenancy.supplier(world.suppliers[0].id)) as session:
        offer = offers.create_offer(session, **terms(world))  # pyright: ignore[reportArgumentType] - cases
        assert offer.status == OfferStatus.PENDING_REVIEW
    with transaction(tenancy.platform()) as session:
        assert [row.Offer.id for row in offers.page(session, status=OfferStatus.PENDING_REVIEW).rows] == [offer.id]
        with pytest.raises(errors.ReasonMissing):
            offers.review(session, offer_id=offer.id, decision="reject", reason=" ")
        with pytest.raises(errors.DecisionUnknown):
            offers.review(session, offer_id=offer.id, decision="maybe")
        assert offers.review(session, offer_id=offer.id, decision="approve").status == "active"
        assert offers.page(session, status=OfferStatus.PENDING_REVIEW).rows == []
        with pytest.raises(errors.OfferState) as refused:
            offers.review(session, offer_id=offer.id, decision="approve")
        assert refused.value.extra["state"] == "active"
        trails = session.scalars(select(AuditRecord.party_id).where(AuditRecord.action == "offer.approved"))
        assert set(trails) == {NIL, offer.supplier_id}


def test_the_life_of_an_offer(world: World) -> None:
    with transaction(tenancy.platform()) as session:
        offer = world.offer(session, approve=False)
        for verb in (offers.pause, offers.resume, offers.resubmit):
            with pytest.raises(errors.OfferState):
                verb(session, offer_id=offer.id)
        offers.review(session, offer_id=offer.id, decision="reject", reason="名称不规范")
        assert (offer.status, offer.review_reason) == ("rejected", "名称不规范")
        offers.resubmit(session, offer_id=offer.id)
        offers.review(session, offer_id=offer.id, decision="approve")
        offers.pause(session, offer_id=offer.id)
        assert offers.resume(session, offer_id=offer.id).status == "active"
        assert offer.version == 6
        reasons = session.scalars(select(CatalogChange.reason).where(CatalogChange.sku_id == offer.sku_id)).all()
        assert reasons[-2:] == ["offer.paused", "offer.resumed"]


def test_one_offer_of_a_kind_per_sku_and_supplier(world: World) -> None:
    with transaction(tenancy.platform()) as session:
        first = world.offer(session)
        with pytest.raises(errors.OfferExists) as refused:
            world.offer(session)
        assert refused.value.extra["offer"] == str(first.id)
        world.offer(session, kind="file")
        world.offer(session, supplier=1)


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"kind": "top_up"}, errors.KindUnsupported),
        ({"base_price": Money(0, "CNY")}, errors.PriceInvalid),
        ({"base_price": Money(10**15 + 1, "CNY")}, errors.PriceInvalid),
        ({"tier_prices": {"VIP0": 9_000}}, errors.TierUnknown),
        ({"tier_prices": {"VIP2": 9_501}}, errors.PriceNotLower),
        ({"tier_prices": {"VIP2": -1}}, errors.PriceInvalid),
        ({"quantity_prices": [(1, 9_000)]}, errors.QuantityPricesInvalid),
        ({"quantity_prices": [(10, 9_000), (10, 8_000)]}, errors.QuantityPricesInvalid),
        ({"quantity_prices": [(10, 9_600)]}, errors.PriceNotLower),
        ({"min_quantity": 0}, errors.QuantitiesInvalid),
        ({"min_quantity": 5, "max_quantity": 4}, errors.QuantitiesInvalid),
        ({"max_quantity": 1_001}, errors.QuantitiesInvalid),
        ({"warranty_hours": -1}, errors.WarrantyInvalid),
        ({"stock_cap": 5}, NotCapped),
    ],
)
def test_a_bad_offer_is_refused_in_both_languages(
    world: World, change: dict[str, object], refusal: type[MeshError]
) -> None:
    with transaction(tenancy.supplier(world.suppliers[0].id)) as session:
        with pytest.raises(refusal) as refused:
            offers.create_offer(session, **terms(world, **change))  # pyright: ignore[reportArgumentType] - cases
        assert refused.value.message("zh-CN") != refused.value.message("en")
        assert session.scalars(select(Offer)).all() == []


def test_a_price_change_applies_at_once_and_is_on_record(world: World) -> None:
    with transaction(tenancy.platform()) as session:
        offer = world.offer(session, tier_prices={"VIP2": 9_400}, quantity_prices=[(10, 9_300)])
    with transaction(tenancy.supplier(offer.supplier_id)) as session:
        changed = offers.update_offer(session, offer_id=offer.id, base_price_minor=9_600, tier_prices={"VIP3": 9_000})
        assert (changed.status, changed.version) == ("active", offer.version + 1)
        stored = [(row.tier, row.min_quantity, row.price_minor) for row in queries.prices(session, [offer.id])]
        assert stored == [("VIP3", 1, 9_000), ("", 10, 9_300)]
        record = session.scalars(select(AuditRecord).where(AuditRecord.action == "offer.price_changed")).one()
        assert record.details == {
            "before": {"currency": "CNY", "base": 9_500, "rows": [["", 10, 9_300], ["VIP2", 1, 9_400]]},
            "after": {"currency": "CNY", "base": 9_600, "rows": [["", 10, 9_300], ["VIP3", 1, 9_000]]},
        }
    with transaction(tenancy.supplier(offer.supplier_id)) as session:
        same = offers.update_offer(session, offer_id=offer.id, base_price_minor=9_600)
        assert same.version == changed.version
        with pytest.raises(errors.VersionMismatch):
            offers.update_offer(session, offer_id=offer.id, base_price_minor=1, expected_version=1)
    with transaction(tenancy.supplier(offer.supplier_id)) as session, pytest.raises(errors.PriceNotLower):
        offers.update_offer(session, offer_id=offer.id, base_price_minor=8_000)


def test_terms_change_too_and_a_cap_is_lifted(world: World) -> None:
    with transaction(tenancy.platform()) as session:
        offer = world.offer(session, kind="file", stock_cap=3)
        assert offer.stock_cap == 3
        offers.update_offer(session, offer_id=offer.id, max_quantity=10, warranty_hours=0)
        assert (offer.max_quantity, offer.warranty_hours, offer.stock_cap) == (10, 0, 3)
        assert offers.update_offer(session, offer_id=offer.id, stock_cap=None).stock_cap is None


def test_another_suppliers_offer_is_not_there(world: World) -> None:
    with transaction(tenancy.platform()) as session:
        offer = world.offer(session)
    with transaction(tenancy.supplier(world.suppliers[1].id)) as session:
        for verb in (offers.pause, offers.resume):
            with pytest.raises(NotFound):
                verb(session, offer_id=offer.id)
        with pytest.raises(NotFound):
            offers.update_offer(session, offer_id=offer.id, base_price_minor=1)
        assert offers.page(session).rows == []


def test_a_file_is_kept_privately_in_versions(world: World) -> None:
    with transaction(tenancy.platform()) as session:
        offer = world.offer(session, kind="file")
    supplier = offer.supplier_id
    stored = offers.store_file(supplier_id=supplier, body=b"first", content_type="application/pdf")
    with transaction(tenancy.supplier(supplier)) as session:
        kind = "application/pdf"
        one = offers.attach_file(session, offer_id=offer.id, filename="a.pdf", content_type=kind, body=stored)
        two = offers.attach_file(session, offer_id=offer.id, filename="C:\\x\\讲义.pdf", content_type=kind, body=b"2nd")
        assert (one.version, two.version, two.filename) == (1, 2, "讲义.pdf")
        assert two.sha256 == hashlib.sha256(b"2nd").hexdigest()
        assert runtime.current().storage.get(one.object_key) == b"first"
        newest = offers.newest_file(session, offer.id)
        assert newest and newest.id == two.id
        for name, body in (("", b"x"), ("x" * 201, b"x"), ("ok", b"")):
            with pytest.raises(errors.FileInvalid):
                offers.attach_file(session, offer_id=offer.id, filename=name, content_type=kind, body=body)
    with transaction(tenancy.platform()) as session, pytest.raises(errors.NotAFile):
        keyed = world.offer(session)
        offers.attach_file(session, offer_id=keyed.id, filename="a", content_type="x", body=b"x")
