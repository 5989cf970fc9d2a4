"""A buyer's bank takes money back: gateway, shares and units follow, once, in whatever order it is told."""

import itertools
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from cardmesh.identity.audit.service import trail
from cardmesh.kit import clock, tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.errors import ValidationFailed
from cardmesh.kit.ids import new_id
from cardmesh.money.ledger import service as ledger
from cardmesh.money.ledger.service import Leg
from cardmesh.money.models import PLATFORM_OWNER, AccountKind, GatewayEvent, Refund
from cardmesh.money.payments import refunds as gateway_refunds
from cardmesh.money.payments.errors import DisputeNotAnswerable, OrderDisputed
from cardmesh.money.payments.gateways.base import Evidence
from cardmesh.money.payments.models import Dispute
from cardmesh.money.reconciliation.service import reconcile
from cardmesh.provenance import evidence as log
from cardmesh.provenance import sequencer
from cardmesh.trade.delivery.reveal import reveal
from cardmesh.trade.disputes import evidence
from cardmesh.trade.models import OrderUnit
from cardmesh.trade.payments import EFFECTS
from cardmesh.trade.refunds import service as refunds
from cardmesh.trade.settlement import service as settlement
from tests.fixtures.market import Market, StripeDesk, deliver
from tests.money_payments.tills import StripeTill
from tests.sims.desk import client, control

OPENED = ("charge.dispute.created", "charge.dispute.funds_withdrawn")
CLOSED = ("charge.dispute.closed", "charge.dispute.funds_reinstated")
RETAIL, COST, COUNT = 1_103, 1_001, 3
PAID = RETAIL * COUNT
FEE = 1_500


def bought(market: Market, desk: StripeDesk) -> uuid.UUID:
    placed = market.order((market.sell(keys=COUNT, price=COST, retail=RETAIL), COUNT))
    desk.pay(market.checkout(placed))
    desk.tell("checkout.session.completed")
    return placed.order.id


def open_dispute(desk: StripeDesk, **about: Any) -> str:
    charge = desk.get("/v1/charges")["data"][0]["id"]
    return control(desk.url, "/disputes", {"charge": charge, **about})["id"]


def decide(desk: StripeDesk, ref: str, verdict: str) -> None:
    control(desk.url, f"/disputes/{ref}/{verdict}", {})


def settle(market: Market) -> int:
    with transaction(tenancy.trade(market.tenant_id)) as session:
        at = clock.now() + timedelta(days=60)
        return settlement.settle_tenant(session, tenant_id=market.tenant_id, at=at).units


def books(market: Market) -> dict[str, int]:
    """Without the gateway's fee: see test_its_fee_is_the_platforms."""
    held = market.books()
    paid = held.pop("platform fees", 0)
    held["platform gateway"] = held.get("platform gateway", 0) + paid
    return {name: minor for name, minor in held.items() if minor}


def dispute() -> Dispute:
    with transaction(tenancy.platform()) as session:
        return session.scalars(select(Dispute)).one()


def refund(market: Market, unit: OrderUnit) -> Refund:
    with transaction(tenancy.trade(market.tenant_id)) as session:
        return refunds.refund_unit(session, tenant_id=market.tenant_id, unit_id=unit.id, reason="broken")


def move(owner: uuid.UUID, minor: int, kind: AccountKind, other: AccountKind) -> None:
    with transaction(tenancy.platform()) as session:
        legs = [Leg(owner, kind, minor, "CNY"), Leg(PLATFORM_OWNER, other, -minor, "CNY")]
        ledger.post(session, key=f"test:{new_id()}", kind="test", legs=legs)


def test_while_it_is_open_nothing_settles_and_nothing_is_refunded(market: Market, stripe_desk: StripeDesk) -> None:
    order_id = bought(market, stripe_desk)
    before = books(market)
    open_dispute(stripe_desk)
    assert stripe_desk.tell(*OPENED) == ["applied", "applied"]
    moved = {"platform disputed": before.pop("platform gateway")}
    assert books(market) == before | moved == before | {"platform disputed": -PAID}
    assert settle(market) == 0
    _, units = market.state(order_id)
    with pytest.raises(OrderDisputed):
        refund(market, units[0])
    assert (dispute().status, dispute().withdrawn, dispute().due_by is not None) == ("open", True, True)


