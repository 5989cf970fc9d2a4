"""Commission rules: what is in force, a new one, what it would have changed."""

from datetime import timedelta
from decimal import Decimal

from flask import request
from sqlalchemy import select
from werkzeug.wrappers import Response

from ...goods.models import Category
from ...identity.models import Party, Supplier, Tenant
from ...insight.sales import sale_facts
from ...kit import clock
from ...kit.db import transaction
from ...kit.errors import MeshError
from ...kit.ids import parse_id
from ...money.commission import service as commission
from ...money.commission.drafts import Proposal
from ...money.models import CommissionRule, RuleBasis
from ..common import forms
from ..common.console import allow, done, keep_typed, refused, render, scope
from . import blueprint
from .names import party_names

TRIED = timedelta(days=30)
HUNDRED = Decimal(100)


@blueprint.get("/commission")
def rules_list() -> str:
    return _page()


@blueprint.post("/commission")
@allow("manager", "finance")
def rules_create() -> Response | str:
    """Switch a rule on, or only try it on the sales of the last 30 days."""
    try:
        with transaction(scope()) as session:
            proposal = _proposal()
            if request.form.get("try"):
                now = clock.now()
                tried = commission.simulate(
                    commission.propose(**proposal),
                    book=commission.load_rules(session, now),
                    sales=sale_facts(session, since=now - TRIED),
                )
            else:
                commission.create_rule(session, note=forms.text(request.form, "note"), **proposal)
                tried = None
    except MeshError as error:
        return refused(error, "admin.rules_list")
    if tried is None:
        return done("规则已生效", "The rule is in force", "admin.rules_list")
    keep_typed()
    return _page(tried)


@blueprint.post("/commission/<rule_id>/end")
@allow("manager", "finance")
def rules_end(rule_id: str) -> Response:
    try:
        with transaction(scope()) as session:
            commission.end_rule(session, rule_id=parse_id("rul", rule_id), reason=forms.text(request.form, "reason"))
    except MeshError as error:
        return refused(error, "admin.rules_list")
    return done("规则已终止", "The rule has ended", "admin.rules_list")


def _proposal() -> Proposal:
    form = request.form
    basis = RuleBasis(forms.choice(form, "basis", tuple(RuleBasis)))
    made = Proposal(basis=basis)
    if basis is RuleBasis.SHARE:
        for name in ("supplier_share", "platform_share", "distributor_share"):
            made[name] = forms.decimal(form, name, most="100") / HUNDRED
    else:
        made["rate"] = forms.decimal(form, "rate", most="100", default="0") / HUNDRED
        made["fee_rate"] = forms.decimal(form, "fee_rate", most="100", default="0") / HUNDRED
    for name, prefix in (("category", "cat"), ("supplier", "sup"), ("tenant", "ten")):
        if form.get(name):
            made[f"{name}_id"] = parse_id(prefix, form[name])
    return made


def _page(tried: commission.Simulation | None = None) -> str:
    with transaction(scope()) as session:
        rows = session.scalars(select(CommissionRule).order_by(CommissionRule.id.desc()).limit(200)).all()
        names = party_names(session)
        categories = session.scalars(select(Category).order_by(Category.sort)).all()
        suppliers = session.scalars(select(Supplier).order_by(Supplier.name).limit(500)).all()
        tenants = session.scalars(select(Tenant).order_by(Tenant.name).limit(500)).all()
    return render(
        "admin/rules.html",
        rows=rows,
        names=names,
        categories=categories,
        suppliers=suppliers,
        tenants=tenants,
        tried=tried,
        now=clock.now(),
        parties={Party.PLATFORM: ("平台", "Platform")},
    )
