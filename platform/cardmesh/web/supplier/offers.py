"""Offers: list, make, change, stock."""

import uuid
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any, BinaryIO, NamedTuple

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.wrappers import Response

from ...goods.catalog.queries import named_like
from ...goods.catalog.service import find_or_create_sku, list_categories
from ...goods.imports import service as imports
from ...goods.inventory import tries
from ...goods.models import GoodsKind, ImportKind, Offer, OfferStatus, Product, Sku, StockUnit
from ...goods.offers import bulk, queries
from ...goods.offers import service as offers
from ...goods.offers.rules import SUPPORTED
from ...kit.db import transaction
from ...kit.errors import MeshError
from ...kit.i18n import Text
from ...kit.ids import parse_id, public_id
from ...kit.money import Money
from ..common import forms, undo
from ..common.console import allow, done, person, refused, render, scope
from ..common.imports import MAX_BYTES, start_import, uploaded
from ..common.names import GOODS, goods_kind
from ..common.requests import locale
from ..common.tables import Action, Bulk, Table, columns, empty, filters, listed, screen
from ..common.uploads import takes
from . import blueprint

TIERS = ("VIP1", "VIP2", "VIP3")
STEPS = 3
MAX_UPLOAD = 64 << 20
MAX_PASTED = 2 << 20
UNDO = "offers.moved"


class Line(NamedTuple):
    """An offer, what it is of, and how many are in stock; None for no end of them."""

    offer: Offer
    product: str
    sku: str
    stock: int | None

    @property
    def id(self) -> str:
        return public_id("off", self.offer.id)


def _counted(session: Session, rows: Sequence[Row]) -> list[Line]:
    stock = _stock(session, [row.Offer.id for row in rows])
    return [
        Line(row.Offer, row.Product.name, row.Sku.name, None if endless(row.Offer) else stock.get(row.Offer.id, 0))
        for row in rows
    ]


def endless(offer: Offer) -> bool:
    return offer.kind == GoodsKind.FILE and offer.stock_cap is None


OFFERS = Table(
    name="offers",
    title=Text("供货", "Offers"),
    source=listed(lambda: queries.named().where(Offer.supplier_id == person().party_id), Offer.id),
    dress=_counted,
    columns=(
        columns.text(
            "product",
            "商品",
            "Product",
            lambda row: row.product,
            href=lambda row: url_for("supplier.offer", offer_id=row.id),
        ),
        columns.text("sku", "规格", "SKU", lambda row: row.sku),
        columns.text("kind", "类型", "Kind", lambda row: goods_kind(row.offer.kind), roomy=True),
        columns.money(
            "price",
            "供货价",
            "Base price",
            lambda row: Money(row.offer.base_price_minor, row.offer.currency),
            sort=Offer.base_price_minor,
        ),
        columns.count("stock", "库存", "Stock", lambda row: "∞" if row.stock is None else row.stock),
        columns.badge("status", "状态", "State", lambda row: row.offer.status),
        columns.time("created", "新增", "Added", lambda row: row.offer.created_at, roomy=True, sort=Offer.id),
        columns.code("id", "编号", "ID", lambda row: row.id, only_file=True),
    ),
    filters=(
        filters.search("商品或规格", "Product or SKU", named_like),
        filters.states("status", "状态", "State", OfferStatus, Offer.status),
        filters.named("kind", "类型", "Kind", {one: GOODS[one] for one in SUPPORTED}, Offer.kind),
    ),
    bulk=Bulk(
        endpoint="supplier.offers_bulk",
        actions=(
            Action("pause", Text("暂停销售", "Pause")),
            Action("resume", Text("恢复销售", "Resume")),
        ),
        roles=("manager",),
        id=lambda row: row.id,
        label=lambda row: f"{row.product} · {row.sku}",
    ),
    empty=empty(
        "还没有供货",
        "No offers yet",
        "新增一个，或导入整张表格。",
        "Add one, or import a whole sheet.",
        ("supplier.offers_new", "新增供货", "New offer"),
    ),
)


@blueprint.get("/offers")
def offers_list() -> ResponseReturnValue:
    return screen(OFFERS, template="supplier/offers.html")


