"""Lists of payouts: the runs, the lines of one, and which withdrawals the next would take."""

import uuid
from collections.abc import Sequence
from typing import NamedTuple

from flask import request, url_for
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from ...identity.settings import service as settings
from ...kit.errors import MeshError
from ...kit.i18n import Text
from ...kit.ids import parse_id, public_id
from ...kit.money import Money
from ...money.payouts import queries, runs
from ...money.payouts.models import LineStatus, Method, PayoutLine, PayoutRun, PayoutTerms, RunStatus
from ...money.payouts.runs import Candidate, Obstacle, Preview
from ..common.format import Badge
from ..common.requests import locale
from ..common.tables import Asked, Table, columns, empty, filters, listed, whole
from .names import party_names, person_names

RUN = "run"
WAYS = {
    Method.STRIPE: Text("Stripe Connect", "Stripe Connect"),
    Method.BANK: Text("银行批量", "Bank batch"),
    Method.ALIPAY: Text("支付宝批量", "Alipay batch"),
}
OBSTACLES = {
    Obstacle.TOO_YOUNG: Text("今日申请，明日可付", "Asked for today: payable tomorrow"),
    Obstacle.NO_TERMS: Text("未设置收款方式", "No terms of payment"),
    Obstacle.NOT_READY: Text("收款账户未就绪", "Account not ready"),
    Obstacle.OTHER_METHOD: Text("使用其他收款方式", "Paid another way"),
}
TAKEN = Badge(Text("纳入", "In the run"), "good")


def way(method: str) -> str:
    return WAYS[Method(method)].render(locale())


class Run(NamedTuple):
    run: PayoutRun
    maker: str
    approver: str


def _by(session: Session, rows: Sequence[PayoutRun]) -> list[Run]:
    names = person_names(session, {one for row in rows for one in (row.made_by, row.approved_by) if one})
    return [Run(row, names.get(row.made_by, ""), names.get(row.approved_by or row.id, "")) for row in rows]


RUNS = Table(
    name="payout-runs",
    title=Text("打款批次", "Payout runs"),
    source=listed(lambda: select(PayoutRun), PayoutRun.id),
    dress=_by,
    columns=(
        columns.time(
            "created",
            "批次",
            "Run",
            lambda row: row.run.created_at,
            href=lambda row: url_for("admin.payout", run_id=public_id(RUN, row.run.id)),
            sort=PayoutRun.id,
        ),
        columns.text("method", "方式", "Way", lambda row: way(row.run.method)),
        columns.count("lines", "笔数", "Lines", lambda row: row.run.lines),
        columns.money("total", "合计", "Total", lambda row: Money(row.run.total_minor, row.run.currency)),
        columns.text("maker", "制单人", "Made by", lambda row: row.maker, roomy=True),
        columns.text("approver", "批准人", "Approved by", lambda row: row.approver, roomy=True),
        columns.badge("status", "状态", "State", lambda row: row.run.status),
        columns.time("approved", "批准时间", "Approved", lambda row: row.run.approved_at, only_file=True),
        columns.code("id", "编号", "ID", lambda row: public_id(RUN, row.run.id), only_file=True),
    ),
    filters=(
        filters.named("method", "方式", "Way", WAYS, PayoutRun.method),
        filters.states("status", "状态", "State", RunStatus, PayoutRun.status),
        filters.within(PayoutRun.created_at, PayoutRun.id),
    ),
    empty=empty(
        "还没有批次",
        "No runs yet",
        "生成的批次会列在这里，由另一人批准。",
        "Runs are listed here; a second person approves.",
    ),
)


class Line(NamedTuple):
    line: PayoutLine
    who: str


def _named(session: Session, rows: Sequence[PayoutLine]) -> list[Line]:
    names = party_names(session, {row.owner_id for row in rows})
    return [Line(row, names.get(row.owner_id, "")) for row in rows]


def asked_run() -> uuid.UUID:
    """The run that this request's address names. Raises NotFound."""
    return parse_id(RUN, (request.view_args or {})["run_id"])


