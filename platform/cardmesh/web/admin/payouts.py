"""Payout runs: what would be paid, who made it, who approved it, how each line went."""

from flask import request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from ...kit.db import transaction
from ...kit.errors import MeshError
from ...kit.ids import public_id
from ...money.payouts import batch, queries, runs
from ...money.payouts.models import Method, PayoutRun
from ..common import forms
from ..common.console import allow, done, person, refused, scope
from ..common.step_up import step_up
from ..common.tables import screen
from ..common.uploads import takes
from . import blueprint
from .names import person_names
from .payout_lists import LINES, NEXT, RUN, RUNS, asked_run, ready, way

MOST_BYTES = 4 << 20


@blueprint.get("/payouts")
def payouts_list() -> ResponseReturnValue:
    """What each way of paying would take now, and the runs so far."""
    return screen(
        NEXT, RUNS, template="admin/payouts.html", more=lambda _, shown: {"waiting": ready(shown.rows)}, way=way
    )


@blueprint.post("/payouts")
@allow("finance")
@step_up
def payouts_make() -> Response:
    try:
        with transaction(scope()) as session:
            run = runs.make(
                session,
                method=Method(forms.choice(request.form, "payout_method", tuple(Method))),
                currency=forms.text(request.form, "currency", required=True, most=3),
            )
    except MeshError as error:
        return refused(error, "admin.payouts_list")
    return done("批次已生成，等待另一人批准", "Made; a second person has to approve it", "admin.payout", **_id(run))


@blueprint.get("/payouts/<run_id>")
def payout(run_id: str) -> ResponseReturnValue:
    with transaction(scope()) as session:
        run = queries.run(session, asked_run())
        people = person_names(session, {one for one in (run.made_by, run.approved_by) if one})
    mine = run.made_by == person().person_id
    return screen(LINES, template="admin/payout.html", run=run, people=people, mine=mine, way=way)


@blueprint.post("/payouts/<run_id>/approve")
@allow("finance")
@step_up
def payout_approve(run_id: str) -> Response:
    try:
        with transaction(scope()) as session:
            runs.approve(session, run_id=asked_run())
    except MeshError as error:
        return refused(error, "admin.payout", run_id=run_id)
    return done("已批准", "Approved", "admin.payout", run_id=run_id)


@blueprint.post("/payouts/<run_id>/cancel")
@allow("finance")
def payout_cancel(run_id: str) -> Response:
    try:
        with transaction(scope()) as session:
            runs.cancel(session, run_id=asked_run(), reason=forms.text(request.form, "reason"))
    except MeshError as error:
        return refused(error, "admin.payout", run_id=run_id)
    return done("批次已取消", "The run is canceled", "admin.payout", run_id=run_id)


@blueprint.post("/payouts/<run_id>/file")
@allow("finance")
@step_up
def payout_file(run_id: str) -> Response:
    """The batch file, with the payees' accounts in clear: it is on the trail who took it."""
    try:
        with transaction(scope()) as session:
            body = batch.batch_file(session, run_id=asked_run())
    except MeshError as error:
        return refused(error, "admin.payout", run_id=run_id)
    headers = {"Content-Disposition": f'attachment; filename="{run_id}.csv"', "Cache-Control": "no-store"}
    return Response(body, content_type="text/csv; charset=utf-8", headers=headers)


@blueprint.post("/payouts/<run_id>/results")
@takes(MOST_BYTES + 64 * 1024)
@allow("finance")
@step_up
def payout_results(run_id: str) -> Response:
    """A bank's answers; the same file again changes nothing."""
    try:
        file = request.files.get("file")
        with transaction(scope()) as session:
            found = batch.import_results(
                session, run_id=asked_run(), content=file.read(MOST_BYTES) if file else b""
            )
    except MeshError as error:
        return refused(error, "admin.payout", run_id=run_id)
    if found.repeated:
        return done("该文件已导入过", "This file was read before", "admin.payout", run_id=run_id)
    return done("结果已导入", "The results are in", "admin.payout", run_id=run_id)


def _id(run: PayoutRun) -> dict[str, str]:
    return {"run_id": public_id(RUN, run.id)}
