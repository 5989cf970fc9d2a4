"""Tiers and exchange rates: what they are, and others."""

from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy import func, or_, select
from werkzeug.wrappers import Response

from ...goods.pricing.fx import set_rate
from ...identity.models import Tenant
from ...kit.db import transaction
from ...kit.errors import MeshError
from ...kit.i18n import Text
from ...money.fx.models import FxRate
from ...trade.tiers import service as tiers
from ...trade.tiers.rules import DEFAULT_GRACE_DAYS, Threshold
from ..common import forms
from ..common.console import allow, done, refused, render, scope
from ..common.tables import Table, columns, empty, filters, listed, screen
from . import blueprint

MOST = 8
"""Tiers that the form has; the verb takes more."""
CURRENCY = "CNY"


@blueprint.get("/tiers")
def tiers_list() -> str:
    with transaction(scope()) as session:
        levels = tiers.levels(session)
        counted = dict(session.execute(select(Tenant.tier, func.count()).group_by(Tenant.tier)).all())
    return render("admin/tiers.html", levels=levels, counted=counted, most=MOST, grace=DEFAULT_GRACE_DAYS,
                  currency=levels[0].currency if levels else CURRENCY)  # fmt: skip


@blueprint.post("/tiers")
@allow("manager")
def tiers_set() -> Response:
    """All of them at once, from VIP1 up; a tier without a threshold ends the list."""
    form = request.form
    try:
        drafts = [Threshold("VIP1", 0, forms.whole(form, "grace_1", most=365, default=DEFAULT_GRACE_DAYS))]
        for number in range(2, MOST + 1):
            amount = forms.optional_money(form, f"threshold_{number}", CURRENCY)
            if amount is None:
                break
            days = forms.whole(form, f"grace_{number}", most=365, default=DEFAULT_GRACE_DAYS)
            drafts.append(Threshold(f"VIP{number}", amount.minor, days))
        with transaction(scope()) as session:
            tiers.set_levels(session, drafts, currency=CURRENCY)
    except MeshError as error:
        return refused(error, "admin.tiers_list")
    return done("等级已保存", "The tiers are saved", "admin.tiers_list")


RATES = Table(
    name="exchange-rates",
    title=Text("汇率", "Exchange rates"),
    source=listed(lambda: select(FxRate), FxRate.id),
    columns=(
        columns.text("pair", "货币对", "Pair", lambda row: f"{row.base} → {row.quote}"),
        columns.count("rate", "汇率", "Rate", lambda row: row.rate.normalize()),
        columns.prose("source", "来源", "Source", lambda row: row.source),
        columns.time("stated", "时间", "Time", lambda row: row.stated_at, sort=FxRate.id),
    ),
    filters=(filters.search("货币", "Currency", lambda q: or_(FxRate.base == q.upper(), FxRate.quote == q.upper())),),
    empty=empty(
        "还没有汇率",
        "No rates yet",
        "供货货币与店铺货币相同时不需要汇率。",
        "None is needed while goods are offered in the stores' currency.",
    ),
)


@blueprint.get("/rates")
def rates_list() -> ResponseReturnValue:
    return screen(RATES, template="admin/rates.html")


@blueprint.post("/rates")
@allow("manager")
def rates_set() -> Response:
    form = request.form
    try:
        with transaction(scope()) as session:
            set_rate(
                session,
                base=forms.text(form, "base", required=True, most=3).upper(),
                quote=forms.text(form, "quote", required=True, most=3).upper(),
                rate=forms.decimal(form, "rate", most="1000000000"),
                source=forms.text(form, "source", required=True, most=200),
            )
    except MeshError as error:
        return refused(error, "admin.rates_list")
    return done("汇率已生效，店铺价格随即更新", "In force; stores are priced anew", "admin.rates_list")
