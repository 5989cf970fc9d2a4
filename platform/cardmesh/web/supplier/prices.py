"""Price lists of an offer: planned for a day, tried on those who buy; and whom the offer is for."""

from collections.abc import Mapping
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ...goods.models import Audience, Offer, Product, Sku
from ...goods.offers import audience, price_lists
from ...goods.offers import service as offers
from ...goods.pricing.rules import PriceRow, Prices
from ...identity.models import Tenant
from ...insight import prices as insight
from ...insight.prices import Change
from ...kit import tenancy
from ...kit.db import transaction
from ...kit.errors import MeshError
from ...kit.ids import parse_id, public_id
from ...trade.tiers import service as tiers
from ..common import forms
from ..common.console import allow, done, keep_typed, refused, render, scope
from ..common.rule_pages import rules_seen
from ..common.tables import Shown, screen
from . import blueprint
from .price_lists import LISTS, asked_offer

QUANTITIES = 3
"""Quantity steps that the form has besides one unit."""
DEFAULT_TIERS = ("VIP1", "VIP2", "VIP3")


@blueprint.get("/offers/<offer_id>/prices")
def offer_prices(offer_id: str) -> ResponseReturnValue:
    return _page()


@blueprint.post("/offers/<offer_id>/prices")
@allow("manager")
def offer_prices_plan(offer_id: str) -> ResponseReturnValue:
    """Plan a list, or only show what it would cost those who bought in the last 30 days."""
    try:
        with transaction(scope()) as session:
            offer = offers.get_offer(session, parse_id("off", offer_id))
            base, rows = _rows(request.form, offer.currency, _tier_names(session))
            then = Prices(base, tuple(rows))
            lines, now = insight.bought(session, offer), insight.prices_now(session, offer)
            trying = bool(request.form.get("try"))
            if not trying:
                day = forms.moment(request.form, "effective_from")
                price_lists.plan(session, offer_id=offer.id, base_price_minor=base, rows=rows, effective_from=day)
    except MeshError as error:
        return refused(error, "supplier.offer_prices", offer_id=offer_id)
    if not trying:
        return done("价目已预设，到期自动生效", "Planned", "supplier.offer_prices", offer_id=offer_id)
    keep_typed()
    return _page(insight.preview(lines, now, then))


@blueprint.post("/offers/<offer_id>/prices/<list_id>/cancel")
@allow("manager")
def offer_prices_cancel(offer_id: str, list_id: str) -> Response:
    with transaction(scope()) as session:
        offers.get_offer(session, parse_id("off", offer_id))
        price_lists.cancel(session, list_id=parse_id("pls", list_id))
    return done("已取消", "Canceled", "supplier.offer_prices", offer_id=offer_id)


@blueprint.post("/offers/<offer_id>/audience")
@allow("manager")
def offer_audience(offer_id: str) -> Response:
    """For everybody, for a tier and above, or for the stores that are named."""
    form = request.form
    try:
        chosen = Audience(forms.choice(form, "audience", tuple(Audience)))
        handles = forms.text(form, "stores", most=20_000).split() if chosen is Audience.NAMED else []
        found = audience.find_tenants(handles)
        with transaction(scope()) as session:
            audience.set_audience(
                session,
                offer_id=parse_id("off", offer_id),
                audience=chosen,
                min_tier=forms.text(form, "min_tier", most=5) or "VIP1",
                tenant_ids=set(found.values()),
            )
    except MeshError as error:
        return refused(error, "supplier.offer_prices", offer_id=offer_id)
    return done("已保存，立即生效", "Saved; in force at once", "supplier.offer_prices", offer_id=offer_id)


@blueprint.get("/terms")
def rules() -> str:
    with transaction(scope()) as session:
        seen = rules_seen(session)
    return render("supplier/rules.html", **seen)


def _page(tried: list[Change] | None = None) -> ResponseReturnValue:
    with transaction(scope()) as session:
        named = audience.named(session, asked_offer())
    with transaction(tenancy.public()) as session:  # a supplier sees no tenants; a store's handle is public
        stores = sorted(session.get_one(Tenant, one).handle for one in named)
    return screen(LISTS, template="supplier/prices.html", more=_details, tried=tried, stores=stores)


def _details(session: Session, _shown: Shown) -> dict[str, Any]:
    offer = offers.get_offer(session, asked_offer())
    sku = session.get_one(Sku, offer.sku_id)
    product = session.get_one(Product, sku.product_id)
    return {
        "offer": offer,
        "offer_id": public_id("off", offer.id),
        "name": f"{product.name} · {sku.name}",
        "tier_names": _tier_names(session),
        "grid": _grid(session, offer),
    }


def _tier_names(session: Session) -> list[str]:
    return [level.tier for level in tiers.levels(session)] or list(DEFAULT_TIERS)


def _grid(session: Session, offer: Offer) -> dict[str, Any]:
    """Today's prices as the form shows them: `quantities`, and `cells` by tier and place of the quantity."""
    now = insight.prices_now(session, offer)
    counts = sorted({row.min_quantity for row in now.rows if row.min_quantity > 1})[:QUANTITIES]
    quantities = [1, *counts, *[None] * (QUANTITIES - len(counts))]
    prices = {("", 1): now.base_minor} | {(row.tier, row.min_quantity): row.price_minor for row in now.rows}
    cells = {
        (tier, place): prices[tier, count]
        for place, count in enumerate(quantities)
        if count is not None
        for tier in {row[0] for row in prices}
        if (tier, count) in prices
    }
    return {"quantities": quantities, "cells": cells}


def _rows(form: Mapping[str, str], currency: str, tier_names: list[str]) -> tuple[int, list[PriceRow]]:
    """The base price and the other cells that are filled in. Raises ValidationFailed naming the field."""
    base = forms.money(form, "price__0", currency).minor
    rows = []
    for place in range(QUANTITIES + 1):
        filled = [tier for tier in ("", *tier_names) if form.get(f"price_{tier}_{place}", "").strip()]
        if not filled or (place == 0 and filled == [""]):
            continue
        count = 1 if place == 0 else forms.whole(form, f"from_{place}", least=2, most=1000)
        prices = {tier: forms.money(form, f"price_{tier}_{place}", currency).minor for tier in filled}
        rows += [PriceRow(tier, count, price) for tier, price in prices.items() if tier or place]
    return base, rows