@blueprint.post("/offers/bulk")
@allow("manager")
def offers_bulk() -> Response:
    """Pause or resume those that are ticked; the next page has a button that takes it back."""
    try:
        verb = forms.choice(request.form, "verb", tuple(bulk.REVERSE))
        ids = [parse_id("off", one) for one in undo.chosen()]
        with transaction(scope()) as session:
            moved = bulk.move(session, verb=verb, offer_ids=ids)
            note = undo.remember(session, UNDO, {"verb": verb, "moved": moved})
    except MeshError as error:
        return refused(error, "supplier.offers_list")
    undo.tell(bulk.DONE[verb], len(moved), len(ids), note)
    return redirect(url_for("supplier.offers_list"))


def _move_back(session: Session, changes: Mapping[str, Any]) -> tuple[int, int]:
    return bulk.move_back(session, **changes), len(changes["moved"])


undo.REVERSES[UNDO] = undo.Reverse(("manager",), "supplier.offers_list", _move_back)


@blueprint.get("/offers/new")
def offers_new() -> str:
    with transaction(scope()) as session:
        categories = list_categories(session)
    return render("supplier/offer_new.html", categories=categories, tiers=TIERS, steps=STEPS)


@blueprint.post("/offers")
@allow("manager")
def offers_create() -> Response | tuple[str, int]:
    form = request.form
    try:
        with transaction(scope()) as session:
            face = forms.optional_money(form, "face_value")
            sku = find_or_create_sku(
                session,
                product_name=forms.text(form, "product", required=True, most=200),
                category_slug=forms.text(form, "category", required=True),
                sku_name=forms.text(form, "sku", required=True, most=200),
                face=face,
                description=forms.text(form, "description", most=20_000),
            )
            offer = offers.create_offer(
                session,
                supplier_id=person().party_id,
                sku_id=sku.id,
                kind=forms.choice(form, "kind", ("card_key", "file")),
                base_price=forms.money(form, "base_price"),
                tier_prices=_tiers(form),
                quantity_prices=_steps(form),
                min_quantity=forms.whole(form, "min_quantity", least=1, most=1000, default=1),
                max_quantity=forms.whole(form, "max_quantity", least=1, most=1000, default=100),
                stock_cap=forms.optional_whole(form, "stock_cap", most=1_000_000),
                warranty_hours=forms.whole(form, "warranty_hours", most=24 * 366 * 5, default=72),
                retail_bounds=_bounds(form),
            )
    except MeshError as error:
        return refused(error, "supplier.offers_new")
    offer_id = public_id("off", offer.id)
    return done("供货已提交审核，请补充库存", "Sent for review; now add stock", "supplier.offer", offer_id=offer_id)


@blueprint.get("/offers/<offer_id>")
def offer(offer_id: str) -> str:
    with transaction(scope()) as session:
        row = offers.get_offer(session, parse_id("off", offer_id))
        sku = session.get_one(Sku, row.sku_id)
        product = session.get_one(Product, sku.product_id)
        prices = queries.prices(session, [row.id])
        file = offers.newest_file(session, row.id)
        count = _stock(session, [row.id]).get(row.id, 0)
    return render(
        "supplier/offer.html",
        offer=row,
        sku=sku,
        product=product,
        tiers={price.tier: price.price_minor for price in prices if price.tier},
        steps=[price for price in prices if not price.tier],
        tier_names=TIERS,
        file=file,
        count=count,
    )


@blueprint.post("/offers/<offer_id>")
@allow("manager")
def offer_change(offer_id: str) -> Response:
    form = request.form
    try:
        with transaction(scope()) as session:
            row = offers.get_offer(session, parse_id("off", offer_id))
            offers.update_offer(
                session,
                offer_id=row.id,
                base_price_minor=forms.money(form, "base_price").minor,
                tier_prices=_tiers(form),
                quantity_prices=_steps(form),
                warranty_hours=forms.whole(form, "warranty_hours", most=24 * 366 * 5),
                min_quantity=forms.whole(form, "min_quantity", least=1, most=1000),
                max_quantity=forms.whole(form, "max_quantity", least=1, most=1000),
                retail_bounds=_bounds(form, row.currency),
                expected_version=forms.whole(form, "version", least=1),
            )
    except MeshError as error:
        return refused(error, "supplier.offer", offer_id=offer_id)
    return done("已保存，新价格立即生效", "Saved; new prices apply at once", "supplier.offer", offer_id=offer_id)


