"""The distributor's console: what may be sold, what is, to whom, for how much, and the store that shows it."""

from apiflask import APIBlueprint

from ...identity.models import Party
from ...kit.i18n import Text
from ..common.console import NAVIGATION, NavItem, group, guard
from .own import guard_suspended

blueprint = APIBlueprint("distributor", __name__, url_prefix="/distributor", enable_openapi=False)
guard(blueprint, Party.DISTRIBUTOR)
guard_suspended(blueprint)

NAVIGATION[Party.DISTRIBUTOR] = (
    NavItem("distributor.home", "首页", "Home", "◧"),
    NavItem("distributor.insights", "数据", "Insights", "▥"),
    NavItem("distributor.orders_list", "订单", "Orders", "☰"),
    NavItem("distributor.claims_list", "售后", "Claims", "⚑"),
    *group(
        Text("商品", "Goods"),
        NavItem("distributor.catalogue_list", "货源", "Catalogue", "▦"),
        NavItem("distributor.goods_list", "我的商品", "My goods", "▤"),
        NavItem("distributor.markups_list", "加价规则", "Markup rules", "％"),
        NavItem("distributor.coupons_list", "优惠券", "Coupons", "✂"),
    ),
    *group(
        Text("店铺", "Store"),
        NavItem("distributor.store", "店铺", "Store", "⌂"),
        NavItem("distributor.themes_list", "主题", "Themes", "◩"),
        NavItem("distributor.domains_list", "域名", "Domains", "@"),
        NavItem("distributor.embed_page", "嵌入", "Embed", "▣"),
    ),
    *group(
        Text("财务", "Finance"),
        NavItem("distributor.wallet", "资金", "Wallet", "¥"),
        NavItem("distributor.payments_list", "收款", "Payments", "⇆"),
        NavItem("distributor.reports_page", "报表", "Reports", "▧"),
        NavItem("distributor.rules", "佣金规则", "Commission", "%"),
        NavItem("distributor.tier", "等级", "Tier", "★"),
    ),
    *group(
        Text("账户", "Account"),
        NavItem("distributor.documents_list", "证件", "Documents", "▣"),
        NavItem("distributor.team_list", "团队", "Team", "☻"),
        NavItem("distributor.keys_list", "API 密钥", "API keys", "#"),
        NavItem("distributor.webhooks_list", "Webhook", "Webhooks", "⇄"),
        NavItem("distributor.audit_list", "操作记录", "Audit", "≡"),
    ),
)

from . import (  # noqa: E402 - views are added to the blueprint above
    account,
    bulk,
    catalogue,
    claims,
    conditions,
    coupons,
    customizer,
    domains,
    embed,
    find,
    first_run,
    goods,
    home,
    insights,
    markups,
    orders,
    payments,
    start,
    store,
    themes,
    wallet,
    webhooks,
)

__all__ = [
    "account",
    "blueprint",
    "bulk",
    "catalogue",
    "claims",
    "conditions",
    "coupons",
    "customizer",
    "domains",
    "embed",
    "find",
    "first_run",
    "goods",
    "home",
    "insights",
    "markups",
    "orders",
    "payments",
    "start",
    "store",
    "themes",
    "wallet",
    "webhooks",
]
