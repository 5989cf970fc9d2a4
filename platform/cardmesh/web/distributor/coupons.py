"""Coupons of the store: made, seen in use, paused."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from flask import request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ...goods.catalog import service as catalog
from ...goods.models import Listing, Product, Sku
from ...kit import clock
from ...kit.db import transaction
from ...kit.errors import MeshError
from ...kit.i18n import Text
from ...kit.ids import parse_id, public_id
from ...kit.keyset import Query
from ...kit.money import Money
from ...stores.models import Store
from ...trade.coupons import service as coupons
from ...trade.coupons.models import Coupon, CouponStatus, CouponUse
from ...trade.coupons.service import CouponDraft
from ...trade.models import Order
from ..common import forms
from ..common.console import allow, done, person, refused, scope, t
from ..common.format import as_money
from ..common.tables import Shown, Table, columns, empty, filters, listed, screen
from . import blueprint
from .own import own_store

CHOICES = 300
"""Products that the form offers to narrow a coupon to; the API takes any."""


def _off(row: Coupon) -> str:
    if row.percent:
        return f"{row.percent.normalize():f}%"
    return as_money(row.amount_minor or 0, row.currency)


def _state(row: Coupon) -> str:
    if row.ends_at and row.ends_at <= clock.now():
        return "ended"
    return {CouponStatus.ACTIVE: "enabled", CouponStatus.PAUSED: "disabled"}.get(CouponStatus(row.status), row.status)


COUPONS = Table(
    name="coupons",
    title=Text("优惠券", "Coupons"),
    source=listed(lambda: select(Coupon).where(Coupon.tenant_id == person().party_id), Coupon.id),
    columns=(
        columns.code(
            "code",
            "优惠码",
            "Code",
            lambda row: row.code,
            href=lambda row: url_for("distributor.coupon", coupon_id=public_id("cpn", row.id)),
            sort=Coupon.id,
        ),
        columns.text("off", "优惠", "Off", _off),
        columns.money("from", "门槛", "From", lambda row: Money(row.threshold_minor, row.currency), roomy=True),
        columns.count("used", "已用", "Used", lambda row: row.used),
        columns.count("most", "总次数", "Of", lambda row: row.most_uses or "∞"),
        columns.badge("status", "状态", "State", _state),
        columns.time("ends", "到期", "Ends", lambda row: row.ends_at, roomy=True),
    ),
    filters=(
        filters.search("优惠码", "Code", lambda q: Coupon.code.icontains(q, autoescape=True)),
        filters.states("status", "状态", "State", CouponStatus, Coupon.status),
    ),
    empty=empty(
        "还没有优惠券",
        "No coupons yet",
        "在上方创建一张；会让您亏本的优惠无法创建。",
        "Create one above; one that would lose you money is refused.",
    ),
)


class Use(NamedTuple):
    use: CouponUse
    order: Order


def _orders(session: Session, rows: Sequence[CouponUse]) -> list[Use]:
    found = session.scalars(select(Order).where(Order.id.in_([one.order_id for one in rows])))
    orders = {one.id: one for one in found}
    return [Use(one, orders[one.order_id]) for one in rows]


def _uses() -> Query:
    coupon_id = parse_id("cpn", (request.view_args or {})["coupon_id"])
    return select(CouponUse).where(CouponUse.tenant_id == person().party_id, CouponUse.coupon_id == coupon_id)


USES = Table(
    name="coupon-uses",
    title=Text("使用记录", "Uses"),
    source=listed(_uses, CouponUse.order_id),
    dress=_orders,
    columns=(
        columns.code(
            "order",
            "订单",
            "Order",
            lambda row: row.order.number,
            href=lambda row: url_for("distributor.order", order_id=public_id("ord", row.order.id)),
        ),
        columns.badge("status", "状态", "State", lambda row: row.order.status),
        columns.money("off", "优惠", "Off", lambda row: Money(row.use.discount_minor, row.order.currency)),
        columns.money("paid", "实付", "Paid", lambda row: Money(row.order.total_minor, row.order.currency)),
        columns.time("created", "时间", "Time", lambda row: row.use.created_at, sort=CouponUse.order_id),
    ),
    empty=empty("还没有人使用", "Nobody has used it yet", "把优惠码告诉您的买家。", "Tell your buyers the code."),
)


@blueprint.get("/coupons")
def coupons_list() -> ResponseReturnValue:
    return screen(COUPONS, template="distributor/coupons.html", more=_choices)


def _choices(session: Session, _shown: Shown) -> dict[str, Any]:
    """What a coupon may be narrowed to."""
    store = own_store(session)
    categories = catalog.list_categories(session)
    return {"store": store, "categories": categories, "products": _products(session, store)}


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
def coupon(coupon_id: str) -> ResponseReturnValue:
    with transaction(scope()) as session:
        row = coupons.get(session, tenant_id=person().party_id, coupon_id=parse_id("cpn", coupon_id))
        goods = _goods(session, row)
    return screen(USES, template="distributor/coupon.html", coupon=row, goods=goods)


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
        starts_at=forms.midnight(form, "starts"),
        ends_at=forms.midnight(form, "ends"),
    )


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
