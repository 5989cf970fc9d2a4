"""The pages of the first run that are its own: look, goods by the bundle, markup, getting paid, a test order."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from flask import redirect, render_template, request
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ...goods.catalog import service as catalog
from ...goods.catalog.queries import matching_ids
from ...goods.listings import markup_rules
from ...goods.listings import service as listings
from ...goods.listings.markup_rules import Scope
from ...goods.listings.service import Filter, Markup
from ...goods.models import Category, Listing
from ...goods.pricing.models import MarkupRule
from ...goods.pricing.rules import Margin
from ...identity.documents import verified
from ...identity.settings import service as settings
from ...kit.db import transaction
from ...kit.errors import MeshError
from ...money.payments.merchants.routes import DISTRIBUTOR, routes
from ...stores import queries, trials
from ...stores import service as stores
from ...stores.models import BuildStatus, Store
from ...trade.trials import service as trial_orders
from ..common import forms
from ..common.console import allow, done, person, refused, render, scope
from ..common.first_run import go_on
from . import blueprint
from .bulk import spread
from .first_run import START
from .looks import shelf, worn_by
from .own import own_store, own_tenant, store_url

COUNTED = 1000


@dataclass(frozen=True)
class Bundle:
    """What of a category is in stock (`COUNTED` stands for as many or more), and how much of it is listed."""

    category: Category
    count: int
    listed: int
    names: list[str]


@blueprint.get("/start/look")
def start_look() -> str:
    with transaction(scope()) as session:
        store = own_store(session)
        builds = queries.list_builds(session, store_id=store.id, limit=1)
    live = any(build.status == BuildStatus.PUBLISHED for build in builds)
    return render("distributor/start_look.html", shelf=shelf(), worn=worn_by(store), url=store_url(store), live=live)


@blueprint.post("/start/look")
@allow("manager")
def start_look_pick() -> Response:
    """Picking the one that is worn is a choice, too."""
    try:
        with transaction(scope()) as session:
            store = own_store(session)
            handles = tuple(one["handle"] for theme in shelf() for one in theme["looks"])
            theme, _, preset = forms.choice(request.form, "look", (worn_by(store), *handles)).partition("/")
            fresh = {} if worn_by(store) == f"{theme}/{preset}" else {"settings": {}}
            stores.update_store(session, store_id=store.id, changes={"theme": theme, "preset": preset, **fresh})
            return redirect(go_on(session))
    except MeshError as error:
        return refused(error, "distributor.start_look")


@blueprint.get("/start/goods")
def start_goods() -> str:
    with transaction(scope()) as session:
        store = own_store(session)
        closed = settings.read(session).closed_categories
        bundles = [_bundle(session, store, one) for one in catalog.list_categories(session) if one.slug not in closed]
        percent = _standing(session, store)
    return render("distributor/start_goods.html", bundles=[one for one in bundles if one.count], percent=int(percent))


@blueprint.post("/start/goods")
@allow("manager")
def start_goods_add() -> Response:
    """Everything of a category that is in stock."""
    try:
        with transaction(scope()) as session:
            store = own_store(session)
            slugs = tuple(row.slug for row in catalog.list_categories(session))
            matching = Filter(category=forms.choice(request.form, "category", slugs), min_stock=1)
            result = listings.list_matching(
                session,
                tenant_id=store.tenant_id,
                store_id=store.id,
                matching=matching,
                markup=None if _rule(session, store) else START,
                currency=store.currency,
            )
    except MeshError as error:
        return refused(error, "distributor.start_goods")
    count = result.created
    return done(f"已上架 {count} 个规格", f"{count} goods are on sale", "distributor.start_goods")


@blueprint.get("/start/markup")
def start_markup() -> str:
    with transaction(scope()) as session:
        store = own_store(session)
        percent = _standing(session, store)
        tried = _tried(session, store, percent)
    return render("distributor/start_markup.html", percent=int(percent), **tried)


@blueprint.get("/start/markup/samples")
def start_markup_samples() -> str:
    """What three of the store's goods would earn, as a piece of page."""
    with transaction(scope()) as session:
        tried = _tried(session, own_store(session), _percent(request.args))
    return render_template("distributor/_profit.html", **tried)


@blueprint.post("/start/markup")
@allow("manager")
def start_markup_set() -> Response:
    """The store's markup rule; goods that came with the bundles follow it, and so do those to come."""
    try:
        with transaction(scope()) as session:
            store = own_store(session)
            of = {"tenant_id": store.tenant_id, "store_id": store.id}
            rule = markup_rules.draft(**of, scope=Scope(store.currency), markup=_markup(_percent(request.form)))
            markup_rules.save(session, rule)
            markup_rules.follow(session, **of, instead_of=START)
            return redirect(go_on(session))
    except MeshError as error:
        return refused(error, "distributor.start_markup")


@blueprint.get("/start/payment")
def start_payment() -> str:
    with transaction(scope()) as session:
        demanded, store = settings.read(session).papers_before_payout, own_store(session)
        party_id = person().party_id
        ways = routes(session, tenant_id=party_id, currency=store.currency)
        proved, sent = verified.is_verified(session, party_id), verified.is_sent(session, party_id)
    own = any(way.collector == DISTRIBUTOR for way in ways.values())
    return render(
        "distributor/start_payment.html", methods=list(ways), own=own, demanded=demanded, proved=proved, sent=sent
    )


@blueprint.get("/start/trial")
def start_trial() -> str:
    with transaction(scope()) as session:
        store = own_store(session)
        rows = trial_orders.latest(session, store.tenant_id)
        on_sale = session.scalar(select(Listing.id).where(Listing.tenant_id == store.tenant_id).limit(1)) is not None
    return render("distributor/start_trial.html", rows=rows, link=trials.link(store), on_sale=on_sale)


def _bundle(session: Session, store: Store, category: Category) -> Bundle:
    ids = matching_ids(session, Filter(category=category.slug, min_stock=1), None, COUNTED)
    mine = (Listing.tenant_id == store.tenant_id, Listing.store_id == store.id, Listing.sku_id.in_(ids))
    listed = len(session.scalars(select(Listing.id).where(*mine)).all()) if ids else 0
    items = catalog.items(session, spread(ids), own_tenant(session).tier)
    return Bundle(category, len(ids), listed, list(dict.fromkeys(item.product_name for item in items)))


def _tried(session: Session, store: Store, percent: Decimal) -> dict[str, Any]:
    """Three goods that the store lists, with what each would earn."""
    mine = (Listing.tenant_id == store.tenant_id, Listing.store_id == store.id)
    ids = session.scalars(select(Listing.sku_id).where(*mine).order_by(Listing.id).limit(COUNTED)).all()
    items = catalog.items(session, spread(ids), own_tenant(session).tier)
    margins = listings.preview(
        session,
        tenant_id=store.tenant_id,
        sku_ids=[item.sku_id for item in items],
        markup=_markup(percent),
        currency=store.currency,
    )
    samples: list[tuple[Any, Margin | None]] = [(item, margins[item.sku_id]) for item in items]
    return {"samples": samples, "currency": store.currency}


def _rule(session: Session, store: Store) -> MarkupRule | None:
    of = {"tenant_id": store.tenant_id, "store_id": store.id}
    return markup_rules.of_store(session, **of, currency=store.currency)


def _standing(session: Session, store: Store) -> Decimal:
    rule = _rule(session, store)
    return rule.percent if rule else START.percent


def _percent(form: Mapping[str, str]) -> Decimal:
    return forms.decimal(form, "percent", most="1000", default=str(START.percent))


def _markup(percent: Decimal) -> Markup:
    return replace(START, percent=percent)
