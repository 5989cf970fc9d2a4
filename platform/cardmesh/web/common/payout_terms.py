"""How a party is paid, by API: the same for suppliers and distributors.

The account that money goes to is written in the console only, by a person with a second step: who steals a key must not
be able to send money to himself.
"""

from typing import Literal

from apiflask import APIBlueprint

from ...identity.models import Party
from ...kit.clock import rfc3339
from ...kit.db import transaction
from ...money.payouts import terms
from ...money.payouts.models import Method, PayoutTerms, Schedule
from .principal import caller, requires
from .schema import Money, Shape


class PayoutTermsIn(Shape):
    """Of one currency, the minimum's. Another `method` than before needs its account, in the console."""

    schedule: Literal["manual", "daily", "weekly", "monthly"]
    minimum: Money
    method: Literal["stripe", "bank", "alipay"]


class PayoutTermsOut(Shape):
    """`ready`: there is an account that can be paid to; `account` is a hint of it."""

    object: Literal["payout_terms"] = "payout_terms"
    schedule: str
    minimum: Money
    method: str
    account: str
    ready: bool
    updated_at: str


class PayoutTermsList(Shape):
    data: list[PayoutTermsOut]


def add_payout_terms(blueprint: APIBlueprint, party: Party) -> None:
    """`/payout-terms` for keys of `party`."""

    @blueprint.get("/payout-terms")
    @blueprint.output(PayoutTermsList)
    @requires(party, "wallet:read")
    def payout_terms() -> PayoutTermsList:
        """How often you are paid, from which amount on, and by which way; one entry a currency."""
        with transaction(caller().scope()) as session:
            return PayoutTermsList(data=[_shape(row) for row in terms.of_owner(session, caller().party_id)])

    @blueprint.put("/payout-terms")
    @blueprint.input(PayoutTermsIn)
    @blueprint.output(PayoutTermsOut)
    @requires(party, "withdrawals:write")
    def choose_payout_terms(json_data: PayoutTermsIn) -> PayoutTermsOut:
        """Set them for one currency; repeating changes nothing."""
        choice = terms.Choice(
            schedule=Schedule(json_data.schedule),
            minimum=json_data.minimum.to_kit(),
            method=Method(json_data.method),
        )
        with transaction(caller().scope()) as session:
            return _shape(terms.choose(session, party=party, owner_id=caller().party_id, choice=choice))


def _shape(row: PayoutTerms) -> PayoutTermsOut:
    return PayoutTermsOut(
        schedule=row.schedule,
        minimum=Money.of(row.minimum_minor, row.currency),
        method=row.method,
        account=(row.stripe_account or "") if row.method == Method.STRIPE else row.payee_hint,
        ready=terms.is_ready(row),
        updated_at=rfc3339(row.updated_at),
    )
