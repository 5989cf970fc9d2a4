"""A wallet that two spend from, and balances that are folded meanwhile."""

import uuid
from collections.abc import Callable

from sqlalchemy import select, update

from cardmesh.identity.models import Party
from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.money import Money
from cardmesh.money.ledger import service as ledger
from cardmesh.money.models import Withdrawal, WithdrawalStatus
from cardmesh.money.wallets import service as wallets
from cardmesh.money.withdrawals import service as withdrawals
from tests.fixtures import papers
from tests.fixtures.market import Market, StripeDesk

from .deal import End, sold
from .interleave import UNCOMMITTED, Race, between

POOR = "insufficient_funds"


def buyer(market: Market, sku_id: uuid.UUID, ref: str | None = None) -> Callable[[], str]:
    return lambda: str(market.wallet_order((sku_id, 1), ref=ref).id)


def withdrawer(party: Party, owner_id: uuid.UUID, minor: int) -> Callable[[], str]:
    """Asks for `minor`, with papers; answers with the state of what was asked for."""
    with transaction(tenancy.platform()) as session:
        papers.prove(session, party, owner_id)

    def withdraw() -> str:
        with transaction(tenancy.platform()) as session:
            amount = Money(minor, "CNY")
            return withdrawals.request(session, party=party, owner_id=owner_id, amount=amount).status

    return withdraw


@between(
    ("order", "order.wallet.begun", "again"),
    ("order", "order.wallet.placed", "again"),
)
def test_one_reference_twice(race: Race, market: Market) -> None:
    market.fund(30_000)
    sku_id = market.sell(keys=2)
    ends = race.run(order=buyer(market, sku_id, "A-1"), again=buyer(market, sku_id, "A-1"))
    assert ends["order"] == ends["again"] and race.waited == (race.point == "order.wallet.placed")
    assert market.stock(sku_id) == 1 and market.books()["tenant available"] == 30_000 - 9_500


@between(
    ("order", "order.wallet.begun", "other"),
    ("order", "order.wallet.placed", "other"),
)
def test_money_for_one_order(race: Race, market: Market) -> None:
    """Who comes second is told so, and nothing of its order is there."""
    market.fund(9_500)
    sku_id = market.sell(keys=2)
    ends = race.run(order=buyer(market, sku_id), other=buyer(market, sku_id))
    late = "other" if race.point == "order.wallet.placed" else "order"
    assert ends[late] == POOR and list(ends.values()).count(POOR) == 1
    assert market.stock(sku_id) == 1 and "tenant available" not in market.books()


@between(
    ("withdraw", "withdrawal.requested", "again"),
    ("withdraw", "withdrawal.requested", "order"),
    ("order", "order.wallet.placed", "withdraw"),
    ("order", "order.wallet.begun", "withdraw"),
)
def test_the_whole_balance_is_withdrawn(race: Race, market: Market) -> None:
    market.fund(9_500)
    sku_id = market.sell(keys=1)
    withdraw = withdrawer(Party.DISTRIBUTOR, market.tenant_id, 9_500)
    ends = race.run(withdraw=withdraw, again=withdraw, order=buyer(market, sku_id))
    late = race.first if race.point == "order.wallet.begun" else race.second
    assert ends[late] == POOR and list(ends.values()).count(POOR) == 1
    assert race.waited == (race.point != "order.wallet.begun")
    ordered = ends.get("order", POOR) != POOR
    assert market.stock(sku_id) == int(not ordered)
    books = market.books()
    assert "tenant available" not in books
    assert books.get("tenant in_transit", 0) == (0 if ordered else 9_500)


@between(
    ("paid", "withdrawal.decided", "canceled"),
    ("paid", "withdrawal.decided", "again"),
    ("canceled", "withdrawal.decided", "paid"),
    ("failed", "withdrawal.decided", "canceled"),
)
def test_a_withdrawal_is_decided_once(race: Race, market: Market) -> None:
    market.fund(9_500)
    withdrawer(Party.DISTRIBUTOR, market.tenant_id, 9_500)()
    if race.first == "paid":  # only what is in a payout run is paid
        with transaction(tenancy.platform()) as session:
            session.execute(update(Withdrawal).values(status=WithdrawalStatus.PROCESSING))

    def decide(outcome: str) -> Callable[[], str]:
        verb = withdrawals.conclude if outcome == "paid" else withdrawals.decide

        def decided() -> str:
            with transaction(tenancy.platform()) as session:
                withdrawal_id = session.scalars(select(Withdrawal.id)).one()
                return verb(session, withdrawal_id=withdrawal_id, outcome=WithdrawalStatus(outcome)).status

        return decided

    outcomes = {name: decide(name) for name in ("paid", "canceled", "failed")}
    ends = race.run(**outcomes, again=outcomes[race.first])
    assert ends == {race.first: race.first, race.second: "withdrawal_decided"} and race.waited
    expected = {"platform paid_out": 9_500} if race.first == "paid" else {"tenant available": 9_500}
    assert market.books() == {"platform adjustment": -9_500, **expected}


