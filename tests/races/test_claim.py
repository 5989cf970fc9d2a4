"""A claim decided by two, or opened and decided while its money moves."""

from tests.fixtures.market import Market, StripeDesk

from .deal import COMPLETED, GIVEN_BACK, SOLD, Deal, End, sold
from .interleave import UNCOMMITTED, Race, between

REFUNDED = End("refunded", "refunded", 0, "paid", ((10_800, "requested"),))
DECIDED = "claim_state_conflict"


@between(
    ("accept", "refund.locked", "reject"),
    ("accept", "refund.recorded", "reject"),
    ("accept", "refund.recorded", "again"),
    ("reject", UNCOMMITTED, "accept"),
)
def test_a_claim_is_decided_once(race: Race, market: Market, stripe_desk: StripeDesk) -> None:
    deal = sold(market, stripe_desk)
    claim_id = deal.claim()

    def accept() -> str:
        return deal.decide(claim_id, accept=True)

    ends = race.run(accept=accept, again=accept, reject=lambda: deal.decide(claim_id, accept=False))
    assert ends == {race.first: f"{race.first}ed", race.second: DECIDED} and race.waited
    accepted = race.first == "accept"
    assert deal.end() == (REFUNDED if accepted else COMPLETED)
    assert market.books() == (GIVEN_BACK if accepted else SOLD)


@between(("claim", UNCOMMITTED, "again"))
def test_a_line_has_one_open_claim(race: Race, market: Market, stripe_desk: StripeDesk) -> None:
    deal = sold(market, stripe_desk)
    ends = race.run(claim=deal.claim, again=deal.claim)
    assert ends["again"] == DECIDED and race.waited
    assert deal.end() == COMPLETED and market.books() == SOLD


@between(
    ("accept", "refund.locked", "settle"),
    ("reject", UNCOMMITTED, "settle"),
    ("accept", "refund.recorded", "refund"),
    ("refund", "refund.recorded", "accept"),
)
def test_a_claim_is_decided_while_its_unit_is_settled_or_refunded(
    race: Race, market: Market, stripe_desk: StripeDesk
) -> None:
    deal = sold(market, stripe_desk)
    claim_id = deal.claim()
    ends = race.run(
        accept=lambda: deal.decide(claim_id, accept=True),
        reject=lambda: deal.decide(claim_id, accept=False),
        settle=deal.settle,
        refund=deal.refund,
    )
    refunded = "reject" not in ends
    assert ends.get("settle", 0) == 0 and ends.get("accept", "accepted") == "accepted"
    assert deal.end() == (REFUNDED if refunded else COMPLETED)
    assert market.books() == (GIVEN_BACK if refunded else SOLD)
    assert deal.settle() == int(not refunded)


@between(
    ("claim", UNCOMMITTED, "settle"),
    ("settle", "settlement.picked", "claim"),
    ("settle", "settlement.marked", "claim"),
)
def test_a_claim_is_opened_while_its_unit_is_settled(race: Race, market: Market, stripe_desk: StripeDesk) -> None:
    """Neither waits. Accepted later, the money comes from the wallets."""
    deal = sold(market, stripe_desk)
    ends = race.run(claim=deal.claim, settle=deal.settle)
    assert ends["settle"] == 1 and not race.waited
    assert market.books()["supplier available"] == 9_025
    _accept(deal)
    assert deal.end() == REFUNDED and market.books() == GIVEN_BACK


def _accept(deal: Deal) -> None:
    from_page = deal.open_claims()
    assert len(from_page) == 1
    assert deal.decide(from_page[0], accept=True) == "accepted"
