"""The platform's first run: what its steps are, and which are done."""

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from ...identity.models import Party, Supplier, Tenant
from ...identity.settings import service as settings
from ...kit.i18n import Text
from ...money.models import CommissionRule
from ..common.first_run import GUIDES, Facts, Guide, Line, add_first_run
from . import blueprint

GUIDES[Party.PLATFORM] = Guide(
    Text("平台开张", "Open the platform"),
    (
        Line(
            "commission",
            Text("默认佣金", "Default commission"),
            Text("新平台从成本的 5% 开始；定下您自己的。", "A new platform begins with 5 % of cost; set your own."),
            Text("去设置", "Set it"),
            "admin.rules_list",
        ),
        Line(
            "hold",
            Text("结算周期", "Hold days"),
            Text("交付后多少天资金可提现。", "How long after delivery money becomes available."),
            Text("去设置", "Set it"),
            "admin.settings",
            anchor="hold",
        ),
        Line(
            "categories",
            Text("允许经营的分类", "Categories allowed"),
            Text("没有资质的分类可以先关闭。", "Close what you are not licensed for."),
            Text("去选择", "Choose"),
            "admin.settings",
            anchor="categories",
        ),
        Line(
            "supplier",
            Text("第一家供货商", "First supplier"),
            Text("邀请一家，或等待他们注册后审核。", "Invite one, or admit one who signed up."),
            Text("准入", "Admit"),
            "admin.suppliers_list",
        ),
        Line(
            "distributor",
            Text("第一家分销商", "First distributor"),
            Text("开通后店铺几秒上线。", "Their store is public in seconds."),
            Text("开通", "Create"),
            "admin.tenants_list",
        ),
    ),
    lambda session: facts(session),
)
add_first_run(blueprint)


def facts(session: Session) -> Facts:
    """Read from what each step is about; a new installation comes with one default rule."""
    decided = settings.decided(session)
    narrowed = ("sku_id", "product_id", "category_id", "supplier_id", "tenant_id")
    default = [getattr(CommissionRule, name).is_(None) for name in narrowed]
    rules = session.scalar(select(func.count()).select_from(CommissionRule).where(*default)) or 0
    done = {
        "commission": rules > 1,
        "hold": "hold_days" in decided,
        "categories": "closed_categories" in decided,
        "supplier": bool(session.scalar(select(exists().where(Supplier.id.is_not(None))))),
        "distributor": bool(session.scalar(select(exists().where(Tenant.id.is_not(None))))),
    }
    return Facts(done, {})
