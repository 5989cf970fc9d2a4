"""Commission rules: what is in force and what comes, a new one, what it would have changed."""

import uuid
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ...goods.catalog.scope_names import scope_names
from ...goods.models import Category
from ...identity.models import Supplier, Tenant
from ...insight.sales import sale_facts
from ...kit import clock
from ...kit.days import day_of
from ...kit.db import transaction
from ...kit.errors import MeshError
from ...kit.i18n import LOCALES, Text
from ...kit.ids import parse_id
from ...money.commission import announce
from ...money.commission import service as commission
from ...money.commission.book import RuleBook
from ...money.commission.drafts import Proposal
from ...money.commission.explain import Names, explain
from ...money.commission.rules import Rule
from ...money.models import CommissionRule, RuleBasis
from ..common import forms
from ..common.console import allow, done, keep_typed, refused, scope, t
from ..common.requests import locale
from ..common.tables import Shown, Table, columns, empty, listed, screen
from . import blueprint
from .names import party_names

TRIED = timedelta(days=30)
HUNDRED = Decimal(100)
STEPS = 3
SCOPE = ("sku_id", "product_id", "category_id", "supplier_id", "tenant_id", "currency")
MOST = 500


class Line(NamedTuple):
    """A rule, in words what it is about, which version for the same it is, and whether a later one took its place."""

    rule: CommissionRule
    about: str
    names: Names
    version: int
    superseded: bool

    @property
    def state(self) -> str:
        now = clock.now()
        if self.rule.effective_from > now:
            return "announced"
        if self.rule.ends_at and self.rule.ends_at <= now:
            return "ended"
        return "superseded" if self.superseded else "in_force"


def _about(session: Session, rows: Sequence[CommissionRule]) -> list[Line]:
    names = scope_names(session, map(Rule.from_row, rows))
    versions, over = _versions(session), _superseded(session)
    return [Line(row, _scope_of(row, names), names, versions[row.id], row.id in over) for row in rows]


def _words(line: Line) -> str:
    return explain(Rule.from_row(line.rule), line.names).render(locale())


def _scope_of(row: CommissionRule, names: Names) -> str:
    ids = (row.category_id, row.sku_id or row.product_id, row.supplier_id, row.tenant_id)
    place = LOCALES.index(locale())
    return " · ".join(names[one][place] for one in ids if one and one in names) or t("默认", "Default")


RULES = Table(
    name="commission-rules",
    title=Text("佣金规则", "Commission rules"),
    source=listed(lambda: select(CommissionRule), CommissionRule.id),
    dress=_about,
    columns=(
        columns.text("about", "范围", "Scope", lambda line: line.about),
        columns.count("version", "版本", "Version", lambda line: line.version, roomy=True),
        columns.prose("rule", "内容", "Rule", _words),
        columns.badge("state", "状态", "State", lambda line: line.state),
        columns.time("from", "生效", "From", lambda line: line.rule.effective_from, sort=CommissionRule.effective_from),
        columns.time("until", "终止", "Until", lambda line: line.rule.ends_at, roomy=True),
        columns.prose("note", "备注", "Note", lambda line: line.rule.note),
        columns.actions(),
    ),
    empty=empty("还没有规则", "No rules yet", "在上方定下第一条。", "Set the first one above."),
)


@blueprint.get("/commission")
def rules_list() -> ResponseReturnValue:
    return _page()


def _page(tried: commission.Simulation | None = None) -> ResponseReturnValue:
    return screen(
        RULES,
        template="admin/rules.html",
        more=_choices,
        tried=tried,
        now=clock.now(),
        earliest=day_of(clock.now() + announce.NOTICE) + timedelta(days=1),
        steps=STEPS,
    )


def _choices(session: Session, _shown: Shown) -> dict[str, Any]:
    """What a rule may be narrowed to."""
    return {
        "names": party_names(session),
        "categories": session.scalars(select(Category).order_by(Category.sort)).all(),
        "suppliers": session.scalars(select(Supplier).order_by(Supplier.name).limit(MOST)).all(),
        "tenants": session.scalars(select(Tenant).order_by(Tenant.name).limit(MOST)).all(),
    }


@blueprint.post("/commission")
@allow("manager", "finance")
def rules_create() -> ResponseReturnValue:
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
                since, note = forms.midnight(request.form, "effective_from"), forms.text(request.form, "note")
                announce.announce(session, effective_from=since, note=note, **proposal)
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


def _versions(session: Session) -> dict[uuid.UUID, int]:
    """Rules for the same are versions of one: the oldest is the first."""
    same = (getattr(CommissionRule, name) for name in SCOPE)
    place = func.row_number().over(partition_by=list(same), order_by=CommissionRule.id)
    return dict(session.execute(select(CommissionRule.id, place)).all())


def _superseded(session: Session) -> set[uuid.UUID]:
    """Rules in force that a later one for the same has taken the place of; they may come back when that one ends."""
    now = clock.now()
    ends = or_(CommissionRule.ends_at.is_(None), CommissionRule.ends_at > now)
    current = session.scalars(select(CommissionRule).where(CommissionRule.effective_from <= now, ends)).all()
    winning = {rule.id for rule in RuleBook(Rule.from_row(row) for row in current).rules}
    return {row.id for row in current} - winning

