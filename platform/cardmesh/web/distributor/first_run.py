"""A distributor's first run: what its steps are, and which are done."""

from decimal import Decimal

from sqlalchemy import ColumnElement, and_, exists, select
from sqlalchemy.orm import Session

from ...goods.listings.service import Markup
from ...goods.models import Listing
from ...goods.pricing.models import MarkupRule
from ...identity.documents import verified
from ...identity.models import Party
from ...identity.settings import service as settings
from ...kit.i18n import Text
from ...money.payments.merchants.routes import routes
from ...stores.models import Store, StoreHost
from ...trade.models import Order
from ...trade.trials import service as trials
from ..common.console import person
from ..common.first_run import GUIDES, Facts, Guide, Line, add_first_run
from . import blueprint
from .own import own_store

GUIDES[Party.DISTRIBUTOR] = Guide(
    Text("三分钟开张", "Your store in three minutes"),
    (
        Line(
            "name",
            Text("店名与地址", "Name and address"),
            Text("店铺已在自己的子域名上线。", "Your store is public on its own address."),
            Text("修改", "Change"),
            "distributor.store",
        ),
        Line(
            "look",
            Text("选一套外观", "Pick a look"),
            Text("选好后几秒即在您的店铺生效，之后随时可换。", "Live in seconds; change it whenever you like."),
            Text("选外观", "Pick"),
            "distributor.start_look",
        ),
        Line(
            "goods",
            Text("选商品", "Pick your goods"),
            Text("按分类打包好的现货，一键上架。", "Ready bundles of goods in stock: one press each."),
            Text("选商品", "Pick goods"),
            "distributor.start_goods",
        ),
        Line(
            "markup",
            Text("定加价", "Set your markup"),
            Text("拖动滑块，实时看到每件利润。", "One slider; the profit of real goods moves with it."),
            Text("定价", "Set it"),
            "distributor.start_markup",
        ),
        Line(
            "payment",
            Text("开通收款", "Get paid"),
            Text("买家付款已就绪；提交证件后您可以提现。", "Buyers can pay already; send your documents to withdraw."),
            Text("去开通", "Set up"),
            "distributor.start_payment",
        ),
        Line(
            "trial",
            Text("试下一单", "Place a test order"),
            Text("在真实店铺里走一遍，不收款也不发真卡密。", "Buy in your real store; nothing is charged or used up."),
            Text("去试单", "Try it"),
            "distributor.start_trial",
        ),
        Line(
            "live",
            Text("绑定自己的域名", "Go live on your own domain"),
            Text("店铺已可在子域名营业；也可以换成自己的域名。", "You sell on your subdomain now; or add your own."),
            Text("添加域名", "Add a domain"),
            "distributor.domains_list",
        ),
    ),
    lambda session: facts(session),
)
add_first_run(blueprint)


def facts(session: Session) -> Facts:
    """Read from what each step is about."""
    tenant_id, store = person().party_id, own_store(session)
    mine = Listing.tenant_id == tenant_id
    bought = exists().where(Order.tenant_id == tenant_id, Order.channel != "api", Order.paid_at.is_not(None))
    done = {
        "name": True,
        "look": store.version > 1,
        "goods": bool(session.scalar(select(exists().where(mine)))),
        "markup": bool(session.scalar(select(exists().where(_ruled(store)) | exists().where(mine, _priced())))),
        "payment": _can_be_paid(session, store),
        "trial": trials.any_placed(session, tenant_id) or bool(session.scalar(select(bought))),
        "live": _has_domain(session, store),
    }
    return Facts(done, {})


START = Markup(Decimal(10), round_to_minor=10)
"""The markup of bundles before anybody has chosen one; prices end in a tenth of a unit, as shops here do."""


def _ruled(store: Store) -> ColumnElement[bool]:
    return and_(MarkupRule.tenant_id == store.tenant_id, MarkupRule.store_id == store.id)


def _priced() -> ColumnElement[bool]:
    """A listing that somebody gave a price of its own, not the one that bundles begin with."""
    return Listing.markup_percent.is_distinct_from(START.percent)


def _can_be_paid(session: Session, store: Store) -> bool:
    """Buyers can pay, and the money can leave for the owner: papers are there, or none are asked for."""
    if not routes(session, tenant_id=store.tenant_id, currency=store.currency):
        return False
    return not settings.read(session).papers_before_payout or verified.is_sent(session, person().party_id)


def _has_domain(session: Session, store: Store) -> bool:
    own = (StoreHost.tenant_id == store.tenant_id, StoreHost.store_id == store.id)
    hosts = session.scalars(select(StoreHost.host).where(*own).limit(2)).all()
    return len(hosts) > 1
