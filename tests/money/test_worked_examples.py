"""One sale followed through the books, with figures checked by hand. Amounts are CNY; Dr is positive.

retail 108.00 = supplier 90.25 + platform 5.83 + distributor 11.92

cost                95.00
commission  5 % of cost      4.75      supplier     95.00 − 4.75         = 90.25
service fee 1 % of retail    1.08      platform      4.75 + 1.08         =  5.83
                                       distributor 108.00 − 95.00 − 1.08 = 11.92
"""

import uuid
from decimal import Decimal

import pytest
from flask import Flask

from cardmesh.identity.models import Party
from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.ids import NIL, new_id
from cardmesh.kit.money import Money
from cardmesh.money.advances import service as advances
from cardmesh.money.advances.errors import AdvanceUnavailable
from cardmesh.money.advances.models import Advance, AdvanceTerms
from cardmesh.money.commission.drafts import propose
from cardmesh.money.commission.rules import Split, split
from cardmesh.money.deposits import service as deposits
from cardmesh.money.ledger.service import Leg, balance, fold, post, post_many, prove, reverse
from cardmesh.money.models import AccountKind, RuleBasis, WithdrawalStatus
from cardmesh.money.payments import fees
from cardmesh.money.payments.gateways.base import Fee
from cardmesh.money.wallets.service import statement, wallet
from cardmesh.money.withdrawals import service as withdrawals
from tests.fixtures import papers
from tests.money.books import credit, debit, gift, pay

GATEWAY, CLEARING, REVENUE = AccountKind.GATEWAY, AccountKind.CLEARING, AccountKind.REVENUE
PENDING, AVAILABLE = AccountKind.PENDING, AccountKind.AVAILABLE
RULE = propose(basis=RuleBasis.COST, rate=Decimal("0.05"), fee_rate=Decimal("0.01"))


class Sale:
    """A supplier, a distributor, and one unit sold at 108.00 that cost the distributor 95.00."""

    def __init__(self) -> None:
        self.supplier, self.distributor = new_id(), new_id()
        self.parts = split(RULE, retail_minor=108_00, cost_minor=95_00)

    def paid(self) -> uuid.UUID:
        return _post("pay", "payment", [debit(GATEWAY, 108_00), credit(CLEARING, 108_00)])

    def delivered(self) -> uuid.UUID:
        legs = [
            debit(CLEARING, 108_00),
            credit(PENDING, self.parts.supplier_minor, owner=self.supplier),
            credit(PENDING, self.parts.distributor_minor, owner=self.distributor),
            credit(REVENUE, self.parts.platform_minor),
        ]
        return _post("deliver", "sale", legs)

    def settled(self) -> None:
        for owner, minor in (
            (self.supplier, self.parts.supplier_minor),
            (self.distributor, self.parts.distributor_minor),
        ):
            _post(
                f"settle {owner}",
                "settlement",
                [debit(PENDING, minor, owner=owner), credit(AVAILABLE, minor, owner=owner)],
            )

    def books(self) -> dict[str, str]:
        """Every account of the story that is not zero, as yuan: credit balances positive."""
        accounts = {
            "gateway": (NIL, GATEWAY),
            "clearing": (NIL, CLEARING),
            "revenue": (NIL, REVENUE),
            "paid out": (NIL, AccountKind.PAID_OUT),
            "fees": (NIL, AccountKind.FEES),
        }
        for name, owner in (("supplier", self.supplier), ("distributor", self.distributor)):
            accounts |= {
                f"{name} {kind.replace('_', ' ')}": (owner, kind) for kind in (PENDING, AVAILABLE, "in_transit")
            }
        with transaction(tenancy.platform()) as session:
            amounts = {
                name: balance(session, owner_id=owner, kind=AccountKind(kind), currency="CNY")
                for name, (owner, kind) in accounts.items()
            }
            assert prove(session).sound
        return {name: f"{Decimal(minor) / 100:.2f}" for name, minor in amounts.items() if minor}


def _post(key: str, kind: str, legs: list[Leg]) -> uuid.UUID:
    with transaction(tenancy.platform()) as session:
        return post(session, key=key, kind=kind, legs=legs, reference=f"order CM1 {key}")


@pytest.fixture
def sale(app: Flask) -> Sale:
    made = Sale()
    with transaction(tenancy.platform()) as session:
        papers.prove(session, Party.SUPPLIER, made.supplier)
    return made


