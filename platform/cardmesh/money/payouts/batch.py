"""Batch files for the operator's bank or Alipay: lines out, results in.

Only for operators with the licence to move others' money (`settings.batch_payouts`); the file is carried by hand.
"""

import hashlib
import io
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ...identity.audit.service import record
from ...kit import clock
from ...kit.db import require_scope
from ...kit.errors import NotFound, ValidationFailed
from ...kit.i18n import Text
from ...kit.ids import new_id, public_id
from ...kit.money import to_major
from ...kit.sheets.limits import Limits
from ...kit.sheets.reader import open_rows
from ...kit.sheets.writer import Cell, write_csv
from ..models import PLATFORM_OWNER
from . import queries, terms
from .errors import RunNotApproved
from .execution import settle
from .models import LineStatus, Method, PayoutLine, PayoutResult, PayoutRun, RunStatus
from .providers.base import PayoutFacts, PayoutStatus

PREFIX = "pay"
LIMITS = Limits(file_bytes=4 << 20, rows=10_000)
COLUMNS = {
    Method.BANK: ("流水号", "收款户名", "收款账号", "开户行", "金额", "币种", "附言"),
    Method.ALIPAY: ("流水号", "收款方支付宝账号", "收款方姓名", "金额（元）", "备注"),
}
"""As the banks' and Alipay's own sheets call them; a result file has the first of them, 结果 and 原因."""
HEAD = {"流水号": "line", "line": "line", "结果": "result", "result": "result", "原因": "reason", "reason": "reason"}
PAID = ("paid", "success", "succeeded", "成功", "已打款", "交易成功")
FAILED = ("failed", "fail", "returned", "失败", "退票", "交易失败")


class ResultUnreadable(ValidationFailed):
    """Nothing of the file was applied."""

    code = "payout_result_unreadable"
    text = Text("结果文件第 {line} 行无法识别", "Line {line} of the result file makes no sense")


@dataclass
class Imported:
    """What a result file changed. `odd`: lines that say paid of what had failed; an operator has to look."""

    paid: int = 0
    failed: int = 0
    known: int = 0
    odd: list[str] = field(default_factory=list)
    repeated: bool = False


def batch_file(session: Session, *, run_id: uuid.UUID) -> bytes:
    """The csv of an approved run, for the operator to carry to the bank; the same bytes however often. Audited.

    Its lines are on their way from the first download on. Raises NotFound, RunNotApproved.
    """
    run = queries.locked_run(session, run_id)
    if run.method == Method.STRIPE:
        raise NotFound
    if run.status not in (RunStatus.APPROVED, RunStatus.DONE):
        raise RunNotApproved
    lines = queries.lines_of(session, run.id, lock=True)
    for line in lines:
        if line.status == LineStatus.WAITING:
            line.status, line.asked_at = LineStatus.SENT, clock.now()
    session.flush()
    _audit(session, run, "downloaded", {"lines": len(lines)})
    return write_csv((_row(session, run, line) for line in lines), COLUMNS[Method(run.method)])


def import_results(session: Session, *, run_id: uuid.UUID, content: bytes) -> Imported:
    """Apply a bank's answers, all or none; the same file again changes nothing. Audited.

    Raises NotFound, RunNotApproved, ResultUnreadable, and what the sheet's reader raises.
    """
    run = queries.run(session, run_id)
    if run.status not in (RunStatus.APPROVED, RunStatus.DONE):
        raise RunNotApproved
    lines = {public_id(PREFIX, line.id): line for line in queries.lines_of(session, run.id)}
    answers = [(lines[ref], facts) for ref, facts in _answers(content, set(lines))]
    if not _first_time(session, run, content):
        return Imported(repeated=True)
    done = Imported()
    for line, facts in sorted(answers, key=lambda one: one[0].id):
        _apply(session, line, facts, done)
    result = queries.result(session, run_id=run.id, sha256=_digest(content))
    result.paid, result.failed = done.paid, done.failed
    session.flush()
    _audit(session, run, "results_imported", {"paid": done.paid, "failed": done.failed, "odd": done.odd})
    return done


def _apply(session: Session, line: PayoutLine, facts: PayoutFacts, done: Imported) -> None:
    was = line.status
    if settle(session, line_id=line.id, facts=facts):
        done.paid += facts.status is PayoutStatus.PAID
        done.failed += facts.status is PayoutStatus.FAILED
    elif was == LineStatus.FAILED and facts.status is PayoutStatus.PAID:
        done.odd.append(public_id(PREFIX, line.id))
    else:
        done.known += 1


def _row(session: Session, run: PayoutRun, line: PayoutLine) -> Sequence[Cell]:
    payee = terms.payee_of(session, line)
    if payee is None:
        raise NotFound
    ref, amount, note = public_id(PREFIX, line.id), to_major(line.amount_minor, line.currency), "Cardmesh"
    if run.method == Method.ALIPAY:
        return ref, payee.account, payee.name, amount, note
    return ref, payee.name, payee.account, payee.bank, amount, line.currency, note


def _answers(content: bytes, refs: set[str]) -> Iterator[tuple[str, PayoutFacts]]:
    """Line's reference and what the bank says of it. Raises ResultUnreadable for a word or line we do not know."""
    rows = open_rows(io.BytesIO(content), filename="results.csv", limits=LIMITS)
    head = [HEAD.get(cell.strip().lower(), "") for cell in next(rows).cells]
    if "line" not in head or "result" not in head:
        raise ResultUnreadable(line=1)
    for row in rows:
        cells = dict(zip(head, (cell.strip() for cell in row.cells), strict=False))
        ref, word = cells.get("line", ""), cells.get("result", "").lower()
        if ref not in refs or word not in (*PAID, *FAILED):
            raise ResultUnreadable(line=row.line)
        status = PayoutStatus.PAID if word in PAID else PayoutStatus.FAILED
        failure = cells.get("reason", "")[:500] if status is PayoutStatus.FAILED else ""
        yield ref, PayoutFacts(status=status, failure=failure)


def _first_time(session: Session, run: PayoutRun, content: bytes) -> bool:
    """Whoever writes the row first applies the file; a second one waits for it, and finds it there."""
    row = {
        "id": new_id(),
        "run_id": run.id,
        "sha256": _digest(content),
        "paid": 0,
        "failed": 0,
        "imported_by": require_scope(session).actor.id,
    }
    statement = insert(PayoutResult).values(row).on_conflict_do_nothing().returning(PayoutResult.id)
    return session.scalar(statement) is not None


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _audit(session: Session, run: PayoutRun, step: str, details: dict[str, object]) -> None:
    record(
        session,
        party_id=PLATFORM_OWNER,
        action=f"payout_run.{step}",
        subject="payout_run",
        subject_id=run.id,
        details=details,
    )

