"""What the store sells: one SKU, or all that match, at a price or by a markup."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Literal

from flask import Response
from flask.typing import ResponseReturnValue
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from ....goods.listings import service as listings
from ....goods.listings.explain import explain_price
from ....goods.listings.margins import margins
from ....goods.listings.service import Filter, Markup
from ....goods.models import Listing
from ....goods.pricing.errors import OfferNotActive
from ....goods.pricing.rules import Margin
from ....identity.models import Party
from ....kit.clock import rfc3339
from ....kit.db import transaction
from ....kit.errors import NotFound
from ....kit.ids import parse_id, public_id
from ....stores import service as stores
from ....stores.models import Store
from ...common.etag import expected_version, with_etag
from ...common.idempotent import once
from ...common.lists import ListOf, listed
from ...common.principal import caller, requires
from ...common.requests import locale
from ...common.schema import Money, Paging, Price, Query, Shape
from . import blueprint

Percent = Annotated[str, Field(pattern=r"^-?[0-9]{1,5}(\.[0-9]{1,4})?$", examples=["12.5"])]
Whole = Annotated[int, Field(ge=0, le=10**12)]


class MarkupIn(Shape):
    """retail = cost × (1 + percent / 100) + fixed, rounded up to a multiple of round_to, never below floor."""

    percent: Percent | Annotated[int, Field(ge=-100, le=10_000)] = "0"
    fixed: Annotated[int, Field(ge=-(10**12), le=10**12)] = 0
    round_to: Annotated[int, Field(ge=1, le=10**9)] = 1
    floor: Whole = 0

    def to_rule(self) -> Markup:
        return Markup(Decimal(self.percent), self.fixed, self.round_to, self.floor)


class BulkStepShape(Shape):
    """So many percent off each unit from a quantity on; quantities and percents rise."""

    min_quantity: Annotated[int, Field(ge=2, le=1000)]
    percent_off: Percent


BulkSteps = Annotated[list[BulkStepShape], Field(max_length=5)]


class ListingIn(Shape):
    """One of `retail`, `markup` and `by_rules` (the store's markup rules)."""

    sku: Annotated[str, Field(max_length=40)]
    retail: Price | None = None
    markup: MarkupIn | None = None
    by_rules: bool = False
    bulk: BulkSteps = Field(default_factory=list)
    supplier: Annotated[str | None, Field(max_length=40)] = None


class ListingPatch(Shape):
    retail: Price | None = None
    markup: MarkupIn | None = None
    by_rules: bool = False
    bulk: BulkSteps | None = None
    supplier: Annotated[str | None, Field(max_length=40)] = None
    status: Literal["active", "paused"] | None = None
    version: Annotated[int, Field(ge=1)] | None = None


class FilterIn(Shape):
    q: Annotated[str, Field(max_length=100)] = ""
    category: Annotated[str | None, Field(max_length=60)] = None
    supplier: Annotated[str | None, Field(max_length=40)] = None
    min_stock: Annotated[int, Field(ge=0, le=1_000_000)] = 0


class BulkIn(Shape):
    """Without a markup, prices are by the store's markup rules."""

    filter: FilterIn = FilterIn()
    markup: MarkupIn | None = None
    replace: bool = False


class MarkupOut(Shape):
    percent: str
    fixed: int
    round_to: int
    floor: int


class ListingOut(Shape):
    object: Literal["listing"] = "listing"
    id: str
    sku: str
    status: str
    retail: Money | None
    cost: Money | None
    fees: Money | None
    profit: Money | None
    markup: MarkupOut | None
    by_rules: bool
    bulk: list[BulkStepShape]
    supplier: str | None
    version: int
    updated_at: str


class ListingList(ListOf[ListingOut]):
    pass


class PriceQuery(Query):
    quantity: Annotated[int, Field(ge=1, le=1000)] = 1


class PriceOut(Shape):
    """The price of a unit for a buyer of `quantity`; `steps` say how it came about."""

    object: Literal["price"] = "price"
    quantity: int
    retail: Money
    cost: Money
    fees: Money
    profit: Money
    steps: list[str]


class BulkOut(Shape):
    """`refused` counts the SKUs left out, by error code."""

    object: Literal["bulk_listing"] = "bulk_listing"
    created: int
    updated: int
    kept: int
    refused: dict[str, int]
    more: bool


@blueprint.post("/listings")
@blueprint.input(ListingIn)
@blueprint.output(ListingOut, status_code=201)
@requires(Party.DISTRIBUTOR, "listings:write")
def create_listing(json_data: ListingIn) -> ResponseReturnValue:
    """Sell a SKU in the store. Refused with `loss_guard` when it would be sold at a loss."""
    principal = caller()

    def effect(session: Session) -> ListingOut:
        store = own_store(session)
        listing = listings.list_sku(
            session,
            tenant_id=principal.party_id,
            store_id=store.id,
            sku_id=parse_id("sku", json_data.sku),
            retail=json_data.retail.to_kit() if json_data.retail else None,
            markup=json_data.markup.to_rule() if json_data.markup else None,
            by_rules=json_data.by_rules,
            bulk=_steps(json_data.bulk),
            currency=store.currency,
            supplier_id=parse_id("sup", json_data.supplier) if json_data.supplier else None,
        )
        return _shape(session, listing)

    return once(principal.scope(), principal.party_id, effect, key_required=False)


@blueprint.post("/listings/bulk")
@blueprint.input(BulkIn)
@blueprint.output(BulkOut)
@requires(Party.DISTRIBUTOR, "listings:write")
def list_matching(json_data: BulkIn) -> ResponseReturnValue:
    """Sell every SKU that matches, by one markup or by the store's rules; those that would lose money are left out and
    counted."""
    principal = caller()
    wanted = json_data.filter

    def effect(session: Session) -> BulkOut:
        store = own_store(session)
        done = listings.list_matching(
            session,
            tenant_id=principal.party_id,
            store_id=store.id,
            matching=Filter(
                wanted.q,
                wanted.category,
                parse_id("sup", wanted.supplier) if wanted.supplier else None,
                wanted.min_stock,
            ),
            markup=json_data.markup.to_rule() if json_data.markup else None,
            currency=store.currency,
            replace=json_data.replace,
        )
        return BulkOut(created=done.created, updated=done.updated, kept=done.kept, refused=done.refused, more=done.more)

    return once(principal.scope(), principal.party_id, effect, status=200, key_required=False)


@blueprint.get("/listings")
@blueprint.input(Paging, location="query")
@blueprint.output(ListingList)
@requires(Party.DISTRIBUTOR, "listings:read")
def list_listings(query_data: Paging) -> ResponseReturnValue:
    """What the store sells, newest first, with cost and profit as of now."""
    with transaction(caller().scope()) as session:
        mine = select(Listing).where(Listing.tenant_id == caller().party_id)
        return listed(session, mine, Listing.id, "lst", query_data, lambda rows: _shapes(session, rows))


@blueprint.get("/listings/<listing_id>")
@blueprint.output(ListingOut)
@requires(Party.DISTRIBUTOR, "listings:read")
def get_listing(listing_id: str) -> Response:
    """One listing; its ETag goes into If-Match of a change."""
    with transaction(caller().scope()) as session:
        row = listings.get_listing(session, caller().party_id, parse_id("lst", listing_id))
        return with_etag(_shape(session, row), row.version)


@blueprint.get("/listings/<listing_id>/price")
@blueprint.input(PriceQuery, location="query")
@blueprint.output(PriceOut)
@requires(Party.DISTRIBUTOR, "listings:read")
def explain_listing(listing_id: str, query_data: PriceQuery) -> PriceOut:
    """What a buyer of so many is asked for a unit now, and how that came about, in the caller's language."""
    with transaction(caller().scope()) as session:
        row = listings.get_listing(session, caller().party_id, parse_id("lst", listing_id))
        why = explain_price(session, row, quantity=query_data.quantity)
    if why is None:
        raise OfferNotActive
    return PriceOut(
        quantity=why.quantity,
        retail=Money.of(why.margin.retail_minor, row.currency),
        cost=Money.of(why.margin.cost_minor, row.currency),
        fees=Money.of(why.margin.fees_minor, row.currency),
        profit=Money.of(why.margin.profit_minor, row.currency),
        steps=[step.render(locale()) for step in why.steps],
    )


@blueprint.patch("/listings/<listing_id>")
@blueprint.input(ListingPatch)
@blueprint.output(ListingOut)
@requires(Party.DISTRIBUTOR, "listings:write")
def change_listing(listing_id: str, json_data: ListingPatch) -> Response:
    """Change the price rule, the preferred supplier (null: none), or pause and resume."""
    principal = caller()
    with transaction(principal.scope()) as session:
        row = listings.update(
            session,
            tenant_id=principal.party_id,
            listing_id=parse_id("lst", listing_id),
            retail=json_data.retail.to_kit() if json_data.retail else None,
            markup=json_data.markup.to_rule() if json_data.markup else None,
            by_rules=json_data.by_rules,
            bulk=None if json_data.bulk is None else _steps(json_data.bulk),
            supplier_id=parse_id("sup", json_data.supplier) if json_data.supplier else None,
            clear_supplier="supplier" in json_data.model_fields_set and json_data.supplier is None,
            status=json_data.status,
            expected_version=expected_version() or json_data.version,
        )
        return with_etag(_shape(session, row), row.version)


@blueprint.delete("/listings/<listing_id>")
@blueprint.output({}, status_code=204)
@requires(Party.DISTRIBUTOR, "listings:write")
def remove_listing(listing_id: str) -> tuple[str, int]:
    """Take a SKU out of the store; orders keep what they have."""
    principal = caller()
    with transaction(principal.scope()) as session:
        listings.remove(session, tenant_id=principal.party_id, listing_id=parse_id("lst", listing_id))
    return "", 204


def own_store(session: Session) -> Store:
    """The caller's store. Raises NotFound."""
    store = stores.first_store(session, caller().party_id)
    if store is None:
        raise NotFound
    return store


def _shape(session: Session, row: Listing) -> ListingOut:
    return _shapes(session, [row])[0]


def _shapes(session: Session, rows: Sequence[Listing]) -> list[ListingOut]:
    """Listings with what they cost and earn now, in one more select whatever their number."""
    found = margins(session, tenant_id=caller().party_id, listings=rows) if rows else {}
    return [_with_margin(row, found[row.id]) for row in rows]


def _with_margin(row: Listing, margin: Margin | None) -> ListingOut:
    def money(minor: int | None) -> Money | None:
        return None if minor is None else Money.of(minor, row.currency)

    return ListingOut(
        id=public_id("lst", row.id),
        sku=public_id("sku", row.sku_id),
        status=row.status,
        retail=money(margin.retail_minor if margin else row.retail_minor),
        cost=money(margin.cost_minor if margin else None),
        fees=money(margin.fees_minor if margin else None),
        profit=money(margin.profit_minor if margin else None),
        markup=_markup(row),
        by_rules=row.retail_minor is None and row.markup_percent is None,
        bulk=[BulkStepShape(min_quantity=count, percent_off=percent) for count, percent in row.bulk_steps or ()],
        supplier=public_id("sup", row.supplier_id) if row.supplier_id else None,
        version=row.version,
        updated_at=rfc3339(row.updated_at),
    )


def _steps(steps: Sequence[BulkStepShape]) -> list[tuple[int, Decimal]]:
    return [(step.min_quantity, Decimal(step.percent_off)) for step in steps]


def _markup(row: Listing) -> MarkupOut | None:
    if row.markup_percent is None:
        return None
    return MarkupOut(
        percent=format(row.markup_percent.normalize(), "f"),
        fixed=row.markup_fixed_minor,
        round_to=row.round_to_minor,
        floor=row.floor_minor,
    )
