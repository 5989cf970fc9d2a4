"""Check what an operator proposes as a rule, before it is stored or simulated."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Required, TypedDict, Unpack

from ...kit.errors import FieldError, ValidationFailed
from ...kit.i18n import Text
from ...kit.ids import NIL
from ...kit.money import MAX_MINOR
from ..models import RuleBasis
from .rules import PPM, Rule, Step

_SHARES = ("supplier_share", "platform_share", "distributor_share")
_RATES = ("rate", "fee_rate")
_OUT_OF_RANGE = Text("比例须在 0 到 1 之间，最多六位小数", "A rate is between 0 and 1 with at most six decimals")
_SHARES_NEEDED = Text("分成规则须给出合计为 1 的三方比例", "A share rule needs three shares that add up to 1")
_SHARES_ONLY = Text("分成规则不再另设佣金和服务费", "A share rule has no commission rate and no service fee")
_NO_SHARES = Text("只有分成规则才填写三方比例", "Only a share rule has shares")
_CURRENCY_NEEDED = Text("填写最低、封顶或阶梯时须指定货币", "A minimum, a cap and steps need a currency")
_NO_SUMS = Text("分成规则没有最低、封顶和阶梯", "A share rule has no minimum, cap or steps")
_SUMS = Text("最低佣金不能高于封顶佣金", "The minimum is not above the cap")
_STEPS = Text(
    "阶梯最多 {most} 级，销量递增，比例在 0 到 1 之间", "At most {most} steps of rising volume, rates from 0 to 1"
)
MOST_STEPS = 10
_ONE_OF_GOODS = Text("规格、商品、分类最多指定一项", "Name at most one of SKU, product and category")
_GRACE = timedelta(minutes=5)
"""A program that says `now` says it a moment before we read it."""
_FROM_NOW_ON = Text("规则不能在过去生效或终止", "A rule cannot begin or end in the past")
_ENDS_LATER = Text("终止时间须晚于生效时间", "A rule ends after it begins")


class Proposal(TypedDict, total=False):
    """The fields of a rule, named like its columns. Rates are fractions: `Decimal("0.05")` is 5 %."""

    basis: Required[RuleBasis]
    rate: Decimal | None
    fee_rate: Decimal | None
    supplier_share: Decimal | None
    platform_share: Decimal | None
    distributor_share: Decimal | None
    sku_id: uuid.UUID | None
    product_id: uuid.UUID | None
    category_id: uuid.UUID | None
    supplier_id: uuid.UUID | None
    tenant_id: uuid.UUID | None
    currency: str | None
    min_minor: int | None
    cap_minor: int | None
    steps: Sequence[tuple[int, Decimal]]


def propose(**proposal: Unpack[Proposal]) -> Rule:
    """A checked rule that is not stored, its id nil. Raises ValidationFailed naming every field that is wrong."""
    rates = {name: rate for name in (*_RATES, *_SHARES) if (rate := proposal.get(name)) is not None}
    errors = [FieldError(f"/{name}", "rate_invalid", _OUT_OF_RANGE) for name, rate in rates.items() if not _valid(rate)]
    errors += _check_basis(proposal["basis"], rates) if not errors else []
    errors += _check_sums(proposal)
    goods = [name for name in ("sku_id", "product_id", "category_id") if proposal.get(name)]
    errors += [FieldError(f"/{name}", "scope_ambiguous", _ONE_OF_GOODS) for name in goods[1:]]
    if errors:
        raise ValidationFailed(errors=errors)
    values: dict[str, Any] = {name: value for name, value in proposal.items() if value is not None}
    values["steps"] = tuple(Step(*step) for step in sorted(proposal.get("steps") or ()))
    return Rule(id=NIL, **values)


def beginning(effective_from: datetime | None, *, now: datetime, ends_at: datetime | None) -> datetime:
    """When the rule begins: now or later; what was sold, was sold by the rules of its time. Raises ValidationFailed."""
    errors = []
    if effective_from and effective_from < now - _GRACE:
        errors.append(FieldError("/effective_from", "in_the_past", _FROM_NOW_ON))
    begins = max(effective_from or now, now)
    if ends_at and ends_at <= begins:
        errors.append(FieldError("/ends_at", "ends_before_it_begins", _ENDS_LATER))
    if errors:
        raise ValidationFailed(errors=errors)
    return begins


def _valid(rate: Decimal) -> bool:
    return rate.is_finite() and 0 <= rate <= 1 and rate * PPM == int(rate * PPM)


def _check_sums(proposal: Proposal) -> list[FieldError]:
    """Sums need a currency, and a commission that they bound; steps rise in volume."""
    least, most, steps = proposal.get("min_minor"), proposal.get("cap_minor"), proposal.get("steps") or ()
    sums = [one for one in (least, most) if one is not None]
    if not sums and not steps:
        return []
    errors = []
    if not proposal.get("currency"):
        errors.append(FieldError("/currency", "currency_needed", _CURRENCY_NEEDED))
    if proposal["basis"] is RuleBasis.SHARE:
        errors.append(FieldError("/basis", "sums_not_allowed", _NO_SUMS))
    if any(not 0 <= one <= MAX_MINOR for one in sums) or sums != sorted(sums):
        errors.append(FieldError("/min_minor", "sums_invalid", _SUMS))
    volumes = [volume for volume, _ in steps]
    rising = volumes == sorted(set(volumes)) and all(0 < volume <= MAX_MINOR for volume in volumes)
    if not rising or len(steps) > MOST_STEPS or not all(_valid(rate) for _, rate in steps):
        errors.append(FieldError("/steps", "steps_invalid", _STEPS, {"most": MOST_STEPS}))
    return errors


def _check_basis(basis: RuleBasis, given: Mapping[str, Decimal]) -> list[FieldError]:
    shares = [given[name] for name in _SHARES if name in given]
    if basis is not RuleBasis.SHARE:
        return [FieldError(f"/{name}", "share_not_allowed", _NO_SHARES) for name in _SHARES if name in given]
    errors = [FieldError(f"/{name}", "rate_not_allowed", _SHARES_ONLY) for name in _RATES if given.get(name)]
    if len(shares) < len(_SHARES) or sum(shares) != 1:
        errors.append(FieldError("/supplier_share", "shares_incomplete", _SHARES_NEEDED))
    return errors
