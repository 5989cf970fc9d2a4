"""Advances and their terms, and suppliers' deposits."""

from typing import Annotated, Literal

from flask.typing import ResponseReturnValue
from pydantic import Field
from sqlalchemy.orm import Session

from ....identity.models import Party
from ....identity.suppliers.service import get_supplier
from ....kit.clock import rfc3339
from ....kit.db import transaction
from ....kit.ids import new_id, parse_id, public_id
from ....money.advances import service as advances
from ....money.advances.models import Advance, AdvanceTerms
from ....money.deposits import service as deposits
from ....money.ledger import service as ledger
from ....money.models import AccountKind
from ...common.advance_shapes import AdvanceList, advance_shape
from ...common.idempotent import once
from ...common.principal import caller, requires
from ...common.schema import CurrencyCode, Line, Money, Paging, Price, Query, Shape
from . import blueprint
from .lists import all_of

Permille = Annotated[int, Field(ge=0, le=1000)]


class AdvanceTermsIn(Shape):
    """The limit is the least of a share of pending, a share of an average month, and `most` (minor units)."""

    currency: CurrencyCode
    enabled: bool
    pending_permille: Permille
    history_permille: Annotated[int, Field(ge=0, le=12_000)]
    fee_permille: Permille
    least_days: Annotated[int, Field(ge=0, le=3650)]
    most: Annotated[int, Field(ge=0, le=10**12)]


class AdvanceTermsOut(AdvanceTermsIn):
    object: Literal["advance_terms"] = "advance_terms"
    since: str


class TermsQuery(Query):
    currency: CurrencyCode = "CNY"


class AdvanceTermsList(Shape):
    """None before any were set: then nothing is advanced."""

    data: list[AdvanceTermsOut]


class HeldOut(Shape):
    supplier: str
    amount: Money


class DepositsOut(Shape):
    data: list[HeldOut]


class ReturnIn(Shape):
    amount: Price
    reason: Line


class ReturnOut(Shape):
    """`entry` is the movement in the ledger."""

    object: Literal["deposit_return"] = "deposit_return"
    supplier: str
    amount: Money
    entry: str


@blueprint.get("/advances")
@blueprint.input(Paging, location="query")
@blueprint.output(AdvanceList)
@requires(Party.PLATFORM, "platform:read")
def list_all_advances(query_data: Paging) -> ResponseReturnValue:
    """All advances, newest first."""
    return all_of(Advance, "adv", query_data, advance_shape)


@blueprint.get("/advance-terms")
@blueprint.input(TermsQuery, location="query")
@blueprint.output(AdvanceTermsList)
@requires(Party.PLATFORM, "platform:read")
def get_advance_terms(query_data: TermsQuery) -> AdvanceTermsList:
    """The terms in force."""
    with transaction(caller().scope()) as session:
        found = advances.terms_in_force(session, query_data.currency)
        return AdvanceTermsList(data=[_terms(found)] if found else [])


@blueprint.put("/advance-terms")
@blueprint.input(AdvanceTermsIn)
@blueprint.output(AdvanceTermsOut)
@requires(Party.PLATFORM, "platform:write")
def set_advance_terms(json_data: AdvanceTermsIn) -> AdvanceTermsOut:
    """In force from now on; what was taken stays as it was taken."""
    given = json_data.model_dump(exclude={"most"})
    with transaction(caller().scope()) as session:
        return _terms(advances.set_terms(session, AdvanceTerms(**given, most_minor=json_data.most)))


@blueprint.get("/deposits")
@blueprint.output(DepositsOut)
@requires(Party.PLATFORM, "platform:read")
def list_deposits() -> DepositsOut:
    """Suppliers' deposits, the largest first."""
    with transaction(caller().scope()) as session:
        held = ledger.holders(session, kind=AccountKind.DEPOSIT)
    return DepositsOut(
        data=[
            HeldOut(supplier=public_id("sup", owner), amount=Money.of(minor, currency))
            for owner, currency, minor in held
        ]
    )


@blueprint.post("/suppliers/<supplier_id>/deposit/return")
@blueprint.input(ReturnIn)
@blueprint.output(ReturnOut, status_code=201)
@requires(Party.PLATFORM, "platform:write")
def return_deposit(supplier_id: str, json_data: ReturnIn) -> ResponseReturnValue:
    """Give a deposit, or a part of it, back to a supplier's wallet."""

    def effect(session: Session) -> ReturnOut:
        owner_id = get_supplier(session, parse_id("sup", supplier_id)).id
        entry = deposits.give_back(
            session, owner_id=owner_id, amount=json_data.amount.to_kit(), reason=json_data.reason, key=new_id().hex
        )
        return ReturnOut(supplier=supplier_id, amount=json_data.amount, entry=public_id("led", entry))

    principal = caller()
    return once(principal.scope(), principal.party_id, effect)


def _terms(row: AdvanceTerms) -> AdvanceTermsOut:
    return AdvanceTermsOut(
        currency=row.currency,
        enabled=row.enabled,
        pending_permille=row.pending_permille,
        history_permille=row.history_permille,
        fee_permille=row.fee_permille,
        least_days=row.least_days,
        most=row.most_minor,
        since=rfc3339(row.created_at),
    )