def test_the_split_is_what_the_table_above_says(sale: Sale) -> None:
    assert sale.parts == Split(
        supplier_minor=90_25, platform_minor=5_83, distributor_minor=11_92, commission_minor=4_75, fee_minor=1_08
    )


def test_payment_then_delivery_then_settlement(sale: Sale) -> None:
    sale.paid()
    assert sale.books() == {"gateway": "-108.00", "clearing": "108.00"}
    sale.delivered()
    assert sale.books() == {
        "gateway": "-108.00",
        "revenue": "5.83",
        "supplier pending": "90.25",
        "distributor pending": "11.92",
    }
    sale.settled()
    assert sale.books() == {
        "gateway": "-108.00",
        "revenue": "5.83",
        "supplier available": "90.25",
        "distributor available": "11.92",
    }


def test_a_refund_is_the_mirror_image_and_leaves_nothing_behind(sale: Sale) -> None:
    payment, delivery = sale.paid(), sale.delivered()
    with transaction(tenancy.platform()) as session:
        reverse(session, entry_id=delivery, key="refund delivery")
        reverse(session, entry_id=payment, key="refund payment")
    assert sale.books() == {}


def test_a_refund_after_settlement_is_carried_as_a_debt(sale: Sale) -> None:
    """The supplier withdrew everything; the refund leaves its wallet at −90.25, which the next sale pays off."""
    sale.paid()
    sale.delivered()
    sale.settled()
    _withdraw(sale.supplier, 90_25, WithdrawalStatus.PAID)
    _post(
        "refund",
        "refund",
        [
            debit(AVAILABLE, 90_25, owner=sale.supplier),
            debit(AVAILABLE, 11_92, owner=sale.distributor),
            debit(REVENUE, 5_83),
            credit(GATEWAY, 108_00),
        ],
    )
    assert sale.books() == {"supplier available": "-90.25", "paid out": "90.25"}


def test_a_withdrawal_goes_through_transit(sale: Sale) -> None:
    sale.paid()
    sale.delivered()
    sale.settled()
    with transaction(tenancy.supplier(sale.supplier)) as session:
        withdrawals.request(session, party=Party.SUPPLIER, owner_id=sale.supplier, amount=Money(40_00, "CNY"))
    assert sale.books()["supplier available"] == "50.25"
    assert sale.books()["supplier in transit"] == "40.00"
    with transaction(tenancy.platform()) as session:
        (asked,) = withdrawals.list_withdrawals(session, owner_id=sale.supplier).rows
        pay(session, asked.id)
    assert sale.books() == {
        "gateway": "-108.00",
        "revenue": "5.83",
        "supplier available": "50.25",
        "distributor available": "11.92",
        "paid out": "40.00",
    }


def test_the_suppliers_statement_reads_like_a_bank_book(sale: Sale) -> None:
    sale.paid()
    sale.delivered()
    sale.settled()
    _withdraw(sale.supplier, 40_00, WithdrawalStatus.FAILED)
    _withdraw(sale.supplier, 30_00, WithdrawalStatus.PAID)
    with transaction(tenancy.platform()) as session:
        fold(session)
    with transaction(tenancy.supplier(sale.supplier)) as session:
        lines = statement(session, owner_id=sale.supplier).lines
        (now,) = wallet(session, owner_id=sale.supplier)
    # newest first: kind, change, balance, available part of it
    assert [(x.kind, x.amount_minor, x.balance_minor, x.available_balance_minor) for x in lines] == [
        ("withdrawal_paid", -30_00, 60_25, 60_25),
        ("withdrawal_requested", 0, 90_25, 60_25),
        ("withdrawal_failed", 0, 90_25, 90_25),
        ("withdrawal_requested", 0, 90_25, 50_25),
        ("settlement", 0, 90_25, 90_25),
        ("sale", 90_25, 90_25, 0),
    ]
    assert (now.available, now.pending, now.in_transit, now.total) == (60_25, 0, 0, 60_25)


def test_a_wallet_order_collected_by_the_distributor(sale: Sale) -> None:
    """The store took the 108.00 itself: its prepaid wallet pays cost + fee = 96.08, nothing passes the gateway."""
    prepaid = sale.parts.supplier_minor + sale.parts.platform_minor
    assert prepaid == 96_08
    _post("top up", "top_up", [debit(GATEWAY, 500_00), credit(AVAILABLE, 500_00, owner=sale.distributor)])
    _post(
        "wallet order",
        "sale",
        [
            debit(AVAILABLE, prepaid, owner=sale.distributor),
            credit(PENDING, sale.parts.supplier_minor, owner=sale.supplier),
            credit(REVENUE, sale.parts.platform_minor),
        ],
    )
    assert sale.books() == {
        "gateway": "-500.00",
        "revenue": "5.83",
        "supplier pending": "90.25",
        "distributor available": "403.92",
    }


