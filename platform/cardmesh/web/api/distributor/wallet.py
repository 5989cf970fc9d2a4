"""The wallet: balances, statement, withdrawals, and topping it up through a gateway."""

import uuid
from typing import Literal

from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from ....identity.idempotency import service as idempotency
from ....identity.models import Party
from ....kit.clock import rfc3339
from ....kit.db import transaction
from ....kit.errors import MeshError
from ....kit.ids import public_id
from ....money.models import Payment
from ....money.payments import service as payments
from ...common.idempotent import replay, reply, request_hash, required_key
from ...common.principal import caller, requires
from ...common.schema import Money, Price, Shape
from ...common.top_ups import page_request
from ...common.wallets import add_routes
from . import blueprint

add_routes(blueprint, Party.DISTRIBUTOR)


class TopUpIn(Shape):
    amount: Price
    method: Literal["card", "alipay", "wechat_pay"] = "card"


class TopUpOut(Shape):
    object: Literal["top_up"] = "top_up"
    id: str
    amount: Money
    status: str
    method: str
    url: str
    created_at: str


@blueprint.post("/wallet/top-ups")
@blueprint.input(TopUpIn)
@blueprint.output(TopUpOut, status_code=201)
@requires(Party.DISTRIBUTOR, "wallet:write")
def top_up(json_data: TopUpIn) -> ResponseReturnValue:
    """A hosted page to pay on; the wallet is credited when the gateway says that it is paid."""
    principal = caller()
    with transaction(principal.scope()) as session:
        begun = idempotency.begin(session, party_id=principal.party_id, key=required_key(), request_hash=request_hash())
        if begun.done:
            return replay(begun.row.status or 201, begun.row.body or {})
        payment = _begun_before(session, begun.row.body) or payments.top_up(
            session, tenant_id=principal.party_id, amount=json_data.amount.to_kit(), method=json_data.method
        )
        idempotency.finish(session, begun.row, status=None, body={"payment_id": str(payment.id)})
    try:
        url = payments.open_page(page_request(payment))
    except MeshError:  # after anything else a repeat has to find the payment
        with transaction(principal.scope()) as session:
            idempotency.forget(session, begun.row)
        raise
    body = _shape(payment, url).model_dump(mode="json")
    with transaction(principal.scope()) as session:
        idempotency.finish(session, begun.row, status=201, body=body)
    return reply(201, body)


def _begun_before(session: Session, progress: dict[str, str] | None) -> Payment | None:
    if not progress:
        return None
    return session.get_one(Payment, (caller().party_id, uuid.UUID(progress["payment_id"])))


def _shape(payment: Payment, url: str) -> TopUpOut:
    return TopUpOut(
        id=public_id("top", payment.id),
        amount=Money.of(payment.amount_minor, payment.currency),
        status=payment.status,
        method=payment.method,
        url=url,
        created_at=rfc3339(payment.created_at),
    )
