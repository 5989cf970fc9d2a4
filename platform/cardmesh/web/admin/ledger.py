"""The books: totals, entries, withdrawals."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from flask import request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ...identity.models import Party
from ...kit.db import transaction
from ...kit.errors import MeshError, NotFound
from ...kit.i18n import Text
from ...kit.ids import parse_id, public_id
from ...kit.money import Money
from ...money.ledger import service as ledger_service
from ...money.ledger.service import Leg
from ...money.models import JournalEntry, Withdrawal, WithdrawalStatus
from ...money.withdrawals import service as withdrawals
from ...trade.models import Order
from ..common import forms
from ..common.console import allow, done, refused, scope
from ..common.names import account_name, entry_name, party_name, reference
from ..common.report_pages import add_report_pages
from ..common.step_up import step_up
from ..common.tables import Asked, Shown, Table, columns, empty, filters, listed, screen, whole
from . import blueprint
from .names import party_names

add_report_pages(blueprint, Party.PLATFORM)


class Line(NamedTuple):
    withdrawal: Withdrawal
    who: str


def _named(session: Session, rows: Sequence[Withdrawal]) -> list[Line]:
    names = party_names(session, {row.owner_id for row in rows})
    return [Line(row, names.get(row.owner_id, "")) for row in rows]


ENTRIES = Table(
    name="ledger",
    title=Text("账本", "Ledger"),
    source=listed(lambda: select(JournalEntry), JournalEntry.id),
    columns=(
        columns.time("created", "时间", "Time", lambda row: row.created_at, sort=JournalEntry.id),
        columns.text(
            "kind",
            "类型",
            "Kind",
            lambda row: entry_name(row.kind),
            href=lambda row: url_for("admin.ledger_entry", entry_id=public_id("led", row.id)),
        ),
        columns.prose("reference", "说明", "Reference", lambda row: reference(row.reference)),
        columns.code("id", "分录号", "Entry", lambda row: public_id("led", row.id), only_file=True),
    ),
    filters=(filters.within(JournalEntry.created_at, JournalEntry.id),),
    empty=empty(
        "还没有分录",
        "No entries yet",
        "第一笔销售会在这里留下第一条分录。",
        "The first sale leaves the first entry here.",
    ),
)
WITHDRAWALS = Table(
    name="withdrawals",
    title=Text("提现", "Withdrawals"),
    source=listed(lambda: select(Withdrawal), Withdrawal.id),
    dress=_named,
    columns=(
        columns.time("created", "时间", "Time", lambda row: row.withdrawal.created_at, sort=Withdrawal.id),
        columns.text("who", "申请方", "Party", lambda row: row.who),
        columns.text("party", "身份", "Kind", lambda row: party_name(row.withdrawal.party), roomy=True),
        columns.money(
            "amount", "金额", "Amount", lambda row: Money(row.withdrawal.amount_minor, row.withdrawal.currency)
        ),
        columns.prose("note", "备注", "Note", lambda row: row.withdrawal.note),
        columns.badge("status", "状态", "State", lambda row: row.withdrawal.status),
        columns.time("decided", "处理时间", "Decided", lambda row: row.withdrawal.decided_at, only_file=True),
        columns.actions(),
    ),
    filters=(filters.states("status", "状态", "State", WithdrawalStatus, Withdrawal.status),),
    empty=empty(
        "没有提现申请",
        "No withdrawals",
        "供货商与分销商的申请会出现在这里。",
        "Requests of suppliers and distributors appear here.",
    ),
)


class Total(NamedTuple):
    kind: str
    balance: Money


def _totals(session: Session, _asked: Asked) -> list[Total]:
    kinds = ledger_service.trial_balance(session).kinds
    return [Total(kind, Money(minor, currency)) for (currency, kind), minor in kinds.items()]


TOTALS = Table(
    name="trial-balance",
    prefix="totals_",
    title=Text("试算平衡", "Trial balance"),
    source=whole(_totals),
    columns=(
        columns.text("kind", "账户类别", "Kind of account", lambda row: account_name(row.kind)),
        columns.money("balance", "余额（借正贷负）", "Balance, debit positive", lambda row: row.balance),
    ),
    empty=empty("还没有账户", "No accounts yet", "第一笔分录会开立账户。", "The first entry opens some."),
)


class Side(NamedTuple):
    """A leg of an entry, and whose account it moves."""

    leg: Leg
    whose: str

    def amount(self, sign: int) -> Money | None:
        """What it debits (1) or credits (-1)."""
        minor = self.leg.amount_minor * sign
        return Money(minor, self.leg.currency) if minor > 0 else None


def _sides(session: Session, _asked: Asked) -> list[Side]:
    legs = ledger_service.legs_of(session, entry_id=parse_id("led", (request.view_args or {})["entry_id"]))
    names = party_names(session, {leg.owner_id for leg in legs})
    return [Side(leg, names.get(leg.owner_id, party_name("platform"))) for leg in legs]


LEGS = Table(
    name="entry",
    title=Text("分录", "Journal entry"),
    source=whole(_sides),
    columns=(
        columns.text("account", "账户", "Account", lambda row: account_name(row.leg.kind)),
        columns.text("whose", "所有者", "Owner", lambda row: row.whose),
        columns.money("debit", "借", "Debit", lambda row: row.amount(1)),
        columns.money("credit", "贷", "Credit", lambda row: row.amount(-1)),
    ),
    empty=empty("没有科目", "No legs", "这笔分录没有内容。", "This entry is empty."),
)


@blueprint.get("/ledger")
def ledger() -> ResponseReturnValue:
    return screen(ENTRIES, TOTALS, template="admin/ledger.html", more=_books)


def _books(session: Session, _shown: Shown) -> dict[str, Any]:
    proof = ledger_service.prove(session) if "prove" in request.args else None
    return {"books": ledger_service.trial_balance(session), "proof": proof}


@blueprint.get("/ledger/<entry_id>")
def ledger_entry(entry_id: str) -> ResponseReturnValue:
    with transaction(scope()) as session:
        entry = session.get(JournalEntry, parse_id("led", entry_id))
        if entry is None:
            raise NotFound
        order_id = session.scalar(select(Order.id).where(Order.id == entry.reference_id))
    return screen(LEGS, template="admin/entry.html", entry=entry, order_id=order_id)


@blueprint.get("/withdrawals")
def withdrawals_list() -> ResponseReturnValue:
    return screen(WITHDRAWALS, template="admin/withdrawals.html")


@blueprint.post("/withdrawals/<withdrawal_id>")
@allow("finance")
@step_up
def withdrawals_decide(withdrawal_id: str) -> Response:
    """Refuse one: what is paid is paid by a run, for which two people answer."""
    try:
        outcome = WithdrawalStatus(forms.choice(request.form, "outcome", ("failed",)))
        with transaction(scope()) as session:
            withdrawals.decide(
                session,
                withdrawal_id=parse_id("wdr", withdrawal_id),
                outcome=outcome,
                reason=forms.text(request.form, "reason"),
            )
    except MeshError as error:
        return refused(error, "admin.withdrawals_list")
    return done("已处理", "Decided", "admin.withdrawals_list")
