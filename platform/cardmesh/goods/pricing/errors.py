"""Why a price or a line is refused. The codes are also the `problem` of a `PricedLine`."""

from ...kit.errors import Conflict, ValidationFailed
from ...kit.i18n import Text
from ...money.commission.errors import LossGuard as SplitRefused


class ListingNotActive(Conflict):
    code, text = "listing_not_active", Text("该商品未上架或已下架", "This item is not on sale in this store")


class OfferNotActive(Conflict):
    code = "offer_not_active"
    text = Text("该规格目前没有生效的供货", "No supplier has an active offer for this SKU")


class QuantityOutOfRange(ValidationFailed):
    """`minimum`, `maximum`: what the offers allow."""

    code = "quantity_out_of_range"
    text = Text("购买数量须在 {minimum} 到 {maximum} 之间", "The quantity must be from {minimum} to {maximum}")


class PriceRuleMissing(Conflict):
    code = "price_rule_missing"
    text = Text("没有适用于该商品的店铺加价规则", "No markup rule of the store fits this item")


class RetailOutOfBounds(Conflict):
    """The supplier lets its goods be sold from `least` to `most` (each may be missing), in minor units."""

    code = "retail_out_of_bounds"
    text = Text(
        "售价 {retail} 超出供货商限定的范围（{bounds}）",
        "The price {retail} is outside the supplier's limits ({bounds})",
    )


class LossGuard(SplitRefused):
    """The distributor would lose money. `extra` has `retail`, `cost`, `fees`, `loss` in minor units, and `currency`."""

    text = Text(
        "售价 {retail} 低于进货价 {cost} 加费用 {fees}，每件亏损 {loss}（{currency}）",
        "The price {retail} is below the cost {cost} plus fees {fees}: a loss of {loss} {currency} a unit",
    )
