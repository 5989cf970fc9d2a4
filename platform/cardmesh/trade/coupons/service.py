"""Make, list, pause coupons."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ...goods.listings.service import margins
from ...goods.models import Listing, ListingStatus, Product, Sku
from ...identity.audit import service as audit
from ...kit import clock
from ...kit.errors import FieldError, NotFound
from ...kit.i18n import Text
from ...kit.ids import new_id
from ...kit.money import MAX_MINOR
from ...kit.pages import Page, paginate
from . import rules
from .errors import CouponInvalid, CouponLoses, CouponTaken
from .models import Coupon, CouponKind, CouponStatus, CouponUse

CHUNK = 500
NAMED = 5
MAX_GOODS = 200
_CODE = Text("优惠码须为 3–32 位字母、数字、- 或 _", "A code has 3 to 32 letters, digits, - or _")
_PERCENT = Text("折扣须大于 0、不超过 100%，最多四位小数", "A percent is above 0, at most 100, with at most 4 decimals")
_AMOUNT = Text("金额须大于 0", "An amount is above zero")
_ONE_KIND = Text("请填写折扣或金额，二者选一", "Give a percent or an amount, not both")
_COUNT = Text("次数须为 1 到 {most}", "A count is 1 to {most}")
_DATES = Text("结束时间须晚于开始时间和现在", "It ends after it begins, and in the future")
_GOODS = Text("最多指定 {most} 项", "Name at most {most}")
MOST_USES = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponDraft:
    """What a coupon is to be; `percent` is 12.5 for 12.5 %, amounts are minor units of the store's currency."""

    code: str
    percent: Decimal | None = None
    amount_minor: int | None = None
    threshold_minor: int = 0
    most_off_minor: int | None = None
    category_ids: Collection[uuid.UUID] = ()
    product_ids: Collection[uuid.UUID] = ()
    sku_ids: Collection[uuid.UUID] = ()
    most_uses: int | None = None
    most_per_buyer: int | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None


def create(
    session: Session, *, tenant_id: uuid.UUID, store_id: uuid.UUID, currency: str, draft: CouponDraft
) -> Coupon:
    """A coupon of one store, valid at once or from `starts_at` on. Audited.

    Raises CouponInvalid, CouponTaken, and CouponLoses when goods that it is for now would be sold at the distributor's
    loss: the distributor bears the whole discount.
    """
    coupon = _made(tenant_id, store_id, currency, draft)
    _require_bearable(session, coupon)
    try:
        with session.begin_nested():
            session.add(coupon)
    except IntegrityError as error:
        raise CouponTaken from error
    _record(session, coupon, "coupon.created", _shown(coupon))
    return coupon


def _made(tenant_id: uuid.UUID, store_id: uuid.UUID, currency: str, draft: CouponDraft) -> Coupon:
    faults = list(_faults(draft))
    if faults:
        raise CouponInvalid(errors=faults)
    return Coupon(
        tenant_id=tenant_id,
        id=new_id(),
        store_id=store_id,
        code=rules.tidy(draft.code),
        kind=CouponKind.FIXED if draft.percent is None else CouponKind.PERCENT,
        percent=draft.percent,
        amount_minor=draft.amount_minor,
        currency=currency,
        threshold_minor=draft.threshold_minor,
        most_off_minor=draft.most_off_minor,
        category_ids=list(draft.category_ids),
        product_ids=list(draft.product_ids),
        sku_ids=list(draft.sku_ids),
        most_uses=draft.most_uses,
        most_per_buyer=draft.most_per_buyer,
        used=0,
        status=CouponStatus.ACTIVE,
        starts_at=draft.starts_at,
        ends_at=draft.ends_at,
    )


def _faults(draft: CouponDraft) -> Sequence[FieldError]:
    counts = {"most_uses": draft.most_uses, "most_per_buyer": draft.most_per_buyer}
    amounts = {"amount": draft.amount_minor, "most_off": draft.most_off_minor}
    goods = {"categories": draft.category_ids, "products": draft.product_ids, "skus": draft.sku_ids}
    begins = max(draft.starts_at or clock.now(), clock.now())
    percent = draft.percent
    checks = [
        (bool(rules.CODE.fullmatch(rules.tidy(draft.code))), "code", "code_invalid", _CODE),
        ((percent is None) != (draft.amount_minor is None), "percent", "one_kind", _ONE_KIND),
        (percent is None or _is_percent(percent), "percent", "percent_invalid", _PERCENT),
        (0 <= draft.threshold_minor <= MAX_MINOR, "threshold", "amount_invalid", _AMOUNT),
        (draft.ends_at is None or draft.ends_at > begins, "ends_at", "dates_invalid", _DATES),
        *((one is None or 0 < one <= MAX_MINOR, name, "amount_invalid", _AMOUNT) for name, one in amounts.items()),
        *((one is None or 0 < one <= MOST_USES, name, "count_invalid", _COUNT) for name, one in counts.items()),
        *((len(ids) <= MAX_GOODS, name, "too_many", _GOODS) for name, ids in goods.items()),
    ]
    params: dict[str, dict[str, object]] = {"count_invalid": {"most": MOST_USES}, "too_many": {"most": MAX_GOODS}}
    return [FieldError(f"/{name}", code, text, params.get(code, {})) for fine, name, code, text in checks if not fine]


