"""The store's markup rules: by category, supplier and cost; tried on real goods before they are saved."""

from flask import request
from sqlalchemy import select
from werkzeug.wrappers import Response

from ...goods.catalog import service as catalog
from ...goods.listings import markup_rules
from ...goods.listings.markup_rules import Scope, Tried
from ...goods.models import Offer
from ...goods.pricing.models import MarkupRule
from ...identity.models import Supplier
from ...kit.db import transaction
from ...kit.errors import MeshError
from ...kit.ids import parse_id
from ...stores.models import Store
from ..common import forms
from ..common.console import allow, done, keep_typed, person, refused, render, scope
from . import blueprint, terms
from .own import own_store


@blueprint.get("/markups")
def markups_list() -> str:
    return _page()


@blueprint.post("/markups")
@allow("manager")
def markups_set() -> Response | str:
    """Save a rule, or only show what it would do to the goods of the store."""
    try:
        with transaction(scope()) as session:
            draft = _draft(own_store(session))
            tried = markup_rules.try_rule(session, draft) if request.form.get("try") else None
            if tried is None:
                markup_rules.save(session, draft)
    except MeshError as error:
        return refused(error, "distributor.markups_list")
    if tried is None:
        return done("规则已保存，店铺几秒内更新", "Saved; the store follows in seconds", "distributor.markups_list")
    keep_typed()
    return _page(tried)


@blueprint.post("/markups/<markup_id>/remove")
@allow("manager")
def markups_remove(markup_id: str) -> Response:
    with transaction(scope()) as session:
        markup_rules.remove(session, tenant_id=person().party_id, rule_id=parse_id("mkp", markup_id))
    return done("规则已删除", "The rule is gone", "distributor.markups_list")


def _draft(store: Store) -> MarkupRule:
    form = request.form
    least = forms.optional_money(form, "cost_from", store.currency)
    return markup_rules.draft(
        tenant_id=store.tenant_id,
        store_id=store.id,
        scope=Scope(
            store.currency,
            parse_id("cat", form["category"]) if form.get("category") else None,
            parse_id("sup", form["supplier"]) if form.get("supplier") else None,
            least.minor if least else 0,
        ),
        markup=terms.read_markup(form, store.currency),
    )


def _page(tried: list[Tried] | None = None) -> str:
    with transaction(scope()) as session:
        store = own_store(session)
        rules = markup_rules.list_rules(session, tenant_id=store.tenant_id, store_id=store.id)
        categories = catalog.list_categories(session)
        selling = select(Offer.supplier_id).where(Offer.status == "active")
        suppliers = session.scalars(select(Supplier).where(Supplier.id.in_(selling)).order_by(Supplier.name)).all()
    return render(
        "distributor/markups.html",
        store=store,
        rules=rules,
        categories=categories,
        suppliers=suppliers,
        tried=tried,
        form=terms.START,
    )
