"""A supplier's offers, and the files behind file offers."""

from typing import Annotated, Literal

from flask import request
from flask.typing import ResponseReturnValue
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from ....goods.catalog.service import find_or_create_sku
from ....goods.models import Offer
from ....goods.offers import service as offers
from ....goods.offers.service import Keep
from ....identity.models import Party
from ....kit.db import transaction
from ....kit.errors import FieldError, ValidationFailed, invalid
from ....kit.i18n import Text
from ....kit.ids import parse_id
from ...common.idempotent import once
from ...common.lists import listed
from ...common.offers import OfferList, OfferOut, offer_shape, offer_shapes
from ...common.principal import caller, requires
from ...common.schema import Line, Paging, Paragraph, Price, Shape
from . import blueprint

MAX_FILE_BYTES = 64 << 20
Quantity = Annotated[int, Field(ge=1, le=1000)]
Tier = Annotated[str, Field(pattern="^VIP[1-9][0-9]?$")]


class ProductIn(Shape):
    name: Line
    category: Annotated[str, Field(min_length=1, max_length=60, examples=["games"])]
    description: Paragraph = ""


class SkuIn(Shape):
    name: Line
    face_value: Price | None = None


class QuantityPriceIn(Shape):
    min_quantity: Annotated[int, Field(ge=2, le=1000)]
    price: Price


class OfferIn(Shape):
    product: ProductIn
    sku: SkuIn
    kind: Literal["card_key", "file"]
    base_price: Price
    tier_prices: dict[Tier, Price] = Field(default_factory=dict)
    quantity_prices: Annotated[list[QuantityPriceIn], Field(max_length=20, default_factory=list)]
    min_quantity: Quantity = 1
    max_quantity: Quantity = 100
    stock_cap: Annotated[int, Field(ge=0, le=1_000_000)] | None = None
    warranty_hours: Annotated[int, Field(ge=0, le=24 * 366 * 5)] = 72


class OfferPatch(Shape):
    base_price: Price | None = None
    tier_prices: dict[Tier, Price] | None = None
    quantity_prices: Annotated[list[QuantityPriceIn], Field(max_length=20)] | None = None
    min_quantity: Quantity | None = None
    max_quantity: Quantity | None = None
    stock_cap: Annotated[int, Field(ge=0, le=1_000_000)] | None = None
    warranty_hours: Annotated[int, Field(ge=0, le=24 * 366 * 5)] | None = None
    status: Literal["active", "paused", "pending_review"] | None = None
    version: Annotated[int, Field(ge=1)] | None = None
    reason: Annotated[str, Field(max_length=500)] = ""


class FileOut(Shape):
    object: Literal["offer_file"] = "offer_file"
    filename: str
    version: int
    size: int
    sha256: str


@blueprint.post("/offers")
@blueprint.input(OfferIn)
@blueprint.output(OfferOut, status_code=201)
@requires(Party.SUPPLIER, "offers:write")
def create_offer(json_data: OfferIn) -> ResponseReturnValue:
    """Offer a SKU of the shared catalog (made when it is new). It is sold after the platform's approval."""
    principal = caller()
    currency = json_data.base_price.currency

    def effect(session: Session) -> OfferOut:
        sku = find_or_create_sku(
            session,
            product_name=json_data.product.name,
            category_slug=json_data.product.category,
            sku_name=json_data.sku.name,
            face=json_data.sku.face_value.to_kit() if json_data.sku.face_value else None,
            description=json_data.product.description,
        )
        offer = offers.create_offer(
            session,
            supplier_id=principal.party_id,
            sku_id=sku.id,
            kind=json_data.kind,
            base_price=json_data.base_price.to_kit(),
            tier_prices=_tiers(json_data.tier_prices, currency),
            quantity_prices=_steps(json_data.quantity_prices, currency),
            min_quantity=json_data.min_quantity,
            max_quantity=json_data.max_quantity,
            stock_cap=json_data.stock_cap,
            warranty_hours=json_data.warranty_hours,
        )
        return offer_shape(session, offer)

    return once(principal.scope(), principal.party_id, effect, key_required=False)


