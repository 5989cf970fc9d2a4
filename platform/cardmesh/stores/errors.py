"""Refusals about stores and their pages."""

from ..kit.errors import Conflict, MeshError, ValidationFailed
from ..kit.i18n import Text


class ThemeUnknown(ValidationFailed):
    code, text = "theme_unknown", Text("没有名为“{theme}”的主题", "There is no theme “{theme}”")


class LookInvalid(ValidationFailed):
    """The preset or the theme's settings; `errors` list each place."""

    code, text = "look_invalid", Text("主题外观或设置有误", "The preset or the theme's settings are not valid")


class ProfileInvalid(ValidationFailed):
    """The store's name, contact, announcement or other words; `errors` list each place."""

    code, text = "profile_invalid", Text("店铺资料有误", "The store's details are not valid")


class VersionMismatch(MeshError):
    """Somebody else changed it meanwhile; `version` is the one in force."""

    code, status = "version_mismatch", 412
    text = Text("内容已被他人修改，请刷新后重试", "Somebody changed this meanwhile; reload and try again")


class NothingToRollBackTo(Conflict):
    code, text = "no_earlier_build", Text("没有可以回退的版本", "There is no earlier build to go back to")


class CurrencyUnknown(ValidationFailed):
    code, text = "currency_unknown", Text("不支持的货币“{currency}”", "The currency “{currency}” is not supported")


class StoreClosed(Conflict):
    """No new orders while the store is in maintenance; those that were placed go on."""

    code = "store_closed"
    text = Text("店铺维护中，暂时无法下单", "The store is being worked on and takes no orders now")