def test_settled_shares_are_held_as_far_as_they_are_there_and_freed_when_it_is_won(
    market: Market, stripe_desk: StripeDesk
) -> None:
    bought(market, stripe_desk)
    assert settle(market) == COUNT
    supplier, income = market.suppliers[0].id, books(market)["supplier available"]
    move(supplier, income - 500, AccountKind.AVAILABLE, AccountKind.PAID_OUT)
    before = books(market)
    ref = open_dispute(stripe_desk)
    stripe_desk.tell(*OPENED)
    after = books(market)
    assert (after["supplier held"], after["tenant held"]) == (500, before["tenant available"])
    assert "supplier available" not in after and "tenant available" not in after
    decide(stripe_desk, ref, "won")
    assert stripe_desk.tell(*CLOSED) == ["applied", "applied"]
    assert books(market) == before and dispute().status == "won"


def test_a_lost_one_takes_every_share_back_exactly(market: Market, stripe_desk: StripeDesk) -> None:
    """From pending, to the minor unit: as if the order had never been."""
    order_id = bought(market, stripe_desk)
    ref = open_dispute(stripe_desk)
    decide(stripe_desk, ref, "lost")
    stripe_desk.tell(*OPENED, *CLOSED)
    assert books(market) == {}
    order, units = market.state(order_id)
    assert order.status == "refunded" and {unit.status for unit in units} == {"refunded"}
    with transaction(tenancy.platform()) as session:
        told = session.scalars(select(Refund)).all()
    assert {(one.status, one.reason, one.gateway_ref) for one in told} == {("succeeded", "dispute_lost", ref)}
    assert not market.jobs("refunds.execute") and settle(market) == 0


def test_a_lost_one_goes_from_wallet_to_deposit_to_below_zero(market: Market, stripe_desk: StripeDesk) -> None:
    bought(market, stripe_desk)
    settle(market)
    supplier, income = market.suppliers[0].id, books(market)["supplier available"]
    move(supplier, income - 100, AccountKind.AVAILABLE, AccountKind.PAID_OUT)
    move(supplier, -300, AccountKind.DEPOSIT, AccountKind.ADJUSTMENT)
    ref = open_dispute(stripe_desk)
    stripe_desk.tell(*OPENED)
    decide(stripe_desk, ref, "lost")
    stripe_desk.tell(*CLOSED)
    after = books(market)
    assert after["supplier available"] == 400 - income
    gone = {"supplier held", "supplier deposit", "tenant available", "tenant held", "platform disputed"}
    assert not gone & set(after)


def test_a_part_of_the_payment_is_taken_in_proportion(market: Market, stripe_desk: StripeDesk) -> None:
    order_id = bought(market, stripe_desk)
    before = by_party(market)
    ref = open_dispute(stripe_desk, amount=1_000)
    decide(stripe_desk, ref, "lost")
    stripe_desk.tell(*OPENED, *CLOSED)
    after = by_party(market)
    taken = {name: before.get(name, 0) - after.get(name, 0) for name in before}
    assert taken.pop("platform gateway") == -1_000 and sum(taken.values()) == 1_000
    assert all(0 <= minor <= before[name] for name, minor in taken.items())
    assert {unit.status for unit in market.state(order_id)[1]} == {"delivered"}
    settle(market)
    held = books(market)
    assert not {"supplier pending", "tenant pending"} & set(held), "what the bank took is never paid out"
    assert held["supplier available"] == after["supplier"] and held["tenant available"] == after["tenant"]


def by_party(market: Market) -> dict[str, int]:
    """What suppliers and distributors have, pending or available; the platform's accounts apart."""
    sums: dict[str, int] = {}
    for name, minor in books(market).items():
        party = name if name.startswith("platform") else name.split()[0]
        sums[party] = sums.get(party, 0) + minor
    return sums


