"""Refusals of a sale. Each leaves everything as it was."""

from ..kit.errors import Conflict, NotFound, RateLimited, Unauthenticated, ValidationFailed
from ..kit.i18n import Text


class PriceChanged(Conflict):
    """`extra` has the new `total`, or the new `unit_cost` of the item that `errors` points at."""

    code, text = "price_changed", Text("价格已变动，请确认新价格", "The price has changed; confirm the new one")


class DuplicateExternalRef(Conflict):
    code = "duplicate_external_ref"
    text = Text("external_ref 已被另一笔内容不同的订单使用", "This external_ref belongs to an order with other content")


class BackorderUnavailable(ValidationFailed):
    code = "backorder_unavailable"
    text = Text("暂不支持缺货预订", "Backorders are not available")


class UnpaidOrderLimit(RateLimited):
    """A buyer cannot hold stock without paying for it."""

    code = "unpaid_order_limit"
    text = Text("未支付的订单过多，请先支付或等待其过期", "Too many unpaid orders; pay or let them expire first")


class OrderStateConflict(Conflict):
    """`extra`: the order's `state` and the states `allowed`."""

    code = "order_state_conflict"
    text = Text("订单当前状态为 {state}，不允许此操作", "The order is {state}, which does not allow this")


class UnitStateConflict(Conflict):
    code = "unit_state_conflict"
    text = Text("该商品当前状态为 {state}，不允许此操作", "This unit is {state}, which does not allow this")


class CollectorShortOfFunds(Conflict):
    """The store collects itself, and its wallet does not cover what supplier and platform get of this order."""

    code = "store_short_of_funds"
    text = Text("店铺暂时无法接受此订单，请稍后再试", "The store cannot take this order right now; try again later")


class ClaimStateConflict(Conflict):
    code, text = "claim_state_conflict", Text("该售后已处理或已存在", "The claim is decided, or one is open already")


class OrderNotFound(NotFound):
    """One answer for a wrong number, contact, password, token or store."""

    text = Text("未找到订单，请核对订单号与查询信息", "No order matches; check the number and what you entered")


class LinkExpired(Unauthenticated):
    code, status = "link_expired", 403
    text = Text("下载链接无效或已过期，请刷新订单页", "The link is not valid or has expired; reload the order page")


class DownloadLimitReached(Conflict):
    code, status = "download_limit_reached", 403
    text = Text("下载次数已用完（上限 {cap} 次）", "All {cap} downloads of this file have been used")
