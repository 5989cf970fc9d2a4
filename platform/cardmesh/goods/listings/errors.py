"""Refusals about listings."""

from ...kit.errors import MeshError, ValidationFailed
from ...kit.i18n import Text


class PriceRuleInvalid(ValidationFailed):
    code = "price_rule_invalid"
    text = Text("请设置固定售价或加价规则，二者选一", "Set either a retail price or a markup, not both")


class RetailInvalid(ValidationFailed):
    code, text = "retail_invalid", Text("售价须大于 0", "The retail price must be greater than zero")


class MarkupInvalid(ValidationFailed):
    code = "markup_invalid"
    text = Text(
        "加价比例须在 -100% 到 {limit}% 之间（最多四位小数），进位与底价须为有效金额",
        "A markup is from -100 to {limit} percent with at most four decimals; rounding and floor are valid amounts",
    )


class BulkInvalid(ValidationFailed):
    code = "bulk_steps_invalid"
    text = Text(
        "批量优惠最多 {limit} 档：数量从 2 起递增，折扣在 0 到 100% 之间且递增",
        "A bulk discount has at most {limit} steps: quantities from 2 on and percents below 100, both rising",
    )


class StatusInvalid(ValidationFailed):
    code, text = "listing_status_invalid", Text("状态须为 active 或 paused", "The status is active or paused")


class VersionMismatch(MeshError):
    code, status = "version_mismatch", 412
    text = Text(
        "内容已被他人修改（当前版本 {version}），请刷新后重试",
        "It has changed meanwhile (version {version}); reload it",
    )
