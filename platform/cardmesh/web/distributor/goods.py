"""What the store sells: cost, price and profit of each listing; change, pause, remove."""

from collections.abc import Callable
from typing import Any

from flask import request
from werkzeug.wrappers import Response

from ...goods.catalog import service as catalog
from ...goods.inventory.service import stock_band
from ...goods.listings import service as listings
from ...goods.listings.explain import explain_price
from ...goods.models import ListingStatus
from ...kit.db import transaction
from ...kit.errors import MeshError
from ...kit.ids import parse_id, public_id
from ..common import forms
from ..common.console import allow, done, person, render, scope, sent_back
from ..common.lists import cursor_id
from . import blueprint, terms
from .catalogue import sku_context, try_terms
from .own import own_store, supplier_names

PAGE = 50


@blueprint.get("/goods")
def goods_list() -> str:
    status = request.args.get("status")
    with transaction(scope()) as session:
        store = own_store(session)
        page = listings.page(
            session,
            tenant_id=store.tenant_id,
            store_id=store.id,
            status=status if status in list(ListingStatus) else None,
            q=request.args.get("q", "")[:100],
            category=request.args.get("category") or None,
            after=cursor_id("lst", request.args.get("after")),
            limit=PAGE,
        )
        rows = [row.Listing for row in page.rows]
        margins = listings.margins(session, tenant_id=store.tenant_id, listings=rows)
        stock = stock_band(session, sku_ids=[row.sku_id for row in rows]) if rows else {}
        suppliers = supplier_names(session, {row.supplier_id for row in rows if row.supplier_id})
        categories = catalog.list_categories(session)
    losing = sum(1 for row in rows if (margin := margins[row.id]) and margin.profit_minor < 0)
    return render(
        "distributor/goods.html",
        page=page,
        margins=margins,
        stock=stock,
        suppliers=suppliers,
        categories=categories,
        losing=losing,
        cursor=public_id("lst", page.rows[-1].Listing.id) if page.has_more else None,
    )


@blueprint.get("/goods/<listing_id>")
def goods_item(listing_id: str) -> str:
    with transaction(scope()) as session:
        store = own_store(session)
        row = listings.get_listing(session, person().party_id, parse_id("lst", listing_id))
        form = terms.filled(row) | {name: request.args[name] for name in terms.START if name in request.args}
        context = sku_context(session, store, row.sku_id)
        now = listings.margin_of(session, tenant_id=row.tenant_id, listing=row)
        tried = try_terms(session, store, row.sku_id, form)
        why = explain_price(session, row)
    return render(
        "distributor/listing.html",
        listing=row,
        sku_id=public_id("sku", row.sku_id),
        store=store,
        form=form,
        now=now,
        why=why,
        **tried,
        **context,
    )


@blueprint.post("/goods/<listing_id>")
@allow("manager")
def goods_change(listing_id: str) -> Response:
    form = request.form
    try:
        with transaction(scope()) as session:
            chosen = terms.read(form, own_store(session).currency)
            supplier_id = terms.supplier_of(form)
            listings.update(
                session,
                tenant_id=person().party_id,
                listing_id=parse_id("lst", listing_id),
                retail=chosen.retail,
                markup=chosen.markup,
                by_rules=chosen.by_rules,
                bulk=terms.read_bulk(form),
                supplier_id=supplier_id,
                clear_supplier=supplier_id is None,
                expected_version=forms.whole(form, "version", least=1),
            )
    except MeshError as error:
        return _refused(error, listing_id)
    return done("已保存，店铺几秒内更新", "Saved; the store follows in seconds", "distributor.goods_item",
                listing_id=listing_id)  # fmt: skip


@blueprint.post("/goods/<listing_id>/state")
@allow("manager")
def goods_state(listing_id: str) -> Response:
    """Pause, resume, or take out of the store."""
    verbs: dict[str, Callable[..., Any]] = {
        "pause": listings.pause,
        "resume": listings.resume,
        "remove": listings.remove,
    }
    try:
        verb = forms.choice(request.form, "verb", tuple(verbs))
        with transaction(scope()) as session:
            verbs[verb](session, tenant_id=person().party_id, listing_id=parse_id("lst", listing_id))
    except MeshError as error:
        return _refused(error, listing_id)
    if verb == "remove":
        return done("已移出店铺", "Taken out of the store", "distributor.goods_list")
    return done("状态已更新", "Done", "distributor.goods_item", listing_id=listing_id)


def _refused(error: MeshError, listing_id: str) -> Response:
    """What was typed comes back with the reason."""
    fields = {name: request.form[name] for name in terms.START if name in request.form}
    return sent_back(error, "distributor.goods_item", listing_id=listing_id, **fields)