def test_a_refund_that_never_went_out_is_what_the_bank_took(market: Market, stripe_desk: StripeDesk) -> None:
    """The gateway refuses to refund a disputed charge; the buyer gets the money once, and no share gives twice."""
    order_id = bought(market, stripe_desk)
    first = refund(market, market.state(order_id)[1][0])
    ref = open_dispute(stripe_desk)
    market.run_refunds()
    stripe_desk.tell(*OPENED)
    with pytest.raises(OrderDisputed), transaction(tenancy.platform()) as session:
        gateway_refunds.retry(session, refund_id=first.id)
    decide(stripe_desk, ref, "lost")
    stripe_desk.tell(*CLOSED)
    assert books(market) == {}
    with transaction(tenancy.platform()) as session:
        row = session.scalars(select(Refund).where(Refund.id == first.id)).one()
    assert (row.status, row.gateway_ref, row.failure) == ("succeeded", ref, None)


def test_what_no_unit_covers_is_the_platforms_loss(market: Market, stripe_desk: StripeDesk) -> None:
    order_id = bought(market, stripe_desk)
    refund(market, market.state(order_id)[1][0])
    market.run_refunds()
    ref = open_dispute(stripe_desk, amount=PAID)
    decide(stripe_desk, ref, "lost")
    stripe_desk.tell(*OPENED, *CLOSED)
    assert books(market) == {"platform gateway": RETAIL, "platform adjustment": -RETAIL}


@pytest.mark.parametrize(("verdict", "count"), [("won", 4), ("lost", 3)])
def test_the_order_of_the_messages_does_not_matter(
    market: Market, stripe_desk: StripeDesk, verdict: str, count: int
) -> None:
    ends = set()
    for order in itertools.permutations(range(count)):
        seen = {event["id"] for event in stripe_desk.events()}
        before = books(market)
        order_id = bought(market, stripe_desk)
        decide(stripe_desk, open_dispute(stripe_desk), verdict)
        fresh = [event for event in stripe_desk.events(*OPENED, *CLOSED) if event["id"] not in seen]
        assert len(fresh) == count
        for place in (*order, *order):
            assert deliver(fresh[place]) == "applied"
        after = books(market)
        moved = tuple(sorted((name, after.get(name, 0) - before.get(name, 0)) for name in {**before, **after}))
        state, units = market.state(order_id)
        with transaction(tenancy.platform()) as session:
            told = session.scalars(select(Dispute.status).where(Dispute.order_id == order_id)).one()
        ends.add((told, state.status, tuple(unit.status for unit in units), tuple(one for one in moved if one[1])))
    assert len(ends) == 1 and {end[0] for end in ends} == {verdict}


def test_an_inquiry_is_recorded_and_moves_nothing(market: Market, stripe_desk: StripeDesk) -> None:
    bought(market, stripe_desk)
    before = books(market)
    ref = open_dispute(stripe_desk, inquiry=True)
    stripe_desk.tell(*OPENED)
    assert dispute().status == "inquiry" and books(market) == before
    decide(stripe_desk, ref, "lost")
    stripe_desk.tell(*CLOSED)
    assert dispute().status == "won" and books(market) == before


@pytest.mark.parametrize(
    ("reason", "change"),
    [
        ("amount_mismatch", lambda one: one.update(amount=PAID + 1)),
        ("currency_mismatch", lambda one: one.update(currency="usd")),
        ("livemode_mismatch", lambda one: one.update(livemode=True)),
    ],
)
def test_a_mismatch_is_refused_and_moves_nothing(
    market: Market, stripe_desk: StripeDesk, reason: str, change: Callable[[dict[str, Any]], object]
) -> None:
    bought(market, stripe_desk)
    before = books(market)
    open_dispute(stripe_desk)
    event = stripe_desk.events(OPENED[1])[0]
    change(event["data"]["object"])
    assert deliver(event) == "refused" and books(market) == before
    with transaction(tenancy.platform()) as session:
        assert session.get_one(GatewayEvent, ("stripe", event["id"])).reason == reason
        assert not session.scalars(select(Dispute)).all()


