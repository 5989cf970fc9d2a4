"""Coupons of the store."""

from decimal import Decimal
from typing import Annotated, Literal

from flask.typing import ResponseReturnValue
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from ....identity.models import Party
from ....kit.clock import rfc3339
from ....kit.db import transaction
from ....kit.ids import parse_id, public_id
from ....trade.coupons import service as coupons
from ....trade.coupons.models import Coupon, CouponStatus
from ....trade.coupons.service import CouponDraft
from ...common.idempotent import once
from ...common.lists import ListOf, each, listed
from ...common.principal import caller, requires
from ...common.schema import Moment, Money, Paging, Shape
from . import blueprint
from .listings import own_store

Id = Annotated[str, Field(max_length=40)]
Ids = Annotated[list[Id], Field(max_length=coupons.MAX_GOODS, default_factory=list)]
Count = Annotated[int, Field(ge=1, le=coupons.MOST_USES)]
Minor = Annotated[int, Field(ge=0, le=10**12)]


class CouponIn(Shape):
    """Either `percent` ("12.5" is 12.5 %) or `amount`; amounts are minor units of the store's currency.

    With no category, product or SKU it is for everything. The discount comes off the distributor's share alone.
    """

    code: Annotated[str, Field(min_length=3, max_length=32)]
    percent: Annotated[str | None, Field(pattern=r"^[0-9]{1,3}(\.[0-9]{1,4})?$", examples=["12.5"])] = None
    amount: Annotated[int | None, Field(gt=0, le=10**12)] = None
    threshold: Minor = 0
    most_off: Annotated[int | None, Field(gt=0, le=10**12)] = None
    categories: Ids
    products: Ids
    skus: Ids
    most_uses: Count | None = None
    most_per_buyer: Count | None = None
    starts_at: Moment | None = None
    ends_at: Moment | None = None

    def draft(self) -> CouponDraft:
        """Raises NotFound for what is not an id."""
        return CouponDraft(
            code=self.code,
            percent=None if self.percent is None else Decimal(self.percent),
            amount_minor=self.amount,
            threshold_minor=self.threshold,
            most_off_minor=self.most_off,
            category_ids=[parse_id("cat", one) for one in self.categories],
            product_ids=[parse_id("prd", one) for one in self.products],
            sku_ids=[parse_id("sku", one) for one in self.skus],
            most_uses=self.most_uses,
            most_per_buyer=self.most_per_buyer,
            starts_at=self.starts_at,
            ends_at=self.ends_at,
        )


class CouponPatch(Shape):
    status: Literal["active", "paused"]


class CouponOut(Shape):
    """`used` counts orders that hold a use: paid, or still waiting to be."""

    object: Literal["coupon"] = "coupon"
    id: str
    code: str
    status: str
    percent: str | None
    amount: Money | None
    threshold: Money
    most_off: Money | None
    categories: list[str]
    products: list[str]
    skus: list[str]
    most_uses: int | None
    most_per_buyer: int | None
    used: int
    starts_at: str | None
    ends_at: str | None
    created_at: str


class CouponList(ListOf[CouponOut]):
    pass


@blueprint.get("/coupons")
@blueprint.input(Paging, location="query")
@blueprint.output(CouponList)
@requires(Party.DISTRIBUTOR, "listings:read")
def list_coupons(query_data: Paging) -> ResponseReturnValue:
    """Coupons, newest first, with how often each was used."""
    with transaction(caller().scope()) as session:
        mine = select(Coupon).where(Coupon.tenant_id == caller().party_id)
        return listed(session, mine, Coupon.id, "cpn", query_data, each(_shape))


@blueprint.post("/coupons")
@blueprint.input(CouponIn)
@blueprint.output(CouponOut, status_code=201)
@requires(Party.DISTRIBUTOR, "listings:write")
def create_coupon(json_data: CouponIn) -> ResponseReturnValue:
    """A coupon of the store. Refused with `coupon_loses` when goods it is for would be sold at a loss."""
    principal = caller()

    def effect(session: Session) -> CouponOut:
        store = own_store(session)
        made = coupons.create(
            session,
            tenant_id=principal.party_id,
            store_id=store.id,
            currency=store.currency,
            draft=json_data.draft(),
        )
        session.refresh(made)
        return _shape(made)

    return once(principal.scope(), principal.party_id, effect, key_required=False)


@blueprint.get("/coupons/<coupon_id>")
@blueprint.output(CouponOut)
@requires(Party.DISTRIBUTOR, "listings:read")
def get_coupon(coupon_id: str) -> CouponOut:
    """One coupon."""
    with transaction(caller().scope()) as session:
        return _shape(coupons.get(session, tenant_id=caller().party_id, coupon_id=parse_id("cpn", coupon_id)))


@blueprint.patch("/coupons/<coupon_id>")
@blueprint.input(CouponPatch)
@blueprint.output(CouponOut)
@requires(Party.DISTRIBUTOR, "listings:write")
def change_coupon(coupon_id: str, json_data: CouponPatch) -> CouponOut:
    """Pause, or let it be used again. Its terms never change: make another one."""
    principal = caller()
    with transaction(principal.scope()) as session:
        row = coupons.set_status(
            session,
            tenant_id=principal.party_id,
            coupon_id=parse_id("cpn", coupon_id),
            status=CouponStatus(json_data.status),
        )
        return _shape(row)


def _shape(row: Coupon) -> CouponOut:
    def money(minor: int | None) -> Money | None:
        return None if minor is None else Money.of(minor, row.currency)

    return CouponOut(
        id=public_id("cpn", row.id),
        code=row.code,
        status=row.status,
        percent=None if row.percent is None else f"{row.percent.normalize():f}",
        amount=money(row.amount_minor),
        threshold=Money.of(row.threshold_minor, row.currency),
        most_off=money(row.most_off_minor),
        categories=[public_id("cat", one) for one in row.category_ids],
        products=[public_id("prd", one) for one in row.product_ids],
        skus=[public_id("sku", one) for one in row.sku_ids],
        most_uses=row.most_uses,
        most_per_buyer=row.most_per_buyer,
        used=row.used,
        starts_at=rfc3339(row.starts_at) if row.starts_at else None,
        ends_at=rfc3339(row.ends_at) if row.ends_at else None,
        created_at=rfc3339(row.created_at),
    )