@blueprint.post("/offers/<offer_id>/state")
@allow("manager")
def offer_state(offer_id: str) -> Response:
    verb = {"pause": offers.pause, "resume": offers.resume, "resubmit": offers.resubmit}
    try:
        with transaction(scope()) as session:
            verb[forms.choice(request.form, "verb", tuple(verb))](session, offer_id=parse_id("off", offer_id))
    except MeshError as error:
        return refused(error, "supplier.offer", offer_id=offer_id)
    return done("状态已更新", "Done", "supplier.offer", offer_id=offer_id)


@blueprint.post("/offers/<offer_id>/try")
@allow("manager")
def offer_try(offer_id: str) -> Response | str:
    """What a buyer would receive, masked; nothing leaves the stock."""
    try:
        with transaction(scope()) as session:
            row = offers.get_offer(session, parse_id("off", offer_id))
            credentials = tries.try_delivery(session, offer=row, locale=locale())
    except MeshError as error:
        return refused(error, "supplier.offer", offer_id=offer_id)
    return render("supplier/tried.html", offer_id=offer_id, credentials=credentials)


@blueprint.post("/offers/<offer_id>/keys")
@takes(MAX_BYTES, pasted=MAX_PASTED)
@allow("manager", "key-uploader")
def offer_keys(offer_id: str) -> Response:
    """Pasted lines, or a sheet; loaded by a job."""
    try:
        row = start_import(
            scope(),
            person().party_id,
            *_keys_sheet(),
            kind=ImportKind.KEYS,
            offer_id=parse_id("off", offer_id),
        )
    except MeshError as error:
        return refused(error, "supplier.offer", offer_id=offer_id)
    return done("已开始导入", "The import has begun", "supplier.import_", import_id=public_id("imp", row.id))


@blueprint.post("/offers/<offer_id>/file")
@takes(MAX_UPLOAD)
@allow("manager", "key-uploader")
def offer_file(offer_id: str) -> Response:
    """A new version of the file behind a file offer."""
    file = request.files.get("file")
    try:
        with transaction(scope()) as session:
            row = offers.get_offer(session, parse_id("off", offer_id))
        if not file or not file.filename:
            raise forms.refuse("file", "missing", "请选择文件", "Choose a file")
        kind = file.mimetype or "application/octet-stream"
        stored = offers.store_file(supplier_id=person().party_id, body=BytesIO(file.read()), content_type=kind)
        with transaction(scope()) as session:
            offers.attach_file(session, offer_id=row.id, filename=file.filename, content_type=kind, body=stored)
    except MeshError as error:
        return refused(error, "supplier.offer", offer_id=offer_id)
    return done("文件已上传", "The file is uploaded", "supplier.offer", offer_id=offer_id)


def _keys_sheet() -> tuple[BinaryIO, str]:
    """The chosen file, else the pasted lines. Raises ValidationFailed for neither."""
    if (file := request.files.get("file")) and file.filename:
        return uploaded()
    keys = [line.strip() for line in request.form.get("keys", "").splitlines() if line.strip()]
    if not keys:
        raise forms.refuse("keys", "missing", "请粘贴卡密或选择文件", "Paste keys or choose a file")
    return imports.keys_as_sheet(keys), "pasted.txt"


def _tiers(form: ImmutableMultiDict[str, str]) -> dict[str, int]:
    found = {tier: forms.optional_money(form, f"tier_{tier}") for tier in TIERS}
    return {tier: price.minor for tier, price in found.items() if price}


def _bounds(form: ImmutableMultiDict[str, str], currency: str = "CNY") -> tuple[int | None, int | None]:
    least, most = (forms.optional_money(form, name, currency) for name in ("min_retail", "max_retail"))
    return least and least.minor, most and most.minor


def _steps(form: ImmutableMultiDict[str, str]) -> list[tuple[int, int]]:
    steps: list[tuple[int, int]] = []
    for number in range(STEPS):
        price = forms.optional_money(form, f"step_price_{number}")
        if price:
            steps.append((forms.whole(form, f"step_from_{number}", least=2, most=1000), price.minor))
    return steps


def _stock(session: Session, offer_ids: list[uuid.UUID]) -> dict[uuid.UUID, int]:
    query = select(StockUnit.offer_id, func.count()).where(StockUnit.offer_id.in_(offer_ids))
    return dict(session.execute(query.group_by(StockUnit.offer_id)).all())
