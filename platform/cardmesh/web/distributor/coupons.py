"""Coupons of the store: made, seen in use, paused."""

from datetime import UTC, datetime

from flask import request
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ...goods.catalog import service as catalog
from ...goods.models import Listing, Product, Sku
from ...kit import clock
from ...kit.db import transaction
from ...kit.errors import MeshError
from ...kit.ids import parse_id, public_id
from ...stores.models import Store
from ...trade.coupons import service as coupons
from ...trade.coupons.models import Coupon, CouponStatus
from ...trade.coupons.service import CouponDraft
from ...trade.models import Order
from ..common import forms
from ..common.console import allow, done, person, refused, render, scope, t
from ..common.lists import cursor_id
from . import blueprint
from .own import own_store

PAGE = 50
CHOICES = 300
"""Products that the form offers to narrow a coupon to; the API takes any."""


@blueprint.get("/coupons")
def coupons_list() -> str:
    with transaction(scope()) as session:
        store = own_store(session)
        after = cursor_id("cpn", request.args.get("after"))
        page = coupons.page(session, tenant_id=store.tenant_id, after=after, limit=PAGE)
        categories = catalog.list_categories(session)
        products = _products(session, store)
    cursor = public_id("cpn", page.rows[-1].id) if page.has_more else None
    return render(
        "distributor/coupons.html",
        page=page,
        store=store,
        categories=categories,
        products=products,
        cursor=cursor,
        now=clock.now(),
    )


@blueprint.post("/coupons")
@allow("manager")
def coupons_create() -> Response:
    try:
        with transaction(scope()) as session:
            store = own_store(session)
            made = coupons.create(
                session,
                tenant_id=store.tenant_id,
                store_id=store.id,
                currency=store.currency,
                draft=_draft(store.currency),
            )
    except MeshError as error:
        return refused(error, "distributor.coupons_list")
    return done("优惠券已生效", "The coupon is ready", "distributor.coupon", coupon_id=public_id("cpn", made.id))


@blueprint.get("/coupons/<coupon_id>")
def coupon(coupon_id: str) -> str:
    with transaction(scope()) as session:
        row = coupons.get(session, tenant_id=person().party_id, coupon_id=parse_id("cpn", coupon_id))
        used = coupons.uses(session, tenant_id=row.tenant_id, coupon_id=row.id)
        orders = session.scalars(select(Order).where(Order.id.in_([one.order_id for one in used]))).all()
        goods = _goods(session, row)
    return render(
        "distributor/coupon.html", coupon=row, uses=used, orders={one.id: one for one in orders}, goods=goods
    )


@blueprint.post("/coupons/<coupon_id>/state")
@allow("manager")
def coupon_state(coupon_id: str) -> Response:
    try:
        verb = forms.choice(request.form, "verb", ("pause", "resume"))
        with transaction(scope()) as session:
            coupons.set_status(
                session,
                tenant_id=person().party_id,
                coupon_id=parse_id("cpn", coupon_id),
                status=CouponStatus.PAUSED if verb == "pause" else CouponStatus.ACTIVE,
            )
    except MeshError as error:
        return refused(error, "distributor.coupon", coupon_id=coupon_id)
    return done("状态已更新", "Done", "distributor.coupon", coupon_id=coupon_id)


def _draft(currency: str) -> CouponDraft:
    form = request.form
    fixed = forms.choice(form, "kind", ("percent", "fixed"), "percent") == "fixed"
    amounts = {name: forms.optional_money(form, name, currency) for name in ("threshold", "most_off")}
    threshold, most_off = amounts["threshold"], amounts["most_off"]
    return CouponDraft(
        code=forms.text(form, "code", required=True, most=40),
        percent=None if fixed else forms.decimal(form, "percent", most="100"),
        amount_minor=forms.money(form, "amount", currency).minor if fixed else None,
        threshold_minor=threshold.minor if threshold else 0,
        most_off_minor=most_off.minor if most_off and not fixed else None,
        category_ids=[parse_id("cat", form["category"])] if form.get("category") else (),
        product_ids=[parse_id("prd", one) for one in form.getlist("product") if one],
        most_uses=forms.optional_whole(form, "most_uses", least=1),
        most_per_buyer=forms.optional_whole(form, "most_per_buyer", least=1),
        starts_at=_day("starts"),
        ends_at=_day("ends"),
    )


def _day(name: str) -> datetime | None:
    """The beginning of a day in UTC."""
    text = forms.text(request.form, name)
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC) if text else None
    except ValueError:
        raise forms.refuse(name, "date_unreadable", "日期格式不正确", "This is not a date") from None


def _products(session: Session, store: Store) -> list[tuple[str, str]]:
    """What the store lists, by name."""
    query = (
        select(Product.id, Product.name)
        .where(Product.id.in_(select(Sku.product_id).join(Listing, Listing.sku_id == Sku.id).where(
            Listing.tenant_id == store.tenant_id, Listing.store_id == store.id)))
        .order_by(Product.name)
        .limit(CHOICES)
    )  # fmt: skip
    return [(public_id("prd", row.id), row.name) for row in session.execute(query)]


def _goods(session: Session, row: Coupon) -> list[str]:
    """Names of what the coupon is for; empty for everything."""
    categories = [one for one in catalog.list_categories(session) if one.id in row.category_ids]
    products = session.scalars(select(Product.name).where(Product.id.in_(row.product_ids))).all()
    skus = session.execute(
        select(Product.name, Sku.name).join(Product, Product.id == Sku.product_id).where(Sku.id.in_(row.sku_ids))
    ).all()
    named = [t(one.name_zh, one.name_en) for one in categories]
    return [*named, *products, *(f"{product} · {sku}" for product, sku in skus)]
