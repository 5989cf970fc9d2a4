"""Refusals about offers."""

from ...kit.errors import Conflict, MeshError, ValidationFailed
from ...kit.i18n import Text


class OfferExists(Conflict):
    """`extra["offer"]` is the id of the one that is there."""

    code = "offer_exists"
    text = Text(
        "您已为该规格提供过同类供货，请修改原供货",
        "You already have an offer of this kind for this SKU; change that one",
    )


class OfferState(Conflict):
    """`extra`: `state` and the `allowed` ones."""

    code = "offer_state"
    text = Text("供货当前状态为 {state}，仅在 {allowed} 时可执行此操作", "The offer is {state}; this needs {allowed}")


class VersionMismatch(MeshError):
    code, status = "version_mismatch", 412
    text = Text(
        "内容已被他人修改（当前版本 {version}），请刷新后重试",
        "It has changed meanwhile (version {version}); reload it",
    )


class KindUnsupported(ValidationFailed):
    code, text = "kind_unsupported", Text("暂不支持的商品类型“{kind}”", "Goods of kind “{kind}” are not supported")


class PriceInvalid(ValidationFailed):
    code = "price_invalid"
    text = Text("价格须为大于 0 的整数（最小货币单位）", "A price is a whole number of minor units above zero")


class TierUnknown(ValidationFailed):
    code, text = (
        "tier_unknown",
        Text("未知等级“{tier}”，应为 VIP1 至 VIP99", "Unknown tier “{tier}”; use VIP1 to VIP99"),
    )


class PriceNotLower(ValidationFailed):
    """`what`: the tier or quantity whose price is above the base price."""

    code = "price_above_base"
    text = Text("{what} 的价格高于供货价", "The price for {what} is above the base price")


class QuantitiesInvalid(ValidationFailed):
    code = "quantities_invalid"
    text = Text(
        "起购数量须不小于 1，限购数量须不小于起购数量且不超过 {limit}",
        "The minimum is at least 1, the maximum at least the minimum and at most {limit}",
    )


class QuantityPricesInvalid(ValidationFailed):
    code = "quantity_prices_invalid"
    text = Text(
        "阶梯价的数量须从 2 起且不重复，最多 {limit} 级",
        "Quantity prices start at 2 units, name each quantity once, and have at most {limit} steps",
    )


class RetailBoundsInvalid(ValidationFailed):
    code = "retail_bounds_invalid"
    text = Text(
        "最低零售价与最高零售价须大于 0，且最低不高于最高",
        "The least and the most retail price are above zero, the least not above the most",
    )


class WarrantyInvalid(ValidationFailed):
    code = "warranty_invalid"
    text = Text("质保须为 0 到 {limit} 小时", "The warranty is 0 to {limit} hours")


class ReasonMissing(ValidationFailed):
    code, text = "reason_missing", Text("请填写原因", "Give a reason")


class DecisionUnknown(ValidationFailed):
    code, text = "decision_unknown", Text("审核结果须为 approve 或 reject", "The decision is approve or reject")


class NotAFile(ValidationFailed):
    code, text = "offer_takes_no_file", Text("该供货不是文件类型", "This offer is not of kind file")


class FileInvalid(ValidationFailed):
    code = "file_invalid"
    text = Text("文件须有名称、非空且不超过 {limit} 字节", "A file has a name and 1 to {limit} bytes")


class DownloadCapInvalid(ValidationFailed):
    code, text = "download_cap_invalid", Text("下载次数须为 1 到 {limit}", "The download cap is 1 to {limit}")