def _is_percent(percent: Decimal) -> bool:
    return percent.is_finite() and 0 < percent <= 100 and percent == percent.quantize(Decimal("0.0001"))


def _require_bearable(session: Session, coupon: Coupon) -> None:
    """Every item on sale that it is for keeps its distributor out of loss in the smallest order that may use it."""
    losing: list[str] = []
    after = None
    while rows := _goods(session, coupon, after):
        found = margins(session, tenant_id=coupon.tenant_id, listings=[row[0] for row in rows])
        for listing, name in rows:
            one = found[listing.id]
            if one and one.profit_minor >= 0:
                kept = rules.worst_case(coupon, retail_minor=one.retail_minor, profit_minor=one.profit_minor)
                losing += [name] if kept < 0 else []
        after = rows[-1][0].id
    if losing:
        names = ", ".join(losing[:NAMED])
        raise CouponLoses(extra={"count": len(losing), "names": losing[:NAMED]}, count=len(losing), names=names)


def _goods(session: Session, coupon: Coupon, after: uuid.UUID | None) -> list[tuple[Listing, str]]:
    """A chunk of the store's listings that the coupon is for, by id, with their names."""
    query = (
        select(Listing, Product.name, Sku.name)
        .join(Sku, Sku.id == Listing.sku_id)
        .join(Product, Product.id == Sku.product_id)
        .where(Listing.tenant_id == coupon.tenant_id, Listing.store_id == coupon.store_id)
        .where(Listing.status == ListingStatus.ACTIVE, Listing.currency == coupon.currency)
        .order_by(Listing.id)
        .limit(CHUNK)
    )
    named = [
        column.in_(ids)
        for column, ids in (
            (Product.category_id, coupon.category_ids),
            (Product.id, coupon.product_ids),
            (Sku.id, coupon.sku_ids),
        )
        if ids
    ]
    if named:
        query = query.where(or_(*named))
    if after is not None:
        query = query.where(Listing.id > after)
    return [(row[0], f"{row[1]} · {row[2]}") for row in session.execute(query)]


def set_status(session: Session, *, tenant_id: uuid.UUID, coupon_id: uuid.UUID, status: CouponStatus) -> Coupon:
    """Pause, or let it be used again; orders that hold a use keep it. Raises NotFound, CouponLoses."""
    coupon = get(session, tenant_id=tenant_id, coupon_id=coupon_id, lock=True)
    if coupon.status == status:
        return coupon
    if status is CouponStatus.ACTIVE:
        _require_bearable(session, coupon)
    coupon.status = status
    session.flush()
    _record(session, coupon, f"coupon.{'paused' if status is CouponStatus.PAUSED else 'resumed'}", {})
    return coupon


def get(session: Session, *, tenant_id: uuid.UUID, coupon_id: uuid.UUID, lock: bool = False) -> Coupon:
    """Raises NotFound."""
    coupon = session.get(Coupon, (tenant_id, coupon_id), with_for_update=lock, populate_existing=lock)
    if coupon is None:
        raise NotFound
    return coupon


def page(session: Session, *, tenant_id: uuid.UUID, after: uuid.UUID | None = None, limit: int = 50) -> Page[Coupon]:
    """A tenant's coupons, newest first."""
    query = select(Coupon).where(Coupon.tenant_id == tenant_id)
    return paginate(session, query, Coupon.id, after=after, limit=limit)


def uses(session: Session, *, tenant_id: uuid.UUID, coupon_id: uuid.UUID, limit: int = 100) -> Sequence[CouponUse]:
    """The newest uses, those given back included."""
    query = select(CouponUse).where(CouponUse.tenant_id == tenant_id, CouponUse.coupon_id == coupon_id)
    return session.scalars(query.order_by(CouponUse.order_id.desc()).limit(limit)).all()


def _shown(coupon: Coupon) -> dict[str, object]:
    names = ("code", "kind", "amount_minor", "currency", "threshold_minor", "most_off_minor", "most_uses")
    shown: dict[str, object] = {name: getattr(coupon, name) for name in (*names, "most_per_buyer")}
    goods = {name: [str(one) for one in getattr(coupon, name)] for name in ("category_ids", "product_ids", "sku_ids")}
    return shown | goods | {"percent": str(coupon.percent) if coupon.percent is not None else None}


def _record(session: Session, coupon: Coupon, action: str, details: dict[str, object]) -> None:
    audit.record(
        session,
        party_id=coupon.tenant_id,
        action=action,
        subject="coupon",
        subject_id=coupon.id,
        details=details,
    )
