"""The review queue: an offer is sold only after approval."""

import uuid
from collections.abc import Sequence
from typing import NamedTuple

from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy import Row
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ...goods.catalog.queries import named_like
from ...goods.catalog.service import list_categories
from ...goods.models import Offer, OfferPrice, OfferStatus
from ...goods.offers import queries
from ...goods.offers import service as offers
from ...kit.db import transaction
from ...kit.errors import MeshError
from ...kit.i18n import Text
from ...kit.ids import parse_id, public_id
from ...kit.money import Money
from ..common import forms
from ..common.console import allow, done, refused, scope, t
from ..common.format import as_money
from ..common.names import goods_kind
from ..common.tables import Action, Bulk, Table, columns, empty, filters, listed, screen
from . import blueprint

PAGE = 50


class Waiting(NamedTuple):
    """An offer with what it is of and whose; its other prices in one line."""

    offer: Offer
    goods: str
    description: str
    supplier: str
    category: str
    prices: str

    @property
    def id(self) -> str:
        return public_id("off", self.offer.id)


def _described(session: Session, rows: Sequence[Row]) -> list[Waiting]:
    by_offer: dict[uuid.UUID, list[OfferPrice]] = {}
    for price in queries.prices(session, [row.Offer.id for row in rows]):
        by_offer.setdefault(price.offer_id, []).append(price)
    names = {one.slug: t(one.name_zh, one.name_en) for one in list_categories(session)}
    return [
        Waiting(
            row.Offer,
            f"{row.Product.name} · {row.Sku.name}",
            row.Product.description,
            row.supplier,
            names[row.category],
            " · ".join(_price(one, row.Offer.currency) for one in by_offer.get(row.Offer.id, [])),
        )
        for row in rows
    ]


def _price(price: OfferPrice, currency: str) -> str:
    return f"{price.tier or f'≥ {price.min_quantity}'} {as_money(price.price_minor, currency)}"


REVIEW = Table(
    name="review",
    title=Text("审核队列", "Review queue"),
    source=listed(
        lambda: queries.named().where(Offer.status == OfferStatus.PENDING_REVIEW), Offer.id, descending=False
    ),
    dress=_described,
    page=PAGE,
    columns=(
        columns.own("goods", "商品", "Product", lambda row: row.goods),
        columns.text("supplier", "供货商", "Supplier", lambda row: row.supplier),
        columns.text("category", "分类", "Category", lambda row: row.category),
        columns.text("kind", "类型", "Kind", lambda row: goods_kind(row.offer.kind), only_file=True),
        columns.money(
            "price", "供货价", "Base price", lambda row: Money(row.offer.base_price_minor, row.offer.currency)
        ),
        columns.prose("prices", "等级价与阶梯价", "Tier and quantity prices", lambda row: row.prices),
        columns.count("warranty", "质保（小时）", "Warranty (h)", lambda row: row.offer.warranty_hours, only_file=True),
        columns.time("created", "提交", "Sent", lambda row: row.offer.created_at, roomy=True, sort=Offer.id),
        columns.actions(),
    ),
    filters=(filters.search("商品或规格", "Product or SKU", named_like),),
    bulk=Bulk(
        endpoint="admin.review_decide",
        actions=(
            Action("approve", Text("通过", "Approve"), "primary"),
            Action("reject", Text("拒绝", "Reject"), "danger"),
        ),
        roles=("manager",),
        id=lambda row: row.id,
        label=lambda row: row.goods,
        reason=Text("意见（拒绝时必填）", "Reason (needed to reject)"),
    ),
    empty=empty(
        "没有待审核的供货", "Nothing to review", "供货商提交后会出现在这里。", "What suppliers submit appears here."
    ),
)


@blueprint.get("/review")
def review_list() -> ResponseReturnValue:
    return screen(REVIEW, template="admin/review.html")


@blueprint.post("/review")
@allow("manager")
def review_decide() -> Response:
    """Decide on every offer that was ticked, or on none."""
    chosen = request.form.getlist("chosen")
    try:
        decision = forms.choice(request.form, "verb", ("approve", "reject"))
        reason = forms.text(request.form, "reason")
        if not chosen:
            raise forms.refuse("chosen", "missing", "请至少选择一项", "Choose at least one")
        with transaction(scope()) as session:
            for offer_id in sorted(parse_id("off", text) for text in chosen[:PAGE]):
                offers.review(session, offer_id=offer_id, decision=decision, reason=reason)
    except MeshError as error:
        return refused(error, "admin.review_list")
    return done("审核结果已保存", "Decided", "admin.review_list")
