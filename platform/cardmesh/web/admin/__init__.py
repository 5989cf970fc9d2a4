"""The platform's console: review, parties, rules, the books, work, and what needs a decision."""

from apiflask import APIBlueprint

from ...identity.models import Party
from ...kit.i18n import Text
from ..common.console import NAVIGATION, NavItem, group, guard

blueprint = APIBlueprint("admin", __name__, url_prefix="/admin", enable_openapi=False)
guard(blueprint, Party.PLATFORM)

NAVIGATION[Party.PLATFORM] = (
    NavItem("admin.home", "首页", "Home", "◧"),
    NavItem("admin.insights", "数据", "Insights", "▥"),
    *group(
        Text("商户", "Parties"),
        NavItem("admin.review_list", "审核", "Review", "✓"),
        NavItem("admin.tenants_list", "分销商", "Distributors", "⌂"),
        NavItem("admin.suppliers_list", "供货商", "Suppliers", "▤"),
        NavItem("admin.documents_list", "实名审核", "Documents", "▣"),
    ),
    *group(
        Text("交易", "Trade"),
        NavItem("admin.orders_list", "订单", "Orders", "☰"),
        NavItem("admin.rules_list", "佣金规则", "Commission", "%"),
        NavItem("admin.tiers_list", "等级", "Tiers", "★"),
        NavItem("admin.rates_list", "汇率", "Rates", "⇋"),
    ),
    *group(
        Text("财务", "Finance"),
        NavItem("admin.ledger", "账本", "Ledger", "¥"),
        NavItem("admin.reports_page", "报表", "Reports", "▧"),
        NavItem("admin.withdrawals_list", "提现", "Withdrawals", "⇥"),
        NavItem("admin.payouts_list", "打款批次", "Payout runs", "⇶"),
        NavItem("admin.advances_list", "预支货款", "Advances", "◔"),
        NavItem("admin.payments_list", "收款与争议", "Payments", "⇆"),
        NavItem("admin.reconciliation_list", "对账", "Reconciliation", "≟"),
        NavItem("admin.events_list", "支付消息", "Payment events", "⇄"),
    ),
    *group(
        Text("系统", "System"),
        NavItem("admin.jobs_list", "任务", "Jobs", "⚙"),
        NavItem("admin.team_list", "团队", "Team", "☻"),
        NavItem("admin.keys_list", "API 密钥", "API keys", "#"),
        NavItem("admin.settings", "设置", "Settings", "⚒"),
        NavItem("admin.audit_list", "操作记录", "Audit", "≡"),
    ),
)

from . import (  # noqa: E402 - routes are added to the blueprint above
    account,
    advances,
    closes,
    commission,
    deposits,
    disputes,
    documents,
    find,
    first_run,
    home,
    insights,
    jobs,
    ledger,
    orders,
    parties,
    payments,
    payouts,
    reconciliation,
    review,
    settings,
    terms,
    visits,
)

__all__ = [
    "account",
    "advances",
    "blueprint",
    "closes",
    "commission",
    "deposits",
    "disputes",
    "documents",
    "find",
    "first_run",
    "home",
    "insights",
    "jobs",
    "ledger",
    "orders",
    "parties",
    "payments",
    "payouts",
    "reconciliation",
    "review",
    "settings",
    "terms",
    "visits",
]
