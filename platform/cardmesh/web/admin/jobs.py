"""Work waiting, running and given up; payment messages."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ...identity.audit.service import record
from ...kit.db import transaction
from ...kit.errors import MeshError
from ...kit.i18n import Text
from ...kit.ids import NIL
from ...kit.jobs import dead_letters
from ...kit.jobs.models import JobState, OutboxJob
from ...money.models import EventOutcome, GatewayEvent
from ..common import forms, undo
from ..common.console import allow, done, refused, scope
from ..common.names import gateway_name, message_reason
from ..common.requests import locale
from ..common.tables import Action, Bulk, Shown, Table, columns, empty, filters, listed, screen
from . import blueprint

PAUSE = timedelta(seconds=10)
"""Between the press and the first run: long enough to see that it was the wrong job."""
UNDO = "jobs.retried"
RETRIED = Text("{n} 个任务将在几秒后重试", "{n} will run again in a few seconds")
LANES = {
    "platform": Text("平台", "Platform"),
    "supplier": Text("供货商", "Supplier"),
    "tenant": Text("分销商", "Distributor"),
}


def _lane(queue: str) -> str:
    """`tenant:<id>` → “分销商”; which one, the file says."""
    kind = queue.partition(":")[0]
    return LANES[kind].render(locale()) if kind in LANES else queue


JOBS = Table(
    name="jobs",
    title=Text("任务", "Jobs"),
    source=listed(lambda: select(OutboxJob), OutboxJob.id),
    columns=(
        columns.count("id", "编号", "ID", lambda row: row.id, sort=OutboxJob.id),
        columns.code("name", "任务", "Job", lambda row: row.name),
        columns.text("lane", "队列", "Queue", lambda row: _lane(row.queue), roomy=True),
        columns.code("queue", "队列全名", "Queue, whole", lambda row: row.queue, only_file=True),
        columns.badge("state", "状态", "State", lambda row: row.state),
        columns.count("attempts", "次数", "Tries", lambda row: row.attempts),
        columns.time("run_at", "下次", "Due", lambda row: row.run_at, roomy=True),
        columns.prose("error", "最近错误", "Last error", lambda row: (row.last_error or "")[:200]),
        columns.actions(),
    ),
    filters=(filters.states("state", "状态", "State", JobState, OutboxJob.state),),
    bulk=Bulk(
        endpoint="admin.jobs_bulk",
        actions=(Action("retry", Text("重试", "Retry"), "primary"),),
        roles=("manager", "support"),
        id=lambda row: str(row.id),
        label=lambda row: f"{row.name} {row.id}",
        can=lambda row: row.state == JobState.DEAD,
    ),
    empty=empty(
        "这里没有任务",
        "No jobs here",
        "失败多次的任务会停在这里，等待人工处理。",
        "Jobs that failed too often stop here and wait for a person.",
    ),
)
EVENTS = Table(
    name="payment-events",
    title=Text("支付消息", "Payment events"),
    source=listed(lambda: select(GatewayEvent), GatewayEvent.event_ref, by=GatewayEvent.received_at),
    columns=(
        columns.time("received", "收到", "Received", lambda row: row.received_at, sort=GatewayEvent.received_at),
        columns.text("gateway", "通道", "Gateway", lambda row: gateway_name(row.gateway)),
        columns.code("type", "类型", "Type", lambda row: row.type),
        columns.badge("outcome", "结果", "Outcome", lambda row: row.outcome),
        columns.text("reason", "原因", "Reason", lambda row: message_reason(row.reason) if row.reason else None),
        columns.code("reason_code", "原因代码", "Reason's code", lambda row: row.reason, only_file=True),
        columns.code("ref", "消息编号", "Message", lambda row: row.event_ref, roomy=True),
    ),
    filters=(filters.states("outcome", "结果", "Outcome", EventOutcome, GatewayEvent.outcome),),
    empty=empty(
        "没有消息",
        "No messages",
        "支付通道的每条消息都先存下，再处理一次。",
        "Every message of a gateway is stored first, then applied once.",
    ),
)


@blueprint.get("/jobs")
def jobs_list() -> ResponseReturnValue:
    return screen(JOBS, template="admin/jobs.html", more=_counts, states=list(JobState))


def _counts(session: Session, _shown: Shown) -> dict[str, Any]:
    return {"counts": dict(session.execute(select(OutboxJob.state, func.count()).group_by(OutboxJob.state)).all())}


@blueprint.post("/jobs/<int:job_id>")
@allow("manager", "support")
def jobs_decide(job_id: int) -> Response:
    """Try a dead letter again, or let it go."""
    verb = {"retry": dead_letters.retry_dead, "drop": dead_letters.drop_dead}
    try:
        with transaction(scope()) as session:
            decide = verb[forms.choice(request.form, "verb", tuple(verb))]
            reason = forms.text(request.form, "reason")
            decide(session, job_id=job_id, party_id=NIL, reason=reason, record=record)
    except MeshError as error:
        return refused(error, "admin.jobs_list")
    return done("已处理", "Done", "admin.jobs_list")


@blueprint.post("/jobs/bulk")
@allow("manager", "support")
def jobs_bulk() -> Response:
    """Try those that are ticked again; they wait a moment, in which the next page's button takes it back."""
    try:
        forms.choice(request.form, "verb", ("retry",))
        ids = [int(one) for one in undo.chosen() if one.isdecimal() and len(one) < 18]
        with transaction(scope()) as session:
            retried = dead_letters.retry_many(session, job_ids=ids, party_id=NIL, record=record, after=PAUSE)
            note = undo.remember(session, UNDO, retried)
    except MeshError as error:
        return refused(error, "admin.jobs_list")
    undo.tell(RETRIED, len(retried["attempts"]), len(ids), note)
    return redirect(url_for("admin.jobs_list"))


def _take_back(session: Session, changes: Mapping[str, Any]) -> tuple[int, int]:
    count = dead_letters.take_back(session, retried=changes, party_id=NIL, record=record)
    return count, len(changes["attempts"])


undo.REVERSES[UNDO] = undo.Reverse(("manager", "support"), "admin.jobs_list", _take_back)


@blueprint.get("/events")
def events_list() -> ResponseReturnValue:
    return screen(EVENTS)