@between(
    ("withdraw", "withdrawal.requested", "refund"),
    ("refund", "refund.locked", "withdraw"),
    ("refund", "refund.reversed", "withdraw"),
)
def test_withdraw_and_refund(race: Race, market: Market, stripe_desk: StripeDesk) -> None:
    """What a supplier has taken out is owed, and shown below zero; what a refund has taken cannot be taken out."""
    deal = sold(market, stripe_desk)
    assert deal.settle() == 1
    withdraw = withdrawer(Party.SUPPLIER, market.suppliers[0].id, 9_025)
    ends = race.run(withdraw=withdraw, refund=deal.refund)
    taken = race.point != "refund.reversed"
    assert ends["withdraw"] == ("requested" if taken else POOR)
    assert race.waited == (race.point != "refund.locked")
    assert deal.end() == End("refunded", "refunded", 0, "paid", ((10_800, "requested"),))
    owed = {"supplier available": -9_025, "supplier in_transit": 9_025} if taken else {}
    assert market.books() == {"platform gateway": -10_800, "platform clearing": 10_800, **owed}


@between(
    ("credit", UNCOMMITTED, "order"),
    ("order", "order.wallet.begun", "credit"),
    ("order", "order.wallet.placed", "credit"),
    ("credit", UNCOMMITTED, "again"),
)
def test_income_while_money_is_spent(race: Race, market: Market) -> None:
    """Income waits for no spender; what is not committed cannot be spent."""
    market.fund(1)
    sku_id = market.sell(keys=1)
    if race.point == "order.wallet.placed":
        market.fund(9_499)

    def credit() -> str:
        with transaction(tenancy.platform()) as session:
            amount = Money(9_499, "CNY")
            return str(wallets.credit(session, owner_id=market.tenant_id, amount=amount, reason="race", key="one"))

    ends = race.run(credit=credit, again=credit, order=buyer(market, sku_id))
    assert race.waited == (race.second == "again")
    assert ends.get("again", ends["credit"]) == ends["credit"]
    assert (ends.get("order") == POOR) == (race.second == "order")
    ordered = race.first == "order"
    left = 9_500 + (9_499 if race.point == "order.wallet.placed" else 0) - (9_500 if ordered else 0)
    assert market.books().get("tenant available", 0) == left and market.stock(sku_id) == int(not ordered)


def fold() -> int:
    with transaction(tenancy.platform()) as session:
        return ledger.fold(session)


def refold() -> int:
    with transaction(tenancy.platform()) as session:
        return ledger.refold(session)


@between(
    ("order", "order.wallet.placed", "fold"),
    ("order", "order.wallet.placed", "refold"),
    ("fold", "ledger.folded", "order"),
    ("refold", "ledger.folded", "order"),
)
def test_fold_and_post(race: Race, market: Market) -> None:
    """What is being posted is left to the next fold: nobody's balance is off by it, before or after."""
    market.fund(20_000)
    sku_id = market.sell(keys=1)
    ends = race.run(order=buyer(market, sku_id), fold=fold, refold=refold)
    folded = ends.get("fold", ends.get("refold"))
    assert folded == 2 and not race.waited
    books = market.books()
    assert books["tenant available"] == 20_000 - 9_500
    assert fold() == 3 and fold() == 0
    assert market.books() == books


@between(
    ("fold", "ledger.folded", "again"),
    ("fold", "ledger.folded", "refold"),
    ("refold", "ledger.folded", "fold"),
    ("refold", "ledger.folded", "again"),
)
def test_two_folds(race: Race, market: Market) -> None:
    """A fold leaves the work to the one who is at it; a refold waits and does all of it anew."""
    market.fund(20_000)
    verbs = {"fold": fold, "refold": refold}
    ends = race.run(**verbs, again=verbs[race.first])
    anew = race.second == "refold" or (race.first, race.second) == ("refold", "again")
    assert ends == {race.first: 2, race.second: 2 if anew else 0} and race.waited == anew
    assert market.books() == {"platform adjustment": -20_000, "tenant available": 20_000}
