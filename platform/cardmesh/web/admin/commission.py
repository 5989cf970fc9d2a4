"""Commission rules: what is in force and what comes, a new one, what it would have changed."""

import uuid
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from flask import request
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ...goods.models import Category, Product, Sku
from ...identity.models import Party, Supplier, Tenant
from ...insight.sales import sale_facts
from ...kit import clock
from ...kit.db import transaction
from ...kit.errors import MeshError
from ...kit.ids import parse_id
from ...money.commission import announce
from ...money.commission import service as commission
from ...money.commission.drafts import Proposal
from ...money.commission.explain import explain
from ...money.commission.rules import Rule
from ...money.models import CommissionRule, RuleBasis
from ..common import forms
from ..common.console import allow, done, keep_typed, refused, render, scope
from ..common.requests import locale
from . import blueprint
from .names import party_names

TRIED = timedelta(days=30)
HUNDRED = Decimal(100)
STEPS = 3
SCOPE = ("sku_id", "product_id", "category_id", "supplier_id", "tenant_id", "currency")


@blueprint.get("/commission")
def rules_list() -> str:
    return _page()


@blueprint.post("/commission")
@allow("manager", "finance")
def rules_create() -> Response | str:
    """Announce a rule, or only try it on the sales of the last 30 days."""
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
                note = forms.text(request.form, "note")
                announce.announce(session, effective_from=_moment("effective_from"), note=note, **proposal)
                tried = None
    except MeshError as error:
        return refused(error, "admin.rules_list")
    if tried is None:
        return done("规则已公示，相关各方会收到邮件", "Announced; those concerned get a letter", "admin.rules_list")
    keep_typed()
    return _page(tried)


@blueprint.post("/commission/<rule_id>/end")
@allow("manager", "finance")
def rules_end(rule_id: str) -> Response:
    try:
        with transaction(scope()) as session:
            reason = forms.text(request.form, "reason")
            announce.announce_end(session, rule_id=parse_id("rul", rule_id), reason=reason)
    except MeshError as error:
        return refused(error, "admin.rules_list")
    return done("已公示终止，七天后生效", "Its end is announced", "admin.rules_list")


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
        made |= _sums()
    for name, prefix in (
        ("sku", "sku"),
        ("product", "prd"),
        ("category", "cat"),
        ("supplier", "sup"),
        ("tenant", "ten"),
    ):
        if text := forms.text(form, name):
            made[f"{name}_id"] = parse_id(prefix, text)
    return made


def _sums() -> Proposal:
    """The minimum, the cap and the steps, in the currency of the form; nothing where none is filled in."""
    form = request.form
    currency = forms.text(form, "currency", most=3).upper() or "CNY"
    least, most = (forms.optional_money(form, name, currency) for name in ("min", "cap"))
    filled = [place for place in range(STEPS) if form.get(f"step_volume_{place}", "").strip()]
    steps = [
        (
            forms.money(form, f"step_volume_{place}", currency).minor,
            forms.decimal(form, f"step_rate_{place}", most="100") / HUNDRED,
        )
        for place in filled
    ]
    if not (least or most or steps) and not form.get("currency", "").strip():
        return Proposal(basis=RuleBasis(form["basis"]))
    return Proposal(
        basis=RuleBasis(form["basis"]),
        currency=currency,
        min_minor=least.minor if least else None,
        cap_minor=most.minor if most else None,
        steps=steps,
    )


def _moment(name: str) -> datetime | None:
    """The beginning of a day in UTC."""
    text = forms.text(request.form, name)
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC) if text else None
    except ValueError:
        raise forms.refuse(name, "date_unreadable", "日期格式不正确", "This is not a date") from None


def _page(tried: commission.Simulation | None = None) -> str:
    with transaction(scope()) as session:
        rows = session.scalars(select(CommissionRule).order_by(CommissionRule.id.desc()).limit(200)).all()
        goods = _goods_names(session, rows)
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
        versions=_versions(rows),
        words={row.id: explain(Rule.from_row(row)).render(locale()) for row in rows},
        goods=goods,
        earliest=(clock.now() + announce.NOTICE).date() + timedelta(days=1),
        steps=STEPS,
        parties={Party.PLATFORM: ("平台", "Platform")},
    )


def _versions(rows: Sequence[CommissionRule]) -> dict[uuid.UUID, int]:
    """Rules for the same are versions of one: the oldest is the first."""
    counted: Counter[tuple[object, ...]] = Counter()
    found = {}
    for row in sorted(rows, key=lambda row: row.id):
        same = tuple(getattr(row, name) for name in SCOPE)
        counted[same] += 1
        found[row.id] = counted[same]
    return found


def _goods_names(session: Session, rows: Sequence[CommissionRule]) -> dict[uuid.UUID, str]:
    """Names of the SKUs and products that rules are for."""
    products = {row.product_id for row in rows if row.product_id}
    skus = {row.sku_id for row in rows if row.sku_id}
    named = select(Sku.id, Product.name, Sku.name).join(Product, Product.id == Sku.product_id).where(Sku.id.in_(skus))
    found = {sku_id: f"{product} · {sku}" for sku_id, product, sku in session.execute(named)}
    return found | dict(session.execute(select(Product.id, Product.name).where(Product.id.in_(products))).all())
