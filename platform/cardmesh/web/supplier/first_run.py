"""A supplier's first run: what its steps are, which are done, and the two that are pages of their own."""

import uuid

from flask import url_for
from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ...goods.inventory import tries
from ...goods.models import Offer, OfferFile, OfferPrice, StockUnit
from ...identity.documents import verified
from ...identity.models import Party, PartyStatus
from ...identity.settings import service as settings
from ...identity.suppliers import admission
from ...identity.suppliers.service import get_supplier
from ...kit import tenancy
from ...kit.db import transaction
from ...kit.errors import MeshError
from ...kit.i18n import Text
from ...kit.ids import public_id
from ...trade.models import OrderUnit
from ..common.console import allow, done, person, refused
from ..common.first_run import GUIDES, Facts, Guide, Line, add_first_run
from ..common.requests import actor_of
from . import blueprint

GUIDES[Party.SUPPLIER] = Guide(
    Text("开始供货", "Start supplying"),
    (
        Line(
            "company",
            Text("公司与联系方式", "Company and contact"),
            Text("公司名称与验证过的邮箱。", "The company's name and a proven address."),
            Text("查看团队", "See the team"),
            "supplier.team_list",
        ),
        Line(
            "documents",
            Text("实名证件", "Documents"),
            Text(
                "营业执照，或身份证正反两面；加密保存。",
                "A business licence, or both sides of an identity card; kept encrypted.",
            ),
            Text("提交证件", "Send them"),
            "supplier.documents_list",
        ),
        Line(
            "product",
            Text("第一个商品", "First product"),
            Text("填一张表单，或导入整张表格。", "Fill in one form, or import a whole sheet."),
            Text("新增商品", "Add one"),
            "supplier.offers_new",
        ),
        Line(
            "stock",
            Text("库存", "Stock"),
            Text("粘贴、上传文件，或用 API 推送。", "Paste keys, upload a file, or push them over the API."),
            Text("补库存", "Add stock"),
            "supplier.offers_list",
        ),
        Line(
            "prices",
            Text("等级价与阶梯价", "Prices by tier and quantity"),
            Text("给大客户更低的价格，卖得更多。", "Lower prices for big buyers sell more."),
            Text("设价格", "Set prices"),
            "supplier.offers_list",
        ),
        Line(
            "delivery",
            Text("测试发货", "Test delivery"),
            Text("看看买家会收到什么；不会消耗库存。", "See what a buyer would receive; no stock is used up."),
            Text("去测试", "Try it"),
            "supplier.offers_list",
        ),
        Line(
            "payout",
            Text("提现", "Payout"),
            Text("证件审核通过后即可提现。", "You can withdraw once your documents are approved."),
            Text("看看资金", "See your money"),
            "supplier.wallet",
        ),
        Line(
            "submit",
            Text("提交审核", "Submit for review"),
            Text("平台通过后开始在所有店铺销售。", "Once the platform admits you, every store may sell your goods."),
            Text("提交", "Submit"),
            "supplier.start_submit",
            posted=True,
        ),
    ),
    lambda session: facts(session),
)
add_first_run(blueprint)


@blueprint.post("/start/submit")
@allow("manager")
def start_submit() -> Response:
    """Ask the platform to be looked at. A supplier's own row is the platform's to write."""
    try:
        with transaction(tenancy.platform(actor_of(person()))) as session:
            admission.submit(session, supplier_id=person().party_id)
    except MeshError as error:
        return refused(error, "supplier.home")
    return done("已提交，审核结果会通过邮件通知", "Submitted; you hear from us by e-mail", "supplier.home")


def facts(session: Session) -> Facts:
    """Read from what each step is about."""
    supplier_id = person().party_id
    supplier = get_supplier(session, supplier_id)
    newest = session.scalar(select(Offer.id).where(Offer.supplier_id == supplier_id).order_by(Offer.id.desc()).limit(1))
    sold = _any(session, OrderUnit.supplier_id == supplier_id)
    done = {
        "company": True,
        "documents": verified.is_sent(session, supplier_id),
        "product": newest is not None,
        "stock": sold or _has_stock(session, supplier_id),
        "prices": _any(session, OfferPrice.supplier_id == supplier_id),
        "delivery": sold or tries.was_tried(session, supplier_id),
        "payout": _can_withdraw(session),
        "submit": supplier.status != PartyStatus.PENDING or supplier.submitted_at is not None,
    }
    return Facts(done, _places(newest))


def _places(newest: uuid.UUID | None) -> dict[str, str]:
    """Stock, prices and the test belong to an offer: the one that was made last."""
    if newest is None:
        return {}
    anchors = {"stock": "stock", "prices": "prices", "delivery": "try"}
    offer_id = public_id("off", newest)
    return {step: url_for("supplier.offer", offer_id=offer_id, _anchor=anchor) for step, anchor in anchors.items()}


def _has_stock(session: Session, supplier_id: uuid.UUID) -> bool:
    kinds = (StockUnit.supplier_id, OfferFile.supplier_id)
    return any(_any(session, owner == supplier_id) for owner in kinds)


def _can_withdraw(session: Session) -> bool:
    return not settings.read(session).papers_before_payout or verified.is_verified(session, person().party_id)


def _any(session: Session, condition: ColumnElement[bool]) -> bool:
    return bool(session.scalar(select(exists().where(condition))))
