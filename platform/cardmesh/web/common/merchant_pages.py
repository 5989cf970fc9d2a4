"""The accounts at gateways: connect, test, use, disconnect. The same on the distributor's and the platform's screen.

A secret is typed once and never comes back: not on the page, not after a refusal.
"""

import uuid
from collections.abc import Callable

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ...kit.db import transaction
from ...kit.errors import MeshError
from ...kit.i18n import Text
from ...kit.ids import parse_id
from ...money.payments import channels
from ...money.payments.gateways.registry import KINDS
from ...money.payments.merchants import queries
from ...money.payments.merchants import service as merchants
from ...money.payments.models import Merchant, MerchantStatus
from ...money.payments.rules import channel
from . import forms
from .console import allow, done, scope, sent_back
from .format import Badge
from .names import gateway_name
from .requests import locale
from .step_up import step_up
from .tables import Asked, Table, columns, empty, screen, whole
from .tables.screen import More
from .troubles import Troubles, add_retry

ACTIVE = MerchantStatus.ACTIVE
LIVE, TEST = Badge(Text("正式", "Live"), ""), Badge(Text("测试", "Test"), "muted")
COLLECTING, IDLE = Badge(Text("收款中", "Collecting"), "good"), Badge(Text("未启用", "Not in use"), "muted")
WORKS = Badge(Text("正常", "Works"), "good")


def merchants_of(owner: Callable[[], uuid.UUID]) -> Table:
    """The accounts that an owner has connected."""

    def read(session: Session, _asked: Asked) -> list[Merchant]:
        return [row for row in queries.of_owner(session, owner()) if row.status != MerchantStatus.RETIRED]

    return Table(
        name="merchants",
        prefix="accounts_",
        title=Text("已连接的账户", "Connected accounts"),
        source=whole(read),
        columns=(
            columns.text("gateway", "渠道", "Gateway", lambda row: gateway_name(row.gateway)),
            columns.code("account", "账户", "Account", lambda row: row.account),
            columns.badge("mode", "模式", "Mode", lambda row: LIVE if row.livemode else TEST, roomy=True),
            columns.badge("status", "状态", "State", lambda row: COLLECTING if row.status == ACTIVE else IDLE),
            columns.own("check", "最近测试", "Last test", lambda row: row.problem or WORKS.text.render(locale())),
            columns.time("checked", "测试时间", "Tested", lambda row: row.checked_at, only_file=True),
            columns.own("hook", "通知地址", "Address for its messages", _hook, roomy=True),
            columns.actions(),
        ),
        empty=empty(
            "还没有连接账户",
            "No accounts yet",
            "在下方连接一个；凭据会先测试，再加密保存，之后不再显示。",
            "Connect one below; its keys are tried first, then kept encrypted and never shown again.",
        ),
    )


def add_merchant_pages(
    blueprint: Blueprint, owner: Callable[[], uuid.UUID], troubles: Troubles, template: str, more: More
) -> None:
    """`/payments` and what can be done there; `more` adds what a console shows besides."""
    back = f"{blueprint.name}.payments_list"
    lists = (troubles.disputed(), troubles.failed(), merchants_of(owner))
    add_retry(blueprint, troubles)

    @blueprint.get("/payments")
    def payments_list() -> ResponseReturnValue:
        return screen(*lists, template=template, more=more, hook=_hook, face=blueprint.name, retry=troubles.roles)

    @blueprint.post("/payments")
    @allow()
    @step_up
    def merchants_connect() -> Response:
        """Asks the gateway before anything is kept."""
        try:
            gateway = forms.choice(request.form, "gateway", tuple(KINDS))
            merchants.connect(scope(), owner_id=owner(), gateway=gateway, fields=request.form)
        except MeshError as error:
            return sent_back(error, back)
        return done("已连接，可以启用", "Connected; it can be used now", back)

    @blueprint.post("/payments/<merchant_id>/check")
    @allow("finance", "manager")
    def merchants_check(merchant_id: str) -> Response:
        try:
            problem = merchants.check(scope(), owner_id=owner(), merchant_id=parse_id("mch", merchant_id))
        except MeshError as error:
            return sent_back(error, back)
        if problem:
            return done("连接测试失败：见下方说明", "The test failed; see below", back)
        return done("连接正常", "The connection works", back)

    @blueprint.post("/payments/<merchant_id>/use")
    @allow()
    @step_up
    def merchants_use(merchant_id: str) -> Response:
        return _change(merchants.activate, merchant_id, "已启用", "It takes payments now")

    @blueprint.post("/payments/<merchant_id>/pause")
    @allow()
    @step_up
    def merchants_pause(merchant_id: str) -> Response:
        return _change(merchants.pause, merchant_id, "已停用", "It takes no new payments")

    @blueprint.post("/payments/<merchant_id>/retire")
    @allow()
    @step_up
    def merchants_retire(merchant_id: str) -> Response:
        return _change(merchants.retire, merchant_id, "已断开", "Disconnected")

    def _change(verb: Callable[..., Merchant], merchant_id: str, zh: str, en: str) -> Response:
        try:
            with transaction(scope()) as session:
                verb(session, owner_id=owner(), merchant_id=parse_id("mch", merchant_id))
        except MeshError as error:
            return sent_back(error, back)
        return done(zh, en, back)


def _hook(row: Merchant) -> str:
    """Where the gateway has to send this account's messages."""
    return channels.hook_url(channel(row.gateway, row.id))
