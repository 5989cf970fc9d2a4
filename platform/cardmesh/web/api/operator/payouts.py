"""Payout runs: what would be paid, making one, a second person's word, and the bank's answers.

Who makes and who approves are people: those who made the keys (`Principal.in_person`). The batch file, which has
accounts in clear, is taken from the console.
"""

from typing import Annotated, Literal

from flask.typing import ResponseReturnValue
from pydantic import Field
from sqlalchemy.orm import Session

from ....identity.models import Party
from ....kit.clock import rfc3339
from ....kit.db import transaction
from ....kit.ids import parse_id, public_id
from ....kit.sheets.writer import write_csv
from ....money.payouts import batch, queries, runs
from ....money.payouts.models import Method, PayoutLine, PayoutRun
from ...common.idempotent import once
from ...common.lists import ListOf
from ...common.principal import caller, requires
from ...common.schema import CurrencyCode, Line, Money, Paging, Query, Shape
from . import blueprint
from .lists import all_of

PREFIX = "run"
Way = Literal["stripe", "bank", "alipay"]


class PayoutRunIn(Shape):
    method: Way
    currency: CurrencyCode = "CNY"


class PreviewQuery(Query):
    method: Way
    currency: CurrencyCode = "CNY"


class CandidateOut(Shape):
    """A withdrawal that waits; `obstacle` says why a run would leave it out."""

    withdrawal: str
    amount: Money
    obstacle: str | None


class PreviewOut(Shape):
    object: Literal["payout_preview"] = "payout_preview"
    method: str
    cutoff: str
    total: Money
    withdrawals: list[CandidateOut]


class PayoutLineOut(Shape):
    object: Literal["payout_line"] = "payout_line"
    id: str
    withdrawal: str
    amount: Money
    status: str
    account: str
    told: str


class PayoutRunOut(Shape):
    """`lines` only where one run was asked for."""

    object: Literal["payout_run"] = "payout_run"
    id: str
    method: str
    status: str
    count: int
    total: Money
    cutoff: str
    created_at: str
    approved_at: str | None
    lines: list[PayoutLineOut] | None = None


class PayoutRunList(ListOf[PayoutRunOut]):
    pass


class CancelIn(Shape):
    reason: Annotated[str, Field(max_length=500)] = ""


class ResultIn(Shape):
    line: Line
    result: Literal["paid", "failed"]
    reason: Annotated[str, Field(max_length=500)] = ""


class ResultsIn(Shape):
    results: Annotated[list[ResultIn], Field(min_length=1, max_length=runs.MOST)]


class ResultsOut(Shape):
    """`known`: lines whose end was told before. `odd`: paid by the bank after it had failed here, for a person."""

    object: Literal["payout_results"] = "payout_results"
    paid: int
    failed: int
    known: int
    odd: list[str]
    repeated: bool


@blueprint.get("/payout-runs/preview")
@blueprint.input(PreviewQuery, location="query")
@blueprint.output(PreviewOut)
@requires(Party.PLATFORM, "platform:read")
def preview_payouts(query_data: PreviewQuery) -> PreviewOut:
    """What a run would take now, and what it would leave out."""
    with transaction(caller().scope()) as session:
        seen = runs.preview(session, method=Method(query_data.method), currency=query_data.currency)
    return PreviewOut(
        method=seen.method,
        cutoff=rfc3339(seen.cutoff),
        total=Money.of(seen.total_minor, seen.currency),
        withdrawals=[
            CandidateOut(
                withdrawal=public_id("wdr", one.withdrawal.id),
                amount=Money.of(one.withdrawal.amount_minor, one.withdrawal.currency),
                obstacle=one.obstacle,
            )
            for one in (*seen.taken, *seen.left)
        ],
    )


@blueprint.get("/payout-runs")
@blueprint.input(Paging, location="query")
@blueprint.output(PayoutRunList)
@requires(Party.PLATFORM, "platform:read")
def list_payout_runs(query_data: Paging) -> ResponseReturnValue:
    """All runs, newest first."""
    return all_of(PayoutRun, PREFIX, query_data, _shape)


