"""Advances on what is pending, and the supplier's deposit."""

from typing import Literal

from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from ....identity.models import Party
from ....kit import tenancy
from ....kit.db import transaction
from ....kit.ids import new_id, public_id
from ....money.advances import service as advances
from ....money.advances.models import Advance
from ....money.deposits import service as deposits
from ....money.ledger import service as ledger
from ....money.models import AccountKind
from ...common.advance_shapes import AdvanceList, AdvanceOut, advance_shape
from ...common.idempotent import once
from ...common.lists import each, listed
from ...common.principal import caller, requires
from ...common.schema import CurrencyCode, Money, Paging, Price, Query, Shape
from . import blueprint


class OfferQuery(Query):
    currency: CurrencyCode = "CNY"


class AdvanceOfferOut(Shape):
    """`enabled` is false where the platform advances nothing; then `limit` is 0."""

    object: Literal["advance_offer"] = "advance_offer"
    enabled: bool
    fee_permille: int
    limit: Money
    owed: Money


class AmountIn(Shape):
    amount: Price


class DepositOut(Shape):
    """`entry` is the movement in the ledger, where there was one; `held` what is aside after it."""

    object: Literal["deposit"] = "deposit"
    held: list[Money]
    entry: str | None = None


@blueprint.get("/advances/offer")
@blueprint.input(OfferQuery, location="query")
@blueprint.output(AdvanceOfferOut)
@requires(Party.SUPPLIER, "wallet:read")
def advance_offer(query_data: OfferQuery) -> AdvanceOfferOut:
    """What could be advanced to you now, for which fee, and what you owe of earlier ones."""
    with transaction(caller().scope()) as session:
        found = advances.offer(session, owner_id=caller().party_id, currency=query_data.currency)
    terms = found.terms if found.terms and found.terms.enabled else None
    return AdvanceOfferOut(
        enabled=terms is not None,
        fee_permille=terms.fee_permille if terms else 0,
        limit=Money.of(found.limit_minor, query_data.currency),
        owed=Money.of(found.standing.owed, query_data.currency),
    )


@blueprint.get("/advances")
@blueprint.input(Paging, location="query")
@blueprint.output(AdvanceList)
@requires(Party.SUPPLIER, "wallet:read")
def list_advances(query_data: Paging) -> ResponseReturnValue:
    """Own advances, newest first."""
    with transaction(caller().scope()) as session:
        mine = select(Advance).where(Advance.owner_id == caller().party_id)
        return listed(session, mine, Advance.id, "adv", query_data, each(advance_shape))


@blueprint.post("/advances")
@blueprint.input(AmountIn)
@blueprint.output(AdvanceOut, status_code=201)
@requires(Party.SUPPLIER, "withdrawals:write")
def take_advance(json_data: AmountIn) -> ResponseReturnValue:
    """Have a part of what is pending now, less the fee; settlement pays it back."""
    principal = caller()

    def effect(session: Session) -> AdvanceOut:
        row = advances.take(session, owner_id=principal.party_id, amount=json_data.amount.to_kit(), key=new_id())
        return advance_shape(row)

    return once(tenancy.platform(principal.actor), principal.party_id, effect)  # the fee is the platform's revenue


@blueprint.get("/deposit")
@blueprint.output(DepositOut)
@requires(Party.SUPPLIER, "wallet:read")
def get_deposit() -> DepositOut:
    """What you have set aside."""
    with transaction(caller().scope()) as session:
        return DepositOut(held=_held(session))


@blueprint.post("/deposit")
@blueprint.input(AmountIn)
@blueprint.output(DepositOut, status_code=201)
@requires(Party.SUPPLIER, "withdrawals:write")
def pay_deposit(json_data: AmountIn) -> ResponseReturnValue:
    """Set a part of the available balance aside; the platform gives it back."""
    principal = caller()

    def effect(session: Session) -> DepositOut:
        key = f"{principal.party_id}:{new_id()}"
        entry = deposits.pay_in(session, owner_id=principal.party_id, amount=json_data.amount.to_kit(), key=key)
        return DepositOut(held=_held(session), entry=public_id("led", entry))

    return once(principal.scope(), principal.party_id, effect)


def _held(session: Session) -> list[Money]:
    held = ledger.balances(session, owner_id=caller().party_id)
    return [
        Money.of(kinds[AccountKind.DEPOSIT], currency)
        for currency, kinds in sorted(held.items())
        if kinds.get(AccountKind.DEPOSIT)
    ]