def _withdraw(owner: uuid.UUID, minor: int, outcome: WithdrawalStatus) -> None:
    with transaction(tenancy.supplier(owner)) as session:
        asked = withdrawals.request(session, party=Party.SUPPLIER, owner_id=owner, amount=Money(minor, "CNY"))
    with transaction(tenancy.platform()) as session:
        if outcome is WithdrawalStatus.PAID:
            pay(session, asked.id)
        else:
            withdrawals.decide(session, withdrawal_id=asked.id, outcome=outcome)


def supplier_with(minor: int) -> uuid.UUID:
    owner = new_id()
    _post(f"gift {owner}", "credit", gift(owner, minor))
    with transaction(tenancy.platform()) as session:
        papers.prove(session, Party.SUPPLIER, owner)
    return owner


def held(owner: uuid.UUID) -> dict[str, str]:
    """A party's accounts as yuan, those that are not zero."""
    with transaction(tenancy.platform()) as session:
        (row,) = wallet(session, owner_id=owner)
        assert prove(session).sound
    names = ("available", "pending", "held", "in_transit", "deposit", "advance", "total")
    return {name: f"{Decimal(minor) / 100:.2f}" for name in names if (minor := getattr(row, name))}


def test_a_refund_within_the_hold_takes_nothing_but_the_pending_shares(sale: Sale) -> None:
    """90.25 + 11.92 were pending, 5.83 was the platform's: 108.00 goes back, nobody owes anything."""
    sale.paid()
    entry = sale.delivered()
    with transaction(tenancy.platform()) as session:
        reverse(session, entry_id=entry, key="refund")
    assert sale.books() == {"gateway": "-108.00", "clearing": "108.00"}


def test_a_chargeback_is_paid_from_the_deposit_before_it_is_a_debt(sale: Sale) -> None:
    """The supplier has 30.25 left and 20.00 aside, its part of 108.00 is 90.25.

    30.25 from available, 20.00 from the deposit, 40.00 carried: 30.25 + 20.00 + 40.00 = 90.25
    """
    sale.paid()
    sale.delivered()
    sale.settled()
    _withdraw(sale.supplier, 40_00, WithdrawalStatus.PAID)
    with transaction(tenancy.supplier(sale.supplier)) as session:
        deposits.pay_in(session, owner_id=sale.supplier, amount=Money(20_00, "CNY"), key="1")
    assert held(sale.supplier) == {"available": "30.25", "deposit": "20.00", "total": "50.25"}
    taken = [
        debit(AVAILABLE, 70_25, owner=sale.supplier),
        debit(AccountKind.DEPOSIT, 20_00, owner=sale.supplier),
        debit(AVAILABLE, 11_92, owner=sale.distributor),
        debit(REVENUE, 5_83),
        credit(GATEWAY, 108_00),
    ]
    _post("chargeback", "dispute.lost", taken)
    assert held(sale.supplier) == {"available": "-40.00", "total": "-40.00"}
    _post("next sale settles", "settlement", gift(sale.supplier, 50_00))
    assert held(sale.supplier) == {"available": "10.00", "total": "10.00"}


def test_a_lost_dispute_takes_the_shares_back_and_its_fee_is_the_platforms(sale: Sale) -> None:
    """The bank takes 108.00, the gateway 15.00 for its work.

    90.25 + 11.92 + 5.83 = 108.00 come from the parties' shares; the fee is nobody's share: the platform bears 15.00
    """
    sale.paid()
    sale.delivered()
    _post("dispute:1:withdrawn", "dispute.withdrawn", [debit(AccountKind.DISPUTED, 108_00), credit(GATEWAY, 108_00)])
    with transaction(tenancy.platform()) as session:
        for _ in "told", "told again":
            post_many(session, [fees.entry("stripe", Fee("txn_1", 15_00, "CNY"))])
    taken = [
        debit(PENDING, 90_25, owner=sale.supplier),
        debit(PENDING, 11_92, owner=sale.distributor),
        debit(REVENUE, 5_83),
        credit(AccountKind.DISPUTED, 108_00),
    ]
    _post("dispute:1:lost", "dispute.lost", taken)
    assert sale.books() == {"gateway": "15.00", "fees": "-15.00"}