@blueprint.get("/offers")
@blueprint.input(Paging, location="query")
@blueprint.output(OfferList)
@requires(Party.SUPPLIER, "offers:read")
def list_offers(query_data: Paging) -> ResponseReturnValue:
    """Own offers, newest first."""
    with transaction(caller().scope()) as session:
        mine = select(Offer).where(Offer.supplier_id == caller().party_id)
        return listed(session, mine, Offer.id, "off", query_data, lambda rows: offer_shapes(session, rows))


@blueprint.get("/offers/<offer_id>")
@blueprint.output(OfferOut)
@requires(Party.SUPPLIER, "offers:read")
def get_offer(offer_id: str) -> OfferOut:
    """One own offer."""
    with transaction(caller().scope()) as session:
        return offer_shape(session, offers.get_offer(session, parse_id("off", offer_id)))


@blueprint.patch("/offers/<offer_id>")
@blueprint.input(OfferPatch)
@blueprint.output(OfferOut)
@requires(Party.SUPPLIER, "offers:write")
def change_offer(offer_id: str, json_data: OfferPatch) -> OfferOut:
    """Change prices and terms (at once, on record), pause, resume, or ask for another review."""
    given = json_data.model_fields_set
    with transaction(caller().scope()) as session:
        offer = offers.get_offer(session, parse_id("off", offer_id))
        if given - {"status", "reason"}:
            if json_data.base_price:
                _check_currency([("/base_price", json_data.base_price)], offer.currency)
            offer = offers.update_offer(
                session,
                offer_id=offer.id,
                base_price_minor=json_data.base_price.amount if json_data.base_price else None,
                tier_prices=None if json_data.tier_prices is None else _tiers(json_data.tier_prices, offer.currency),
                quantity_prices=None
                if json_data.quantity_prices is None
                else _steps(json_data.quantity_prices, offer.currency),
                min_quantity=json_data.min_quantity,
                max_quantity=json_data.max_quantity,
                warranty_hours=json_data.warranty_hours,
                stock_cap=json_data.stock_cap if "stock_cap" in given else Keep.KEEP,
                expected_version=json_data.version,
                reason=json_data.reason,
            )
        if json_data.status and json_data.status != offer.status:
            verb = {"paused": offers.pause, "active": offers.resume, "pending_review": offers.resubmit}[
                json_data.status
            ]
            offer = verb(session, offer_id=offer.id)
        return offer_shape(session, offer)


@blueprint.put("/offers/<offer_id>/file")
@blueprint.output(FileOut)
@requires(Party.SUPPLIER, "offers:write")
def put_file(offer_id: str) -> FileOut:
    """Upload the file of a file offer as the request's body, named by `?filename=`; sold units keep their version."""
    request.max_content_length = MAX_FILE_BYTES
    filename = request.args.get("filename", "").strip()
    if not filename or len(filename) > 200 or "\x00" in filename or "/" in filename:
        raise invalid("/filename", "filename_invalid", "请在 filename 参数中提供文件名", "Name the file in ?filename=")
    principal = caller()
    with transaction(principal.scope()) as session:
        offer = offers.get_offer(session, parse_id("off", offer_id))
    kind = request.content_type or "application/octet-stream"
    stored = offers.store_file(supplier_id=principal.party_id, body=request.get_data(), content_type=kind)
    with transaction(principal.scope()) as session:
        file = offers.attach_file(session, offer_id=offer.id, filename=filename, content_type=kind, body=stored)
        return FileOut(filename=file.filename, version=file.version, size=file.size, sha256=file.sha256)


def _tiers(prices: dict[str, Price], currency: str) -> dict[str, int]:
    _check_currency([(f"/tier_prices/{tier}", price) for tier, price in prices.items()], currency)
    return {tier: price.amount for tier, price in prices.items()}


def _steps(prices: list[QuantityPriceIn], currency: str) -> list[tuple[int, int]]:
    _check_currency([(f"/quantity_prices/{n}/price", step.price) for n, step in enumerate(prices)], currency)
    return [(step.min_quantity, step.price.amount) for step in prices]


def _check_currency(prices: list[tuple[str, Price]], currency: str) -> None:
    """Raises ValidationFailed for prices in another currency than the offer's."""
    text = Text("币种须与供货价一致", "The currency differs from the offer's")
    wrong = [FieldError(pointer, "currency_differs", text) for pointer, price in prices if price.currency != currency]
    if wrong:
        raise ValidationFailed(errors=wrong)
