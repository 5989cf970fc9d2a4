"""Refusals about commission rules and splits."""

from ...kit.errors import Conflict, MeshError
from ...kit.i18n import Text


class LossGuard(MeshError):
    """A party would have to pay for the sale; `party` and `short_minor` say who and by how much."""

    code, status = "loss_guard", 409
    text = Text("售价低于进货价与费用之和，已停止销售", "The price is below cost plus fees, so it is not sold")


class NoRuleInForce(MeshError):
    """There is no default rule: an installation always has one (the first migration makes it)."""

    code, status = "commission_rule_missing", 500
    text = Text("没有生效的默认佣金规则", "No default commission rule is in force")


class RuleNeeded(Conflict):
    """The rule cannot end: it is the last default rule, or it ended already."""

    code = "commission_rule_needed"
    text = Text(
        "此规则不能终止：它已终止，或是唯一的默认规则",
        "This rule cannot end: it has ended already, or it is the only default rule",
    )
