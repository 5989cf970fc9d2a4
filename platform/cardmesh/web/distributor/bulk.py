"""Sell everything that matches a filter, by one markup: tried on three real goods first, counted afterwards."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from flask import render_template, request
from sqlalchemy.orm import Session
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.wrappers import Response

from ...goods.catalog import service as catalog
from ...goods.catalog.queries import matching_ids
from ...goods.listings import service as listings
from ...goods.listings.bulk import undo_matching
from ...goods.listings.service import Filter, Listed
from ...goods.pricing.errors import LossGuard, OfferNotActive
from ...kit.db import transaction
from ...kit.errors import MeshError
from ...kit.i18n import Text
from ...stores.models import Store
from ..common import undo
from ..common.console import allow, person, render, scope, sent_back
from ..common.requests import locale
from . import blueprint, terms
from .own import own_store, own_tenant

SAMPLES = 3
COUNTED = 1000
UNDO = "listings.added"
START = {"percent": "10", "fixed": "", "round_to": "0.10", "floor": ""}
REASONS = {
    LossGuard.code: Text("会亏本（亏损保护）", "Would lose money (loss guard)"),
    OfferNotActive.code: Text("没有店铺币种的供货", "No offer in the store's currency"),
}


@blueprint.get("/catalogue/all")
def catalogue_all() -> str:
    form = START | request.args.to_dict()
    with transaction(scope()) as session:
        store = own_store(session)
        categories = catalog.list_categories(session)
        tried = _samples(session, store, MultiDict(form))
    return render("distributor/bulk.html", form=form, store=store, categories=categories, **tried)


@blueprint.get("/catalogue/all/samples")
def catalogue_samples() -> str:
    """How many match, and what three of them would earn, as a piece of page."""
    with transaction(scope()) as session:
        tried = _samples(session, own_store(session), request.args)
    return render_template("distributor/_samples.html", **tried)


@blueprint.post("/catalogue/all")
@allow("manager")
def catalogue_add_all() -> Response | str:
    form = request.form
    try:
        with transaction(scope()) as session:
            store = own_store(session)
            result = listings.list_matching(
                session,
                tenant_id=store.tenant_id,
                store_id=store.id,
                matching=_filter(form),
                markup=terms.read_markup(form, store.currency),
                currency=store.currency,
                replace=bool(form.get("replace")),
            )
            note = _note(session, store, result)
    except MeshError as error:
        fields = {name: form[name] for name in ("q", "category", "in_stock", *START) if form.get(name)}
        return sent_back(error, "distributor.catalogue_all", **fields)
    reasons = [
        (REASONS[code].render(locale()) if code in REASONS else code, code, count)
        for code, count in sorted(result.refused.items())
    ]
    return render("distributor/added.html", result=result, reasons=reasons, note=note)


def _note(session: Session, store: Store, result: Listed) -> str | None:
    """What taking it back needs, if anything was done."""
    if not (result.created or result.updated):
        return None
    changes = {"store_id": str(store.id), "created": result.created_ids, "replaced": result.replaced}
    return undo.remember(session, UNDO, changes)


def _take_back(session: Session, changes: Mapping[str, Any]) -> tuple[int, int]:
    count = undo_matching(
        session, tenant_id=person().party_id, store_id=uuid.UUID(changes["store_id"]), result=changes
    )
    return count, len(changes["created"]) + len(changes["replaced"])


undo.REVERSES[UNDO] = undo.Reverse(("manager",), "distributor.goods_list", _take_back)


def _filter(form: MultiDict[str, str] | ImmutableMultiDict[str, str]) -> Filter:
    return Filter(form.get("q", "")[:100], form.get("category") or None, None, 1 if form.get("in_stock") else 0)


def _samples(
    session: Session, store: Store, form: MultiDict[str, str] | ImmutableMultiDict[str, str]
) -> dict[str, Any]:
    """`count` of what matches (`COUNTED` + 1 stands for more), `samples` with their margins, or the `complaint`."""
    ids = matching_ids(session, _filter(form), None, COUNTED + 1)
    items = catalog.items(session, spread(ids), own_tenant(session).tier)
    shown: dict[str, Any] = {"count": len(ids), "counted": COUNTED, "samples": [], "complaint": None}
    try:
        markup = terms.read_markup(form, store.currency)
        margins = listings.preview(
            session,
            tenant_id=store.tenant_id,
            sku_ids=[item.sku_id for item in items],
            markup=markup,
            currency=store.currency,
        )
    except MeshError as error:
        complaint = " ".join(one.message(locale()) for one in error.errors) or error.message(locale())
        return shown | {"complaint": complaint}
    return shown | {"samples": [(item, margins[item.sku_id]) for item in items], "currency": store.currency}


def spread(ids: Sequence[uuid.UUID]) -> list[uuid.UUID]:
    """The first, the middle and the last, so that the samples are not three of a kind."""
    places = sorted({0, len(ids) // 2, len(ids) - 1}) if ids else []
    return [ids[place] for place in places][:SAMPLES]
