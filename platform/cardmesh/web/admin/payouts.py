"""Payout runs: what would be paid, who made it, who approved it, how each line went; suppliers' deposits."""

import uuid
from collections.abc import Sequence

from flask import request
from werkzeug.wrappers import Response

from ...goods.imports.amounts import CURRENCIES
from ...identity.settings import service as settings
from ...kit.db import transaction
from ...kit.errors import MeshError, NotFound
from ...kit.ids import new_id, parse_id, public_id
from ...money.deposits import service as deposits
from ...money.ledger import service as ledger
from ...money.models import AccountKind
from ...money.payouts import batch, queries, runs
from ...money.payouts.models import Method, PayoutRun
from ..common import forms
from ..common.console import allow, done, person, refused, render, scope
from ..common.step_up import step_up
from ..common.uploads import takes
from . import blueprint
from .names import party_names, person_names

PREFIX = "run"
MOST_BYTES = 4 << 20


@blueprint.get("/payouts")
def payouts_list() -> str:
    """The runs so far, and what each way of paying would take now."""
    with transaction(scope()) as session:
        ways = [*Method] if settings.read(session).batch_payouts else [Method.STRIPE]
        asked = queries.currencies(session)
        waiting = [runs.preview(session, method=way, currency=one) for one in asked for way in ways]
        rows = runs.list_runs(session)
        owners = {one.withdrawal.owner_id for seen in waiting for one in (*seen.taken, *seen.left)}
        names, people = party_names(session, owners), person_names(session, _people(rows))
    return render("admin/payouts.html", rows=rows, waiting=waiting, names=names, people=people)


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
def payout(run_id: str) -> str:
    with transaction(scope()) as session:
        run = queries.run(session, parse_id(PREFIX, run_id))
        lines = queries.lines_of(session, run.id)
        names = party_names(session, {line.owner_id for line in lines})
        people = person_names(session, _people([run]))
    mine = run.made_by == person().person_id
    return render("admin/payout.html", run=run, lines=lines, names=names, people=people, mine=mine)


@blueprint.post("/payouts/<run_id>/approve")
@allow("finance")
@step_up
def payout_approve(run_id: str) -> Response:
    try:
        with transaction(scope()) as session:
            runs.approve(session, run_id=parse_id(PREFIX, run_id))
    except MeshError as error:
        return refused(error, "admin.payout", run_id=run_id)
    return done("已批准", "Approved", "admin.payout", run_id=run_id)


@blueprint.post("/payouts/<run_id>/cancel")
@allow("finance")
def payout_cancel(run_id: str) -> Response:
    try:
        with transaction(scope()) as session:
            runs.cancel(session, run_id=parse_id(PREFIX, run_id), reason=forms.text(request.form, "reason"))
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
            body = batch.batch_file(session, run_id=parse_id(PREFIX, run_id))
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
                session, run_id=parse_id(PREFIX, run_id), content=file.read(MOST_BYTES) if file else b""
            )
    except MeshError as error:
        return refused(error, "admin.payout", run_id=run_id)
    if found.repeated:
        return done("该文件已导入过", "This file was read before", "admin.payout", run_id=run_id)
    return done("结果已导入", "The results are in", "admin.payout", run_id=run_id)


@blueprint.get("/payouts/deposits")
def payouts_deposits() -> str:
    """Suppliers' deposits, and a way to give one back."""
    with transaction(scope()) as session:
        held = ledger.holders(session, kind=AccountKind.DEPOSIT)
        names = party_names(session, {owner for owner, _, _ in held})
    return render("admin/deposits.html", held=held, names=names, once=new_id().hex)


@blueprint.post("/payouts/deposits/<supplier_id>")
@allow("finance")
@step_up
def payouts_deposit_return(supplier_id: str) -> Response:
    try:
        with transaction(scope()) as session:
            owner_id = parse_id("sup", supplier_id)
            if owner_id not in party_names(session, {owner_id}):
                raise NotFound
            deposits.give_back(
                session,
                owner_id=owner_id,
                amount=forms.money(request.form, "amount", forms.choice(request.form, "currency", CURRENCIES, "CNY")),
                reason=forms.text(request.form, "reason", required=True),
                key=forms.text(request.form, "once", required=True, most=64),
            )
    except MeshError as error:
        return refused(error, "admin.payouts_deposits")
    return done("保证金已退还", "The deposit is given back", "admin.payouts_deposits")


def _people(rows: Sequence[PayoutRun]) -> set[uuid.UUID]:
    return {one for row in rows for one in (row.made_by, row.approved_by) if one}


def _id(run: PayoutRun) -> dict[str, str]:
    return {"run_id": public_id(PREFIX, run.id)}
