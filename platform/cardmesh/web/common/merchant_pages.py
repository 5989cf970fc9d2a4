"""The accounts at gateways: connect, test, use, disconnect. The same on the distributor's and the platform's screen.

A secret is typed once and never comes back: not on the page, not after a refusal.
"""

import uuid
from collections.abc import Callable
from typing import Any

from flask import Blueprint, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ...kit.db import transaction
from ...kit.errors import MeshError
from ...kit.ids import parse_id
from ...money.payments import channels
from ...money.payments.gateways.registry import KINDS
from ...money.payments.merchants import queries
from ...money.payments.merchants import service as merchants
from ...money.payments.models import Merchant, MerchantStatus
from ...money.payments.rules import channel
from . import forms
from .console import allow, done, render, scope, sent_back
from .step_up import step_up


def add_merchant_pages(
    blueprint: Blueprint, owner: Callable[[], uuid.UUID], template: str, more: Callable[[Session], dict[str, Any]]
) -> None:
    """`/payments` and what can be done there; `more` adds what a console shows besides."""
    back = f"{blueprint.name}.payments_list"

    @blueprint.get("/payments")
    def payments_list() -> str:
        with transaction(scope()) as session:
            rows = queries.of_owner(session, owner())
            besides = more(session)
        shown = [row for row in rows if row.status != MerchantStatus.RETIRED]
        return render(template, rows=shown, kinds=KINDS, hook=_hook, face=blueprint.name, **besides)

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
