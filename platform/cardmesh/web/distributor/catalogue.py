"""What may be sold: search it, look at one SKU's offers, try a price, sell it."""

import uuid
from collections.abc import Mapping
from typing import Any

from flask import render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ...goods.catalog import service as catalog
from ...goods.listings import service as listings
from ...goods.listings.margins import offers_of
from ...goods.pricing import markups
from ...goods.pricing.rules import Margin
from ...kit import clock
from ...kit.db import transaction
from ...kit.errors import MeshError, NotFound
from ...kit.ids import parse_id, public_id
from ...stores.models import Store
from ..common.console import allow, done, person, render, scope, sent_back
from ..common.lists import cursor_id
from ..common.requests import locale
from . import blueprint, terms
from .own import listed, own_store, own_tenant, supplier_names

PAGE = 50


@blueprint.get("/catalogue")
def catalogue_list() -> str:
    with transaction(scope()) as session:
        store, tenant = own_store(session), own_tenant(session)
        found = catalog.search(
            session,
            tier=tenant.tier,
            q=request.args.get("q", "")[:100],
            category=request.args.get("category") or None,
            min_stock=1 if request.args.get("in_stock") else 0,
            after=cursor_id("sku", request.args.get("after")),
            limit=PAGE,
        )
        rows = found[:PAGE]
        mine = listed(session, store, [row.sku_id for row in rows])
        categories = catalog.list_categories(session)
    more = len(found) > PAGE
    return render(
        "distributor/catalogue.html",
        rows=rows,
        mine=mine,
        categories=categories,
        more=more,
        cursor=public_id("sku", rows[-1].sku_id) if more else None,
    )


@blueprint.get("/catalogue/<sku_id>")
def catalogue_sku(sku_id: str) -> str:
    """One SKU with its offers; the form's fields in the address are tried, so that it works without a script too."""
    form = terms.START | request.args.to_dict()
    with transaction(scope()) as session:
        store, sku = own_store(session), parse_id("sku", sku_id)
        context = sku_context(session, store, sku)
        tried = try_terms(session, store, sku, form)
        listing_id = listed(session, store, [sku]).get(sku)
    if context["item"] is None and listing_id is None:
        raise NotFound  # nobody offers it, or not to this distributor
    return render(
        "distributor/sku.html", sku_id=sku_id, store=store, form=form, listing_id=listing_id, **tried, **context
    )


@blueprint.get("/catalogue/<sku_id>/margin")
def catalogue_margin(sku_id: str) -> str:
    """What these terms would earn, as a piece of page."""
    with transaction(scope()) as session:
        tried = try_terms(session, own_store(session), parse_id("sku", sku_id), request.args)
    return render_template("distributor/_margin.html", **tried)


@blueprint.post("/catalogue/<sku_id>")
@allow("manager")
def catalogue_add(sku_id: str) -> Response:
    try:
        with transaction(scope()) as session:
            store = own_store(session)
            chosen = terms.read(request.form, store.currency)
            listing = listings.list_sku(
                session,
                tenant_id=person().party_id,
                store_id=store.id,
                sku_id=parse_id("sku", sku_id),
                retail=chosen.retail,
                markup=chosen.markup,
                by_rules=chosen.by_rules,
                bulk=terms.read_bulk(request.form),
                currency=store.currency,
                supplier_id=terms.supplier_of(request.form),
            )
    except MeshError as error:
        fields = {name: request.form[name] for name in terms.START if name in request.form}
        return sent_back(error, "distributor.catalogue_sku", sku_id=sku_id, **fields)
    listing_id = public_id("lst", listing.id)
    return done("已上架，店铺几秒内更新", "On sale; the store follows in seconds", "distributor.goods_item",
                listing_id=listing_id)  # fmt: skip


def sku_context(session: Session, store: Store, sku_id: uuid.UUID) -> dict[str, Any]:
    """The SKU and its offers at the distributor's own cost, cheapest first. Raises NotFound when it is not there."""
    tenant = own_tenant(session)
    sku = catalog.get_sku(session, sku_id)
    item = next(iter(catalog.items(session, [sku_id], tenant.tier)), None)
    offers = offers_of(session, tenant, [sku_id], store.currency, clock.now()).get(sku_id, [])
    offers.sort(key=lambda offer: (offer.cost_minor, offer.id))
    return {
        "sku": sku,
        "item": item,
        "offers": offers,
        "suppliers": supplier_names(session, {offer.supplier_id for offer in offers}),
    }


def try_terms(session: Session, store: Store, sku_id: uuid.UUID, form: Mapping[str, str]) -> dict[str, Any]:
    """`margin` of these terms (None while nobody offers the SKU), or the `complaint` about what was typed."""
    margin: Margin | None = None
    complaint: str | None = None
    try:
        chosen = terms.read(form, store.currency)
        margin = listings.preview(
            session,
            tenant_id=store.tenant_id,
            sku_ids=[sku_id],
            retail=chosen.retail,
            markup=chosen.markup,
            by_rules=markups.load(session, tenant_id=store.tenant_id, store_id=store.id) if chosen.by_rules else None,
            currency=store.currency,
            supplier_id=terms.supplier_of(form),
        )[sku_id]
    except MeshError as error:
        complaint = " ".join(one.message(locale()) for one in error.errors) or error.message(locale())
    return {"margin": margin, "complaint": complaint, "currency": store.currency}
