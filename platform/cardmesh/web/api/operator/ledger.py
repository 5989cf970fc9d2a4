"""The books: trial balance, and credits by the operator."""

from typing import Annotated, Literal

from flask.typing import ResponseReturnValue
from pydantic import Field, model_validator
from sqlalchemy.orm import Session

from ....identity.models import Party
from ....identity.suppliers.service import get_supplier
from ....identity.tenants.service import get_tenant
from ....kit.db import transaction
from ....kit.ids import new_id, parse_id, public_id
from ....money.ledger import service as ledger
from ....money.wallets import service as wallets
from ...common.idempotent import once
from ...common.principal import caller, requires
from ...common.schema import Money, Price, Query, Shape
from . import blueprint


class CreditIn(Shape):
    """Exactly one of tenant and supplier."""

    tenant: Annotated[str | None, Field(max_length=40)] = None
    supplier: Annotated[str | None, Field(max_length=40)] = None
    amount: Price
    reason: Annotated[str, Field(min_length=1, max_length=500)]

    @model_validator(mode="after")
    def _one_party(self) -> "CreditIn":
        if (self.tenant is None) == (self.supplier is None):
            raise ValueError("exactly one of tenant and supplier")
        return self


class CreditOut(Shape):
    object: Literal["wallet_credit"] = "wallet_credit"
    id: str
    tenant: str | None
    supplier: str | None
    amount: Money
    reason: str


class TotalsOut(Shape):
    currency: str
    debits: int
    credits: int
    difference: int


class TrialBalanceQuery(Query):
    prove: bool = False


class TrialBalanceOut(Shape):
    """`derived_equals_stored` is null unless asked for."""

    data: list[TotalsOut]
    derived_equals_stored: bool | None


@blueprint.post("/wallet-credits")
@blueprint.input(CreditIn)
@blueprint.output(CreditOut, status_code=201)
@requires(Party.PLATFORM, "platform:write")
def credit(json_data: CreditIn) -> ResponseReturnValue:
    """Credit a party's wallet by hand: a journal entry with a reason, audited."""

    def effect(session: Session) -> CreditOut:
        if json_data.tenant is not None:
            owner_id = get_tenant(session, parse_id("ten", json_data.tenant)).id
        else:
            owner_id = get_supplier(session, parse_id("sup", json_data.supplier or "")).id
        entry_id = wallets.credit(
            session,
            owner_id=owner_id,
            amount=json_data.amount.to_kit(),
            reason=json_data.reason,
            key=f"credit:{new_id()}",
        )
        return CreditOut(
            id=public_id("led", entry_id),
            tenant=json_data.tenant,
            supplier=json_data.supplier,
            amount=json_data.amount,
            reason=json_data.reason,
        )

    principal = caller()
    return once(principal.scope(), principal.party_id, effect)


@blueprint.get("/ledger/trial-balance")
@blueprint.input(TrialBalanceQuery, location="query")
@blueprint.output(TrialBalanceOut)
@requires(Party.PLATFORM, "platform:read")
def trial_balance(query_data: TrialBalanceQuery) -> TrialBalanceOut:
    """Per currency what the accounts hold on either side; the difference is 0.

    With `prove=true` every posting is added up anew: slow on large books, and `derived_equals_stored` tells the end.
    """
    with transaction(caller().scope()) as session:
        found = ledger.trial_balance(session)
        proof = ledger.prove(session) if query_data.prove else None
    rows = [
        TotalsOut(
            currency=row.currency,
            debits=row.debits_minor,
            credits=row.credits_minor,
            difference=row.difference_minor,
        )
        for row in found.rows
    ]
    return TrialBalanceOut(data=rows, derived_equals_stored=proof.derived_equals_stored if proof else None)
