"""The review queue: an offer is sold only after approval."""

from flask import request
from werkzeug.wrappers import Response

from ...goods.catalog.service import list_categories
from ...goods.offers import queries
from ...goods.offers import service as offers
from ...kit.db import transaction
from ...kit.errors import MeshError
from ...kit.ids import parse_id, public_id
from ..common import forms
from ..common.console import allow, done, refused, render, scope
from ..common.lists import cursor_id
from . import blueprint

PAGE = 50


@blueprint.get("/review")
def review_list() -> str:
    with transaction(scope()) as session:
        page = offers.review_queue(session, after=cursor_id("off", request.args.get("after")), limit=PAGE)
        prices = queries.prices(session, [row.Offer.id for row in page.rows])
        categories = {one.slug: (one.name_zh, one.name_en) for one in list_categories(session)}
    by_offer: dict[object, list[object]] = {}
    for price in prices:
        by_offer.setdefault(price.offer_id, []).append(price)
    cursor = public_id("off", page.rows[-1].Offer.id) if page.has_more else None
    return render(
        "admin/review.html",
        rows=page.rows,
        prices=by_offer,
        categories=categories,
        more=page.has_more,
        cursor=cursor,
    )


@blueprint.post("/review")
@allow("manager")
def review_decide() -> Response:
    """Decide on every offer that was ticked, or on none."""
    chosen = request.form.getlist("offer")
    try:
        decision = forms.choice(request.form, "decision", ("approve", "reject"))
        reason = forms.text(request.form, "reason")
        if not chosen:
            raise forms.refuse("offer", "missing", "请至少选择一项", "Choose at least one")
        with transaction(scope()) as session:
            for offer_id in sorted(parse_id("off", text) for text in chosen[:PAGE]):
                offers.review(session, offer_id=offer_id, decision=decision, reason=reason)
    except MeshError as error:
        return refused(error, "admin.review_list")
    return done("审核结果已保存", "Decided", "admin.review_list")
