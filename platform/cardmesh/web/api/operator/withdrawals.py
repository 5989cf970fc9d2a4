"""Withdrawals waiting for the operator."""

from typing import Annotated, Literal

from flask.typing import ResponseReturnValue
from pydantic import Field
from sqlalchemy.orm import Session

from ....identity.models import Party
from ....kit.ids import parse_id
from ....money.models import Withdrawal, WithdrawalStatus
from ....money.withdrawals import service as withdrawals
from ...common.idempotent import once
from ...common.principal import caller, requires
from ...common.schema import Paging, Shape
from ...common.wallets import WithdrawalList, WithdrawalOut, withdrawal_shape
from . import blueprint
from .lists import all_of


class DecisionIn(Shape):
    outcome: Literal["failed", "canceled"]
    reason: Annotated[str, Field(max_length=500)] = ""


@blueprint.get("/withdrawals")
@blueprint.input(Paging, location="query")
@blueprint.output(WithdrawalList)
@requires(Party.PLATFORM, "platform:read")
def list_withdrawals(query_data: Paging) -> ResponseReturnValue:
    """All withdrawals, newest first."""
    return all_of(Withdrawal, "wdr", query_data, withdrawal_shape)


@blueprint.post("/withdrawals/<withdrawal_id>/decide")
@blueprint.input(DecisionIn)
@blueprint.output(WithdrawalOut)
@requires(Party.PLATFORM, "platform:write")
def decide(withdrawal_id: str, json_data: DecisionIn) -> ResponseReturnValue:
    """Give the money back. What is paid is paid by a run in the console, for which two people answer."""

    def effect(session: Session) -> WithdrawalOut:
        row = withdrawals.decide(
            session,
            withdrawal_id=parse_id("wdr", withdrawal_id),
            outcome=WithdrawalStatus(json_data.outcome),
            reason=json_data.reason,
        )
        return withdrawal_shape(row)

    principal = caller()
    return once(principal.scope(), principal.party_id, effect, status=200)
