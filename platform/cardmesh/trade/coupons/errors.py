"""Why a coupon is refused. The codes are also a quote's word for it."""

from ...kit.errors import Conflict, ValidationFailed
from ...kit.i18n import Text


class CouponNotFound(Conflict):
    """Unknown, paused, not begun, over: a stranger learns no more."""

    code, text = "coupon_not_found", Text("优惠码不存在或已失效", "This coupon does not exist or is not valid now")


class CouponUsedUp(Conflict):
    code, text = "coupon_used_up", Text("优惠码已被用完", "This coupon has been used up")


class CouponUsedByBuyer(Conflict):
    code = "coupon_used_by_buyer"
    text = Text("您使用此优惠码的次数已达上限", "You have used this coupon as often as it allows")


class CouponGoods(Conflict):
    code, text = "coupon_goods", Text("优惠码不适用于这些商品", "This coupon is not for these goods")


class CouponThreshold(Conflict):
    """`extra`: `threshold` and `reached`, in minor units of the order's currency."""

    code = "coupon_threshold"
    text = Text("满 {threshold} 才能使用此优惠码", "This coupon needs goods for {threshold} or more")


class CouponNotApplicable(Conflict):
    """The distributor's share cannot bear the discount, a supplier's lowest price forbids it, or nothing is left."""

    code = "coupon_not_applicable"
    text = Text("优惠码不能用于这笔订单", "This coupon cannot be used for this order")


class CouponTaken(Conflict):
    code, text = "coupon_code_taken", Text("此优惠码已存在", "There is a coupon with this code already")


class CouponInvalid(ValidationFailed):
    """Each fault stands at its field in `errors`."""

    code = "coupon_invalid"
    text = Text("优惠券内容有误", "The coupon is not valid")


class CouponLoses(Conflict):
    """Some goods cannot bear it. `extra`: how many (`count`) and up to five `names`."""

    code = "coupon_loses"
    text = Text(
        "优惠力度超过了 {count} 件商品的利润（如 {names}）：请降低优惠、提高门槛或限定商品",
        "The discount is more than the profit of {count} items (such as {names}): give less, ask for more, or narrow"
        " the goods",
    )
