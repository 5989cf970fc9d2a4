"""Payment truth on screen: what the gateway and the ledger do not agree about, and what became of it."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from flask import request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ...kit.db import transaction
from ...kit.errors import MeshError
from ...kit.i18n import Text
from ...kit.ids import parse_id, public_id
from ...kit.money import Money
from ...money.payments.errors import PaymentMethodUnavailable
from ...money.reconciliation import rounds
from ...money.reconciliation import service as reconciliation
from ...money.reconciliation.models import Comparison, ReconciliationTask
from ...money.reconciliation.rules import Cause
from ..common import forms, undo
from ..common.console import allow, done, refused, scope, t
from ..common.requests import locale
from ..common.tables import Action, Bulk, Shown, Table, columns, empty, filters, listed, screen
from . import blueprint
from .names import person_names

PREFIX = "rec"
CAUSES = {
    Cause.MISSING_HERE: Text("平台漏记：通道已收款", "Not in the ledger: the gateway has it"),
    Cause.MISSING_THERE: Text("通道没有：账本已记", "Not at the gateway: the ledger has it"),
    Cause.REFUND_NOT_BOOKED: Text("通道已退款，平台未记", "Given back at the gateway, not booked"),
    Cause.REFUND_NOT_MADE: Text("账本已退款，通道未退", "Booked as given back, not made"),
    Cause.DISPUTE_NOT_BOOKED: Text("拒付未记账", "A chargeback that is not booked"),
    Cause.PAYOUT_NOT_OURS: Text("非平台发起的转账", "A transfer that no run asked for"),
    Cause.PAYOUT_NOT_MADE: Text("账本已打款，通道没有", "Booked as paid out, not made"),
    Cause.AMOUNT: Text("金额不同", "Another amount"),
    Cause.CURRENCY: Text("币种不同", "Another currency"),
    Cause.FEE: Text("手续费不同", "Another fee"),
    Cause.DUPLICATE_THERE: Text("通道重复", "Twice at the gateway"),
    Cause.DUPLICATE_HERE: Text("账本重复", "Twice in the ledger"),
    Cause.UNKNOWN_KIND: Text("未知类型", "Of an unknown kind"),
}


class Difference(NamedTuple):
    task: ReconciliationTask
    resolver: str

    def amount(self, side: str) -> Money | None:
        """What the gateway (`theirs`) or the ledger (`ours`) says."""
        minor, currency = getattr(self.task, f"{side}_minor"), getattr(self.task, f"{side}_currency")
        return None if minor is None else Money(minor, currency)

    @property
    def cause(self) -> str:
        return CAUSES[Cause(self.task.cause)].render(locale())

    @property
    def note(self) -> str:
        itself = self.task.note == "agrees" and not self.task.resolved_by
        return t("两边已一致", "Agrees by now") if itself else self.task.note

    @property
    def entry(self) -> str | None:
        return public_id("led", self.task.entry_id) if self.task.entry_id else None


def _resolved(session: Session, rows: Sequence[ReconciliationTask]) -> list[Difference]:
    names = person_names(session, {row.resolved_by for row in rows if row.resolved_by})
    system = t("系统", "System")
    return [
        Difference(row, names.get(row.resolved_by, "") if row.resolved_by else system if row.resolved_at else "")
        for row in rows
    ]


def _known_by(q: str) -> ColumnElement[bool]:
    return or_(ReconciliationTask.movement_ref == q, ReconciliationTask.source_ref == q)


DIFFERENCES = Table(
    name="reconciliation",
    title=Text("对账", "Reconciliation"),
    source=listed(lambda: select(ReconciliationTask), ReconciliationTask.id),
    dress=_resolved,
    columns=(
        columns.time("at", "时间", "Time", lambda row: row.task.at),
        columns.prose("cause", "可能原因", "Likely cause", lambda row: row.cause),
        columns.money("theirs", "通道", "Gateway", lambda row: row.amount("theirs"), apart=True),
        columns.money("ours", "账本", "Ledger", lambda row: row.amount("ours"), apart=True),
        columns.code("account", "账户", "Account", lambda row: row.task.gateway, roomy=True),
        columns.code("ref", "编号", "Reference", lambda row: row.task.movement_ref or row.task.source_ref),
        columns.code(
            "entry",
            "分录",
            "Entry",
            lambda row: row.entry,
            href=lambda row: url_for("admin.ledger_entry", entry_id=row.entry) if row.entry else None,
            roomy=True,
        ),
        columns.badge("status", "状态", "State", lambda row: row.task.status),
        columns.prose("note", "处理结果", "What it was", lambda row: row.note),
        columns.text("resolver", "处理人", "Resolved by", lambda row: row.resolver, roomy=True),
        columns.time(
            "found", "发现时间", "Found", lambda row: row.task.created_at, roomy=True, sort=ReconciliationTask.id
        ),
        columns.time("resolved", "处理时间", "Resolved", lambda row: row.task.resolved_at, only_file=True),
    ),
    filters=(
        filters.search("编号", "Reference", _known_by),
        filters.states("status", "状态", "State", ("open", "resolved"), ReconciliationTask.status),
        filters.named("cause", "可能原因", "Likely cause", CAUSES, ReconciliationTask.cause),
    ),
    bulk=Bulk(
        endpoint="admin.reconciliation_resolve",
        actions=(Action("resolve", Text("标为已处理", "Resolve"), "primary"),),
        roles=("finance",),
        id=lambda row: public_id(PREFIX, row.task.id),
        label=lambda row: f"{row.cause} {row.task.source_ref}",
        can=lambda row: row.task.status == "open",
        reason=Text("说明（必填）", "What it was (required)"),
    ),
    empty=empty(
        "没有差异",
        "No differences",
        "支付通道与账本一致时，这里是空的。",
        "When the gateway and the ledger agree, nothing is here.",
    ),
)


def _last(session: Session, _shown: Shown) -> dict[str, Any]:
    return {"last": session.scalars(select(Comparison).order_by(Comparison.id.desc()).limit(1)).first()}


@blueprint.get("/reconciliation")
def reconciliation_list() -> ResponseReturnValue:
    return screen(DIFFERENCES, template="admin/reconciliation.html", more=_last)


@blueprint.post("/reconciliation")
@allow("finance")
def reconciliation_compare() -> Response:
    """Compare now, up to an hour ago; bills of the day are written on the morning after."""
    try:
        made = rounds.reconcile_now(forms.whole(request.form, "days", least=1, most=92, default=7))
    except MeshError as error:
        return refused(error, "admin.reconciliation_list")
    for error in made.failed.values():
        return refused(error, "admin.reconciliation_list")
    if not made.made:
        return refused(PaymentMethodUnavailable(), "admin.reconciliation_list")
    if made.differences:
        return done("发现差异，请逐条处理", "There are differences to look into", "admin.reconciliation_list")
    return done("两边一致", "Both sides agree", "admin.reconciliation_list")


@blueprint.post("/reconciliation/resolve")
@allow("finance")
def reconciliation_resolve() -> Response:
    """Say of every difference that was ticked what it was; of all of them, or of none."""
    try:
        ids = sorted(parse_id(PREFIX, one) for one in undo.chosen())
        note = forms.text(request.form, "reason", required=True)
        with transaction(scope()) as session:
            for task_id in ids:
                reconciliation.resolve(session, task_id=task_id, note=note)
    except MeshError as error:
        return refused(error, "admin.reconciliation_list")
    return done("已处理", "Resolved", "admin.reconciliation_list")