def _known_by(q: str) -> ColumnElement[bool]:
    refs = or_(PayoutLine.payout_ref == q, PayoutLine.transfer_ref == q, PayoutLine.stripe_account == q)
    try:
        return or_(refs, PayoutLine.id == parse_id("pay", q))
    except MeshError:
        return refs


LINES = Table(
    name="payout-lines",
    title=Text("批次明细", "Lines of the run"),
    source=listed(lambda: select(PayoutLine).where(PayoutLine.run_id == asked_run()), PayoutLine.id, descending=False),
    dress=_named,
    columns=(
        columns.code("line", "流水号", "Line", lambda row: public_id("pay", row.line.id), sort=PayoutLine.id),
        columns.text("who", "收款方", "Party", lambda row: row.who),
        columns.money("amount", "金额", "Amount", lambda row: Money(row.line.amount_minor, row.line.currency)),
        columns.text("account", "收款账户", "Account", lambda row: row.line.stripe_account or row.line.payee_hint),
        columns.badge("status", "状态", "State", lambda row: row.line.status),
        columns.prose("told", "说明", "Note", lambda row: row.line.told),
        columns.code(
            "ref", "凭证号", "Reference", lambda row: row.line.payout_ref or row.line.transfer_ref, roomy=True
        ),
        columns.time("settled", "到账时间", "Settled", lambda row: row.line.settled_at, only_file=True),
    ),
    filters=(
        filters.search("流水号、凭证号或 Stripe 账户", "Line, reference or Stripe account", _known_by),
        filters.states("status", "状态", "State", LineStatus, PayoutLine.status),
    ),
    empty=empty("没有明细", "No lines", "这个批次是空的。", "This run is empty."),
)


class Next(NamedTuple):
    """A withdrawal that waits, and the run that would take it, or why none does."""

    one: Candidate
    who: str
    seen: Preview

    @property
    def account(self) -> str:
        terms: PayoutTerms | None = self.one.terms
        return ((terms.stripe_account if terms.method == Method.STRIPE else terms.payee_hint) or "") if terms else ""

    @property
    def state(self) -> Badge:
        return Badge(OBSTACLES[self.one.obstacle], "wait") if self.one.obstacle else TAKEN


def _next(session: Session, _asked: Asked) -> list[Next]:
    """Each withdrawal once: as the run of its own way of payment sees it."""
    ways = [*Method] if settings.read(session).batch_payouts else [Method.STRIPE]
    found: dict[uuid.UUID, tuple[Candidate, Preview]] = {}
    for currency in queries.currencies(session):
        for method in ways:
            seen = runs.preview(session, method=method, currency=currency)
            for one in (*seen.taken, *seen.left):
                if one.withdrawal.id not in found or (one.terms and one.terms.method == method):
                    found[one.withdrawal.id] = one, seen
    names = party_names(session, {one.withdrawal.owner_id for one, _ in found.values()})
    return [Next(one, names.get(one.withdrawal.owner_id, ""), seen) for one, seen in found.values()]


NEXT = Table(
    name="next-payouts",
    prefix="next_",
    title=Text("待付提现", "Waiting to be paid"),
    source=whole(_next),
    columns=(
        columns.text("who", "收款方", "Party", lambda row: row.who),
        columns.money(
            "amount", "金额", "Amount", lambda row: Money(row.one.withdrawal.amount_minor, row.one.withdrawal.currency)
        ),
        columns.text("method", "方式", "Way", lambda row: way(row.one.terms.method) if row.one.terms else None),
        columns.text("account", "收款账户", "Account", lambda row: row.account, roomy=True),
        columns.time("asked", "申请时间", "Asked for", lambda row: row.one.withdrawal.created_at, roomy=True),
        columns.badge("state", "状态", "State", lambda row: row.state),
    ),
    empty=empty(
        "没有待付的提现",
        "Nothing waits to be paid",
        "有提现申请后，这里会预览下一批打款。",
        "When parties withdraw, the next run is previewed here.",
    ),
)


def ready(rows: Sequence[Next]) -> list[Preview]:
    """The runs that could be made now."""
    return list({id(row.seen): row.seen for row in rows if row.seen.taken}.values())
