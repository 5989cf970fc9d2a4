"""Refusals about stock."""

from ...kit.errors import Conflict, NotFound, ValidationFailed
from ...kit.i18n import Text


class OutOfStock(Conflict):
    """Nothing was taken."""

    code, text = "insufficient_stock", Text("库存不足", "Not enough in stock")


class KeyMissing(NotFound):
    """A key that was sold cannot be found: never expected, always worth an alarm."""

    text = Text("找不到该卡密", "This key cannot be found")


class NotKeyed(ValidationFailed):
    code = "offer_takes_no_keys"
    text = Text("该供货不是卡密类型，不能上传卡密", "This offer is not of kind card_key and takes no keys")


class NotCapped(ValidationFailed):
    code = "stock_cap_not_for_keys"
    text = Text(
        "卡密类供货的库存即卡池数量，不能另设库存上限",
        "The stock of a card_key offer is its pool of keys; it takes no stock cap",
    )


class CapInvalid(ValidationFailed):
    code = "stock_cap_invalid"
    text = Text("库存上限须为 0 到 {limit} 的整数", "A stock cap is a whole number from 0 to {limit}")
