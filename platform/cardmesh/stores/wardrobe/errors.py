"""Refusals about uploaded themes."""

from ...kit.errors import Conflict, ValidationFailed
from ...kit.i18n import Text


class PackageTooLarge(ValidationFailed):
    code, text = "theme_too_large", Text("主题包不能超过 {megabytes} MB", "A theme may be {megabytes} MB at most")


class ThemeLimit(Conflict):
    code = "theme_limit"
    text = Text("最多保存 {most} 个主题版本，请先删除不用的", "At most {most} versions are kept; delete some first")


class ThemeWorn(Conflict):
    code = "theme_worn"
    text = Text("店铺或草稿正在使用这个主题，不能删除", "A store or its draft wears this theme; it cannot be deleted")
