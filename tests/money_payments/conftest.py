"""Every test here may pay: the installation collects through simulators of Stripe, Alipay and WeChat Pay."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

from cardmesh.app import create_app
from cardmesh.kit.db import db
from cardmesh.settings import Settings
from cardmesh.sims.alipay import AlipaySim, running_alipay
from cardmesh.sims.wechat import WechatSim, running_wechat
from tests.fixtures.market import Market, StripeDesk
from tests.money_payments.tills import AlipayTill, StripeTill, Till, WechatTill, counter

WAYS = ("stripe", "alipay-code", "alipay-phone", "wechat-code", "wechat-phone")


@pytest.fixture(scope="session")
def alipay() -> Iterator[AlipaySim]:
    with running_alipay() as sim:
        yield sim


@pytest.fixture(scope="session")
def wechat() -> Iterator[WechatSim]:
    with running_wechat() as sim:
        yield sim


@pytest.fixture
def app(paying: Settings, alipay: AlipaySim, wechat: WechatSim) -> Iterator[Flask]:
    made = create_app(replace(paying, alipay_api_base=alipay.base, wechat_api_base=wechat.base))
    with made.app_context():
        yield made
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(params=WAYS)
def till(
    request: pytest.FixtureRequest, app: Flask, stripe_desk: StripeDesk, alipay: AlipaySim, wechat: WechatSim
) -> Iterator[Till]:
    kind, _, way = request.param.partition("-")
    if kind == "stripe":
        yield StripeTill(stripe_desk)
        return
    with counter(alipay if kind == "alipay" else wechat) as made:
        made.phone = way == "phone"
        yield made


@pytest.fixture(params=["alipay", "wechat"])
def own_till(
    request: pytest.FixtureRequest, app: Flask, market: Market, alipay: AlipaySim, wechat: WechatSim
) -> Iterator[AlipayTill | WechatTill]:
    """The market's distributor collects itself, and can cover some orders."""
    market.fund(100_000)
    with counter(alipay if request.param == "alipay" else wechat, market.tenant_id) as made:
        yield made