def test_a_payout_that_the_bank_refuses_comes_back_whole(app: Flask) -> None:
    """100.00: 60.00 asked for and in transit, refused by the bank, available again; the second try is paid."""
    owner = supplier_with(100_00)
    _withdraw(owner, 60_00, WithdrawalStatus.FAILED)
    assert held(owner) == {"available": "100.00", "total": "100.00"}
    _withdraw(owner, 60_00, WithdrawalStatus.PAID)
    assert held(owner) == {"available": "40.00", "total": "40.00"}


def test_a_payout_that_the_bank_sends_back_days_later(app: Flask) -> None:
    """Paid 60.00 of 100.00; the account was closed, the bank returns it: 40.00 + 60.00."""
    owner = supplier_with(100_00)
    _withdraw(owner, 60_00, WithdrawalStatus.PAID)
    with transaction(tenancy.platform()) as session:
        (asked,) = withdrawals.list_withdrawals(session, owner_id=owner).rows
        withdrawals.conclude(session, withdrawal_id=asked.id, outcome=WithdrawalStatus.FAILED, reason="closed")
    assert held(owner) == {"available": "100.00", "total": "100.00"}


def test_an_advance_and_how_settlement_pays_it_back(app: Flask) -> None:
    """Pending 300.00; 90.00 settled in the last 90 days is 30.00 a month.

    limit       least of 70 % × 300.00 = 210.00, 200 % × 30.00 = 60.00, 500.00        =  60.00
    advance     50.00 − fee 1.2 % = 0.60                                    available  + 49.40
    settlement  20.00 comes in: all of it pays back                         owed       − 30.00
    settlement  100.00 comes in: 30.00 pays back, 70.00 stays
    """
    owner = new_id()
    _post("sold", "sale", [debit(CLEARING, 390_00), credit(PENDING, 390_00, owner=owner)])
    _settle(owner, 90_00)
    with transaction(tenancy.platform()) as session:
        advances.set_terms(
            session,
            AdvanceTerms(
                currency="CNY", enabled=True, pending_permille=700, history_permille=2000, fee_permille=12,
                least_days=0, most_minor=500_00,
            ),
        )  # fmt: skip
        assert advances.offer(session, owner_id=owner, currency="CNY").limit_minor == 60_00
    with pytest.raises(AdvanceUnavailable) as refused, transaction(tenancy.platform()) as session:
        advances.take(session, owner_id=owner, amount=Money(60_01, "CNY"), key=new_id())
    assert refused.value.extra["limit"] == {"amount": 60_00, "currency": "CNY"}
    key = new_id()

    def take() -> Advance:
        with transaction(tenancy.platform()) as session:
            return advances.take(session, owner_id=owner, amount=Money(50_00, "CNY"), key=key)

    taken = take()
    assert take().id == taken.id, "asked twice, given once"
    assert (taken.fee_minor, taken.limit_minor, taken.monthly_minor) == (60, 60_00, 30_00)
    assert held(owner) == {"available": "139.40", "pending": "300.00", "advance": "-50.00", "total": "389.40"}
    _settle(owner, 20_00)
    assert held(owner) == {"available": "139.40", "pending": "280.00", "advance": "-30.00", "total": "389.40"}
    _settle(owner, 100_00)
    assert held(owner) == {"available": "209.40", "pending": "180.00", "total": "389.40"}


def test_nothing_is_advanced_until_the_operator_says_so(app: Flask) -> None:
    owner = new_id()
    _post("sold", "sale", [debit(CLEARING, 390_00), credit(PENDING, 390_00, owner=owner)])
    _settle(owner, 90_00)
    with transaction(tenancy.platform()) as session:
        assert advances.offer(session, owner_id=owner, currency="CNY").limit_minor == 0


def _settle(owner: uuid.UUID, minor: int) -> None:
    """As `trade.settlement` does: what becomes available first pays back what is owed."""
    cause = new_id()
    _post(f"settle {cause}", "settlement", [debit(PENDING, minor, owner=owner), credit(AVAILABLE, minor, owner=owner)])
    with transaction(tenancy.platform()) as session:
        advances.repay(session, {(owner, "CNY"): minor}, cause=cause)
