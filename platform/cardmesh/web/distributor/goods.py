"""What the store sells: cost, price and profit of each listing; change, pause, remove."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Row
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ...goods.catalog.queries import named_like
from ...goods.inventory.service import stock_band
from ...goods.listings import bulk, queries
from ...goods.listings import service as listings
from ...goods.listings.explain import explain_price
from ...goods.models import Category, Listing, ListingStatus
from ...goods.pricing.rules import Margin
from ...kit.db import transaction
from ...kit.errors import MeshError
from ...kit.i18n import Text
from ...kit.ids import parse_id, public_id
from ...kit.money import Money
from ..common import forms, undo
from ..common.console import allow, done, person, refused, render, scope, sent_back, t
from ..common.format import Badge, as_money
from ..common.tables import Action, Bulk, Table, columns, empty, filters, listed, screen
from . import blueprint, terms
from .catalogue import sku_context, try_terms
from .own import category_options, own_store, supplier_names


class Line(NamedTuple):
    """A listing, what it is of, what it earns now (None while nobody offers it), from whom, and what is left."""

    listing: Listing
    goods: str
    margin: Margin | None
    supplier: str | None
    stock: str

    def amount(self, name: str) -> Money | None:
        """`cost`, `retail` or `profit` of a unit."""
        if self.margin:
            return Money(getattr(self.margin, f"{name}_minor"), self.listing.currency)
        fixed = self.listing.retail_minor if name == "retail" else None
        return Money(fixed, self.listing.currency) if fixed else None

    @property
    def losing(self) -> bool:
        return self.margin is not None and self.margin.profit_minor < 0


def _earning(session: Session, rows: Sequence[Row]) -> list[Line]:
    found = [row.Listing for row in rows]
    margins = listings.margins(session, tenant_id=person().party_id, listings=found)
    stock = stock_band(session, sku_ids=[row.sku_id for row in found]) if found else {}
    suppliers = supplier_names(session, {row.supplier_id for row in found if row.supplier_id})
    return [
        Line(
            row.Listing,
            f"{row.Product.name} · {row.Sku.name}",
            margins[row.Listing.id],
            suppliers[row.Listing.supplier_id].name if row.Listing.supplier_id in suppliers else None,
            stock.get(row.Listing.sku_id, "out"),
        )
        for row in rows
    ]


def _rule(line: Line) -> str:
    row = line.listing
    if row.retail_minor:
        return t("固定售价", "Fixed")
    if row.markup_percent is None:
        return t("按店铺规则", "Store's rules")
    fixed = row.markup_fixed_minor
    beside = f" {'+' if fixed > 0 else ''}{as_money(fixed, row.currency)}" if fixed else ""
    return f"{row.markup_percent.normalize():+f}%{beside}"


def _state(line: Line) -> str | Badge:
    if line.listing.status == ListingStatus.PAUSED:
        return line.listing.status
    if line.margin is None:
        return Badge(Text("无供货", "No offer"), "bad")
    return Badge(Text("亏损保护", "Loss guard"), "bad") if line.losing else line.listing.status


UNDO = "listings.moved"
GOODS = Table(
    name="goods",
    title=Text("我的商品", "My goods"),
    source=listed(lambda: queries.named().where(Listing.tenant_id == person().party_id), Listing.id),
    dress=_earning,
    columns=(
        columns.text(
            "goods",
            "商品",
            "Goods",
            lambda line: line.goods,
            href=lambda line: url_for("distributor.goods_item", listing_id=public_id("lst", line.listing.id)),
            sort=Listing.id,
        ),
        columns.money("cost", "进货价", "Cost", lambda line: line.amount("cost")),
        columns.money("retail", "零售价", "Price", lambda line: line.amount("retail")),
        columns.money("profit", "利润", "Profit", lambda line: line.amount("profit")),
        columns.text("rule", "定价", "Rule", _rule, roomy=True),
        columns.text("supplier", "优先供货商", "Preferred", lambda line: line.supplier, roomy=True),
        columns.badge("stock", "库存", "Stock", lambda line: line.stock, roomy=True),
        columns.badge("status", "状态", "State", _state),
    ),
    filters=(
        filters.search("商品或规格", "Product or SKU", named_like),
        filters.choice("category", "分类", "Category", category_options, lambda slug: Category.slug == slug),
        filters.states("status", "状态", "State", ListingStatus, Listing.status),
    ),
    bulk=Bulk(
        endpoint="distributor.goods_bulk",
        actions=(
            Action("pause", Text("暂停销售", "Pause")),
            Action("resume", Text("恢复销售", "Resume")),
            Action("remove", Text("移出店铺", "Remove"), "danger"),
        ),
        roles=("manager",),
        id=lambda line: public_id("lst", line.listing.id),
        label=lambda line: line.goods,
    ),
    empty=empty(
        "店里还没有商品",
        "Nothing on sale yet",
        "选一个分类，定个加价，一次上架。",
        "Choose a category and a markup, and add it all at once.",
        ("distributor.catalogue_all", "批量上架", "Add goods"),
    ),
)


@blueprint.get("/goods")
def goods_list() -> ResponseReturnValue:
    return screen(GOODS, template="distributor/goods.html")


@blueprint.post("/goods/bulk")
@allow("manager")
def goods_bulk() -> Response:
    """Pause, resume or remove those that are ticked; the next page has a button that takes it back."""
    try:
        verb = forms.choice(request.form, "verb", bulk.VERBS)
        return _move(verb, [parse_id("lst", one) for one in undo.chosen()])
    except MeshError as error:
        return refused(error, "distributor.goods_list")


def _move(verb: str, listing_ids: Sequence[uuid.UUID]) -> Response:
    with transaction(scope()) as session:
        done = bulk.move(session, tenant_id=person().party_id, verb=verb, listing_ids=listing_ids)
        note = undo.remember(session, UNDO, {"verb": verb, "done": done})
    undo.tell(bulk.DONE[verb], len(done), len(listing_ids), note)
    return redirect(url_for("distributor.goods_list"))


def _move_back(session: Session, changes: Mapping[str, Any]) -> tuple[int, int]:
    return bulk.move_back(session, tenant_id=person().party_id, **changes), len(changes["done"])


undo.REVERSES[UNDO] = undo.Reverse(("manager",), "distributor.goods_list", _move_back)


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
    """Pause, resume, or take out of the store; what is taken out can be put back from the next page."""
    verbs: dict[str, Callable[..., Any]] = {"pause": listings.pause, "resume": listings.resume}
    try:
        verb = forms.choice(request.form, "verb", bulk.VERBS)
        with transaction(scope()) as session:
            listings.get_listing(session, person().party_id, parse_id("lst", listing_id))
        if verb == "remove":
            return _move(verb, [parse_id("lst", listing_id)])
        with transaction(scope()) as session:
            verbs[verb](session, tenant_id=person().party_id, listing_id=parse_id("lst", listing_id))
    except MeshError as error:
        return _refused(error, listing_id)
    return done("状态已更新", "Done", "distributor.goods_item", listing_id=listing_id)


def _refused(error: MeshError, listing_id: str) -> Response:
    """What was typed comes back with the reason."""
    fields = {name: request.form[name] for name in terms.START if name in request.form}
    return sent_back(error, "distributor.goods_item", listing_id=listing_id, **fields)
