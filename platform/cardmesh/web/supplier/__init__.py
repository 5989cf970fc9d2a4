"""The supplier's console: offers, stock, imports, what was sold, money."""

from apiflask import APIBlueprint

from ...identity.models import Party
from ...kit.i18n import Text
from ..common.console import NAVIGATION, NavItem, group, guard
from .own import guard_suspended

blueprint = APIBlueprint("supplier", __name__, url_prefix="/supplier", enable_openapi=False)
guard(blueprint, Party.SUPPLIER)
guard_suspended(blueprint)

NAVIGATION[Party.SUPPLIER] = (
    NavItem("supplier.home", "首页", "Home", "◧"),
    NavItem("supplier.insights", "数据", "Insights", "▥"),
    NavItem("supplier.sold_list", "销售", "Sold", "✓"),
    *group(
        Text("商品", "Goods"),
        NavItem("supplier.offers_list", "供货", "Offers", "▤"),
        NavItem("supplier.imports_list", "导入", "Import", "⇪"),
    ),
    *group(
        Text("财务", "Finance"),
        NavItem("supplier.wallet", "资金", "Money", "¥"),
        NavItem("supplier.reports_page", "报表", "Reports", "▧"),
        NavItem("supplier.rules", "佣金规则", "Commission", "%"),
    ),
    *group(
        Text("账户", "Account"),
        NavItem("supplier.documents_list", "证件", "Documents", "▣"),
        NavItem("supplier.team_list", "团队", "Team", "☻"),
        NavItem("supplier.keys_list", "API 密钥", "API keys", "#"),
        NavItem("supplier.audit_list", "操作记录", "Audit", "≡"),
    ),
)

from . import (  # noqa: E402, F401 - views are added to the blueprint above
    account,
    advances,
    find,
    first_run,
    home,
    imports,
    insights,
    money,
    offers,
    prices,
    sold,
)
