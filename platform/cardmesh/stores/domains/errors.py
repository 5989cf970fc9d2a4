"""Refusals about domains."""

from ...kit.errors import Conflict, ValidationFailed
from ...kit.i18n import Text


class DomainInvalid(ValidationFailed):
    """Not a name that can be a store's own; `errors` say why."""

    code, text = "domain_invalid", Text("该域名不可用", "This domain cannot be used")


class DomainAlreadyAdded(Conflict):
    code, text = "domain_already_added", Text("您已添加过 {host}", "You have added {host} already")


class TooManyDomains(Conflict):
    code, text = "too_many_domains", Text("最多添加 {most} 个域名", "At most {most} domains")


class DomainNotProven(Conflict):
    code = "domain_not_proven"
    text = Text("请先完成域名验证", "Prove the domain first")
