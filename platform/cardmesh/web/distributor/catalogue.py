"""What may be sold: search it, look at one SKU's offers, try a price, sell it."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ...goods.catalog import service as catalog
from ...goods.catalog.queries import Filter, matching
from ...goods.catalog.service import CatalogItem
from ...goods.listings import service as listings
from ...goods.listings.margins import offers_of
from ...goods.models import Sku
from ...goods.pricing import markups
from ...goods.pricing.rules import Margin
from ...kit import clock, keyset
from ...kit.db import transaction
from ...kit.errors import MeshError, NotFound
from ...kit.i18n import Text
from ...kit.ids import parse_id, public_id
from ...stores.models import Store
from ..common.console import allow, done, person, render, scope, sent_back
from ..common.requests import locale
from ..common.tables import Asked, Table, columns, empty, filters, screen
from . import blueprint, terms
from .own import category_options, listed, own_store, own_tenant, supplier_names


class Line(NamedTuple):
    """A SKU that somebody sells, the name of its category, and the listing that has it on sale here already."""

    item: CatalogItem
    category: str
    listing_id: uuid.UUID | None

    @property
    def name(self) -> str:
        return f"{self.item.product_name} · {self.item.sku_name}"


def _found(session: Session, _table: Table, asked: Asked, limit: int) -> keyset.Slice:
    wanted = Filter(asked.get("q") or "", asked.get("category"), None, 1 if asked.get("in_stock") else 0)
    order = keyset.Order(Sku.id, Sku.id, descending=False)
    return keyset.read(session, matching(wanted), order, after=asked.after, before=asked.before, limit=limit)


def _offered(session: Session, sku_ids: Sequence[uuid.UUID]) -> list[Line]:
    mine = listed(session, own_store(session), sku_ids)
    names = dict(category_options(session))
    items = catalog.items(session, sku_ids, own_tenant(session).tier)
    return [Line(item, names[item.category], mine.get(item.sku_id)) for item in items]


CATALOGUE = Table(
    name="catalogue",
    title=Text("货源", "Catalogue"),
    source=_found,
    dress=_offered,
    columns=(
        columns.text(
            "goods",
            "商品",
            "Goods",
            lambda line: line.name,
            href=lambda line: url_for("distributor.catalogue_sku", sku_id=public_id("sku", line.item.sku_id)),
        ),
        columns.text("category", "分类", "Category", lambda line: line.category, roomy=True),
        columns.money("face", "面值", "Face value", lambda line: line.item.face, roomy=True, apart=True),
        columns.money("cost", "您的进货价", "Your cost", lambda line: line.item.cost),
        columns.badge("stock", "库存", "Stock", lambda line: line.item.stock),
        columns.count("offers", "供货", "Offers", lambda line: line.item.offers, roomy=True),
        columns.text("grade", "供货商等级", "Supplier grade", lambda line: line.item.grade, roomy=True),
        columns.code("id", "编号", "ID", lambda line: public_id("sku", line.item.sku_id), only_file=True),
        columns.actions(),
    ),
    filters=(
        filters.search("搜索", "Search", hint=Text("商品或规格", "Product or SKU")),
        filters.choice("category", "分类", "Category", category_options),
        filters.tick("in_stock", "只看有货", "In stock only"),
    ),
    empty=empty(
        "还没有货源",
        "Nothing to sell yet",
        "供货商的商品通过审核后会出现在这里。",
        "Suppliers' goods appear here once they are approved.",
    ),
)


@blueprint.get("/catalogue")
def catalogue_list() -> ResponseReturnValue:
    return screen(CATALOGUE, template="distributor/catalogue.html")


@blueprint.get("/catalogue/<sku_id>")
def catalogue_sku(sku_id: str) -> str:
    """One SKU with its offers; the form's fields in the address are tried, so that it works without a script too."""
    form = terms.START | request.args.to_dict()
    with transaction(scope()) as session:
        store, sku = own_store(session), parse_id("sku", sku_id)
        context = sku_context(session, store, sku)
        tried = try_terms(session, store, sku, form)
        listing_id = listed(session, store, [sku]).get(sku)
    if context["item"] is None and listing_id is None:
        raise NotFound  # nobody offers it, or not to this distributor
    return render(
        "distributor/sku.html", sku_id=sku_id, store=store, form=form, listing_id=listing_id, **tried, **context
    )


@blueprint.get("/catalogue/<sku_id>/margin")
def catalogue_margin(sku_id: str) -> str:
    """What these terms would earn, as a piece of page."""
    with transaction(scope()) as session:
        tried = try_terms(session, own_store(session), parse_id("sku", sku_id), request.args)
    return render_template("distributor/_margin.html", **tried)


@blueprint.post("/catalogue/<sku_id>")
@allow("manager")
def catalogue_add(sku_id: str) -> Response:
    try:
        with transaction(scope()) as session:
            store = own_store(session)
            chosen = terms.read(request.form, store.currency)
            listing = listings.list_sku(
                session,
                tenant_id=person().party_id,
                store_id=store.id,
                sku_id=parse_id("sku", sku_id),
                retail=chosen.retail,
                markup=chosen.markup,
                by_rules=chosen.by_rules,
                bulk=terms.read_bulk(request.form),
                currency=store.currency,
                supplier_id=terms.supplier_of(request.form),
            )
    except MeshError as error:
        fields = {name: request.form[name] for name in terms.START if name in request.form}
        return sent_back(error, "distributor.catalogue_sku", sku_id=sku_id, **fields)
    listing_id = public_id("lst", listing.id)
    return done("已上架，店铺几秒内更新", "On sale; the store follows in seconds", "distributor.goods_item",
                listing_id=listing_id)  # fmt: skip


def sku_context(session: Session, store: Store, sku_id: uuid.UUID) -> dict[str, Any]:
    """The SKU and its offers at the distributor's own cost, cheapest first. Raises NotFound when it is not there."""
    tenant = own_tenant(session)
    sku = catalog.get_sku(session, sku_id)
    item = next(iter(catalog.items(session, [sku_id], tenant.tier)), None)
    offers = offers_of(session, tenant, [sku_id], store.currency, clock.now()).get(sku_id, [])
    offers.sort(key=lambda offer: (offer.cost_minor, offer.id))
    return {
        "sku": sku,
        "item": item,
        "offers": offers,
        "suppliers": supplier_names(session, {offer.supplier_id for offer in offers}),
    }


def try_terms(session: Session, store: Store, sku_id: uuid.UUID, form: Mapping[str, str]) -> dict[str, Any]:
    """`margin` of these terms (None while nobody offers the SKU), or the `complaint` about what was typed."""
    margin: Margin | None = None
    complaint: str | None = None
    try:
        chosen = terms.read(form, store.currency)
        margin = listings.preview(
            session,
            tenant_id=store.tenant_id,
            sku_ids=[sku_id],
            retail=chosen.retail,
            markup=chosen.markup,
            by_rules=markups.load(session, tenant_id=store.tenant_id, store_id=store.id) if chosen.by_rules else None,
            currency=store.currency,
            supplier_id=terms.supplier_of(form),
        )[sku_id]
    except MeshError as error:
        complaint = " ".join(one.message(locale()) for one in error.errors) or error.message(locale())
    return {"margin": margin, "complaint": complaint, "currency": store.currency}