def test_one_that_overtakes_its_payment_waits_for_it(market: Market, stripe_desk: StripeDesk) -> None:
    placed = market.order((market.sell(keys=1), 1))
    stripe_desk.pay(market.checkout(placed))
    open_dispute(stripe_desk)
    early = [deliver(event) for event in stripe_desk.events(*OPENED)]
    assert early == ["stored", "stored"]
    stripe_desk.tell("checkout.session.completed")
    stripe_desk.tell(*OPENED)
    assert dispute().status == "open" and books(market)["platform disputed"] == -10_800


def test_its_fee_is_the_platforms_and_booked_once(market: Market, stripe_desk: StripeDesk) -> None:
    """Told by both messages and by the day's list; won or lost, it is not given back."""
    bought(market, stripe_desk)
    ref = open_dispute(stripe_desk)
    assert "platform fees" not in market.books()
    stripe_desk.tell(*OPENED, *OPENED)
    assert market.books()["platform fees"] == -FEE
    decide(stripe_desk, ref, "won")
    stripe_desk.tell(*CLOSED)
    now = clock.now()
    assert reconcile(since=now - timedelta(days=1), until=now + timedelta(minutes=1)).differences == 0
    held = market.books()
    assert held["platform fees"] == -FEE - (PAID * 29 + 500) // 1000 - 30
    assert -held["platform gateway"] == StripeTill(stripe_desk).balance()


def test_the_bank_is_told_what_the_records_say_in_time_and_once(market: Market, stripe_desk: StripeDesk) -> None:
    order_id = bought(market, stripe_desk)
    order, units = market.state(order_id)
    with transaction(tenancy.trade(market.tenant_id)) as session:
        reveal(session, order=order)
    sequencer.catch_up()
    ref = open_dispute(stripe_desk)
    stripe_desk.tell(*OPENED)
    row = dispute()
    with transaction(tenancy.platform()) as session:
        told = log.lines(session, row, log_url="https://cards.example/v1/log")
        ready = evidence.draft(session, row, log=told, statement="winning_evidence")
    with pytest.raises(ValidationFailed):
        hand_in(row, replace(ready, statement=" "))
    with time_machine.travel(clock.now() + timedelta(days=30)), pytest.raises(DisputeNotAnswerable) as late:
        hand_in(row, ready)
    hand_in(row, ready)
    kept = stripe_desk.get(f"/v1/disputes/{ref}")["evidence"]
    assert (kept["customer_email_address"], kept["service_date"]) == ("buyer@example.test", f"{clock.now():%Y-%m-%d}")
    written = kept["access_activity_log"].splitlines()
    assert order.number in written[0] and len(written) == 1 + 2 * COUNT
    assert sum("looked at by the buyer" in line for line in written) == len(units) == COUNT
    assert sum("sold at entry" in line and "revealed at entry" in line for line in written) == COUNT
    assert dispute().answered_at
    with pytest.raises(DisputeNotAnswerable) as again:
        hand_in(row, ready)
    assert (late.value.extra, again.value.extra) == ({"reason": "late"}, {"reason": "answered"})
    stripe_desk.tell(*CLOSED)
    assert dispute().status == "won" and "platform disputed" not in market.books()
    with transaction(tenancy.platform()) as session:
        said = [one.reason for one in trail(session, subject_id=row.id) if one.action == "dispute.answered"]
    assert said == ["winning_evidence"]


def hand_in(row: Dispute, told: Evidence) -> None:
    evidence.submit(tenancy.platform(), dispute_id=row.id, evidence=told, effects=EFFECTS)


def test_answered_at_the_gateways_own_pages_it_is_known_here(market: Market, stripe_desk: StripeDesk) -> None:
    bought(market, stripe_desk)
    ref = open_dispute(stripe_desk)
    stripe_desk.tell(*OPENED)
    client(stripe_desk.url).v1.disputes.update(ref, {"evidence": {"uncategorized_text": "ours"}, "submit": True})
    stripe_desk.tell("charge.dispute.updated")
    assert dispute().answered_at and dispute().status == "open"
