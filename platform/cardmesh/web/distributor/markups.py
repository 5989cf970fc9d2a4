"""The store's markup rules: by category, supplier and cost; tried on real goods before they are saved."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ...goods.catalog import service as catalog
from ...goods.listings import markup_rules
from ...goods.listings.markup_rules import Scope, Tried
from ...goods.models import Offer
from ...goods.pricing.models import MarkupRule
from ...identity.models import Supplier
from ...kit.db import transaction
from ...kit.errors import MeshError
from ...kit.i18n import Text
from ...kit.ids import parse_id
from ...kit.money import Money
from ...stores.models import Store
from ..common import forms
from ..common.console import allow, done, keep_typed, person, refused, scope, t
from ..common.format import as_money
from ..common.tables import Asked, Shown, Table, columns, empty, screen, whole
from . import blueprint, terms
from .own import own_store, supplier_names


class Line(NamedTuple):
    """A rule, and by name what it is for."""

    rule: MarkupRule
    category: str
    supplier: str


def _named(session: Session, rows: Sequence[MarkupRule]) -> list[Line]:
    categories = {one.id: t(one.name_zh, one.name_en) for one in catalog.list_categories(session)}
    suppliers = supplier_names(session, {row.supplier_id for row in rows if row.supplier_id})
    return [
        Line(
            row,
            categories[row.category_id] if row.category_id else t("不限", "Any"),
            suppliers[row.supplier_id].name if row.supplier_id else t("不限", "Any"),
        )
        for row in rows
    ]


def _markup(line: Line) -> str:
    fixed = line.rule.fixed_minor
    beside = f" {'+' if fixed > 0 else ''}{as_money(fixed, line.rule.currency)}" if fixed else ""
    return f"{line.rule.percent.normalize():+f}%{beside}"


def _rules(session: Session, _asked: Asked) -> Sequence[MarkupRule]:
    store = own_store(session)
    return markup_rules.list_rules(session, tenant_id=store.tenant_id, store_id=store.id)


MARKUPS = Table(
    name="markup-rules",
    title=Text("加价规则", "Markup rules"),
    source=whole(_rules),
    dress=_named,
    columns=(
        columns.text("category", "分类", "Category", lambda line: line.category),
        columns.text("supplier", "供货商", "Supplier", lambda line: line.supplier),
        columns.money(
            "from", "进货价从", "From cost", lambda line: Money(line.rule.cost_from_minor, line.rule.currency)
        ),
        columns.text("markup", "加价", "Markup", _markup),
        columns.money(
            "round",
            "进位",
            "Rounding",
            lambda line: Money(line.rule.round_to_minor, line.rule.currency),
            roomy=True,
        ),
        columns.money(
            "floor", "最低", "Floor", lambda line: Money(line.rule.floor_minor, line.rule.currency), roomy=True
        ),
        columns.actions(),
    ),
    empty=empty(
        "还没有规则",
        "No rules yet",
        "在上方新增一条，再让商品“按店铺规则”定价。",
        "Add one above, then price goods “by the store's rules”.",
    ),
)


@blueprint.get("/markups")
def markups_list() -> ResponseReturnValue:
    return _page()


def _page(tried: list[Tried] | None = None) -> ResponseReturnValue:
    return screen(MARKUPS, template="distributor/markups.html", more=_choices, tried=tried, form=terms.START)


def _choices(session: Session, _shown: Shown) -> dict[str, Any]:
    """What a rule may be narrowed to."""
    selling = select(Offer.supplier_id).where(Offer.status == "active")
    return {
        "store": own_store(session),
        "categories": catalog.list_categories(session),
        "suppliers": session.scalars(
            select(Supplier).where(Supplier.id.in_(selling)).order_by(Supplier.name)
        ).all(),
    }


@blueprint.post("/markups")
@allow("manager")
def markups_set() -> ResponseReturnValue:
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