@blueprint.post("/payout-runs")
@blueprint.input(PayoutRunIn)
@blueprint.output(PayoutRunOut, status_code=201)
@requires(Party.PLATFORM, "payouts:write")
def make_payout_run(json_data: PayoutRunIn) -> ResponseReturnValue:
    """Put what the preview shows into a draft. Another person has to approve it."""

    def effect(session: Session) -> PayoutRunOut:
        return _shape(runs.make(session, method=Method(json_data.method), currency=json_data.currency))

    principal = caller()
    return once(principal.in_person(), principal.party_id, effect)


@blueprint.get("/payout-runs/<run_id>")
@blueprint.output(PayoutRunOut)
@requires(Party.PLATFORM, "platform:read")
def get_payout_run(run_id: str) -> PayoutRunOut:
    """One run with its lines."""
    with transaction(caller().scope()) as session:
        return _whole(session, queries.run(session, parse_id(PREFIX, run_id)))


@blueprint.post("/payout-runs/<run_id>/approve")
@blueprint.output(PayoutRunOut)
@requires(Party.PLATFORM, "payouts:write")
def approve_payout_run(run_id: str) -> ResponseReturnValue:
    """Let the money go, by a key of somebody else than who made the run."""

    def effect(session: Session) -> PayoutRunOut:
        return _shape(runs.approve(session, run_id=parse_id(PREFIX, run_id)))

    principal = caller()
    return once(principal.in_person(), principal.party_id, effect, status=200)


@blueprint.post("/payout-runs/<run_id>/cancel")
@blueprint.input(CancelIn)
@blueprint.output(PayoutRunOut)
@requires(Party.PLATFORM, "payouts:write")
def cancel_payout_run(run_id: str, json_data: CancelIn) -> ResponseReturnValue:
    """Before it is approved: its withdrawals wait again."""

    def effect(session: Session) -> PayoutRunOut:
        return _shape(runs.cancel(session, run_id=parse_id(PREFIX, run_id), reason=json_data.reason))

    principal = caller()
    return once(principal.in_person(), principal.party_id, effect, status=200)


@blueprint.post("/payout-runs/<run_id>/results")
@blueprint.input(ResultsIn)
@blueprint.output(ResultsOut)
@requires(Party.PLATFORM, "payouts:write")
def import_payout_results(run_id: str, json_data: ResultsIn) -> ResponseReturnValue:
    """What the bank says of the lines of a batch file, all or none; the same answers again change nothing."""
    rows = ([one.line, one.result, one.reason] for one in json_data.results)
    file = write_csv(rows, ("line", "result", "reason"))

    def effect(session: Session) -> ResultsOut:
        done = batch.import_results(session, run_id=parse_id(PREFIX, run_id), content=file)
        return ResultsOut(
            paid=done.paid, failed=done.failed, known=done.known, odd=done.odd, repeated=done.repeated
        )

    principal = caller()
    return once(principal.in_person(), principal.party_id, effect, status=200)


def _whole(session: Session, run: PayoutRun) -> PayoutRunOut:
    shown = _shape(run)
    shown.lines = [_line(line) for line in queries.lines_of(session, run.id)]
    return shown


def _shape(run: PayoutRun) -> PayoutRunOut:
    return PayoutRunOut(
        id=public_id(PREFIX, run.id),
        method=run.method,
        status=run.status,
        count=run.lines,
        total=Money.of(run.total_minor, run.currency),
        cutoff=rfc3339(run.cutoff),
        created_at=rfc3339(run.created_at),
        approved_at=rfc3339(run.approved_at) if run.approved_at else None,
    )


def _line(line: PayoutLine) -> PayoutLineOut:
    return PayoutLineOut(
        id=public_id(batch.PREFIX, line.id),
        withdrawal=public_id("wdr", line.withdrawal_id),
        amount=Money.of(line.amount_minor, line.currency),
        status=line.status,
        account=line.stripe_account or line.payee_hint,
        told=line.told,
    )
