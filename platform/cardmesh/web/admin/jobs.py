"""Work waiting, running and given up; payment messages."""

from flask import request
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from ...identity.audit.service import record
from ...kit.db import transaction
from ...kit.errors import MeshError
from ...kit.ids import NIL
from ...kit.jobs import dead_letters
from ...kit.jobs.models import JobState, OutboxJob
from ...money.models import EventOutcome, GatewayEvent
from ..common import forms
from ..common.console import allow, done, refused, render, scope
from . import blueprint

PAGE = 100


@blueprint.get("/jobs")
def jobs_list() -> str:
    state = request.args.get("state") or JobState.DEAD
    with transaction(scope()) as session:
        counts = dict(session.execute(select(OutboxJob.state, func.count()).group_by(OutboxJob.state)).all())
        rows = session.scalars(
            select(OutboxJob).where(OutboxJob.state == state).order_by(OutboxJob.run_at).limit(PAGE)
        ).all()
    return render("admin/jobs.html", counts=counts, rows=rows, state=state, states=list(JobState))


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


@blueprint.get("/events")
def events_list() -> str:
    outcome = request.args.get("outcome") or None
    query = select(GatewayEvent).order_by(GatewayEvent.received_at.desc()).limit(PAGE)
    if outcome in list(EventOutcome):
        query = query.where(GatewayEvent.outcome == outcome)
    with transaction(scope()) as session:
        rows = session.scalars(query).all()
    return render("admin/events.html", rows=rows, outcome=outcome, outcomes=list(EventOutcome))
