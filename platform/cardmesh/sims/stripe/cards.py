"""Stripe's public test cards (https://docs.stripe.com/testing) and what each of them does."""

from dataclasses import dataclass
from typing import Literal

After = Literal["refund_pending", "refund_fails", "dispute", "inquiry", "available_now"]


@dataclass(frozen=True)
class Decline:
    """`code` is the API error's code, `decline_code` the issuer's; the message is Stripe's own wording."""

    code: str
    decline_code: str | None
    message: str


@dataclass(frozen=True, kw_only=True)
class TestCard:
    number: str
    alias: str
    brand: str = "visa"
    funding: str = "credit"
    decline: Decline | None = None
    three_d_secure: bool = False
    after: After | None = None

    __test__ = False  # pytest: not a test class

    @property
    def last4(self) -> str:
        return self.number[-4:]


DECLINED = Decline("card_declined", "generic_decline", "Your card was declined.")
INSUFFICIENT = Decline("card_declined", "insufficient_funds", "Your card has insufficient funds.")
LOST = Decline("card_declined", "lost_card", "Your card was declined.")
STOLEN = Decline("card_declined", "stolen_card", "Your card was declined.")
FRAUDULENT = Decline("card_declined", "fraudulent", "Your card was declined.")
EXPIRED = Decline("expired_card", None, "Your card has expired.")
WRONG_CVC = Decline("incorrect_cvc", None, "Your card's security code is incorrect.")
PROCESSING = Decline(
    "processing_error", None, "An error occurred while processing your card. Try again in a little bit."
)
UNKNOWN_NUMBER = Decline(
    "card_declined", "test_mode_live_card",
    "Your card was declined. Your request was in test mode, but used a non test (live) card. For a list of valid "
    "test cards, visit: https://stripe.com/docs/testing.",
)  # fmt: skip
UNKNOWN_ALIAS = "unknown"

CARDS = (
    TestCard(number="4242424242424242", alias="pm_card_visa"),
    TestCard(number="4000056655665556", alias="pm_card_visa_debit", funding="debit"),
    TestCard(number="5555555555554444", alias="pm_card_mastercard", brand="mastercard"),
    TestCard(number="378282246310005", alias="pm_card_amex", brand="amex"),
    TestCard(number="6200000000000005", alias="pm_card_unionpay", brand="unionpay"),
    TestCard(number="4000000000000077", alias="pm_card_bypassPending", after="available_now"),
    TestCard(number="4000000000000002", alias="pm_card_visa_chargeDeclined", decline=DECLINED),
    TestCard(number="4000000000009995", alias="pm_card_visa_chargeDeclinedInsufficientFunds", decline=INSUFFICIENT),
    TestCard(number="4000000000009987", alias="pm_card_visa_chargeDeclinedLostCard", decline=LOST),
    TestCard(number="4000000000009979", alias="pm_card_visa_chargeDeclinedStolenCard", decline=STOLEN),
    TestCard(number="4100000000000019", alias="pm_card_radarBlock", decline=FRAUDULENT),
    TestCard(number="4000000000000069", alias="pm_card_chargeDeclinedExpiredCard", decline=EXPIRED),
    TestCard(number="4000000000000127", alias="pm_card_chargeDeclinedIncorrectCvc", decline=WRONG_CVC),
    TestCard(number="4000000000000119", alias="pm_card_chargeDeclinedProcessingError", decline=PROCESSING),
    TestCard(number="4000002500003155", alias="pm_card_authenticationRequiredOnSetup", three_d_secure=True),
    TestCard(number="4000002760003184", alias="pm_card_authenticationRequired", three_d_secure=True),
    TestCard(number="4000008400001629", alias="pm_card_threeDSecure2RequiredChargeDeclined",
             three_d_secure=True, decline=DECLINED),
    TestCard(number="4000000000007726", alias="pm_card_pendingRefund", after="refund_pending"),
    TestCard(number="4000000000005126", alias="pm_card_refundFail", after="refund_fails"),
    TestCard(number="4000000000000259", alias="pm_card_createDispute", after="dispute"),
    TestCard(number="4000000000001976", alias="pm_card_createDisputeInquiry", after="inquiry"),
)  # fmt: skip
BY_NUMBER = {card.number: card for card in CARDS}
BY_ALIAS = {card.alias: card for card in CARDS}


def by_number(number: str) -> TestCard:
    """The test card with this number; any other is declined as Stripe declines real cards in test mode."""
    return BY_NUMBER.get(number) or TestCard(number=number, alias=UNKNOWN_ALIAS, decline=UNKNOWN_NUMBER)


def by_alias(alias: str | None) -> TestCard | None:
    if alias == UNKNOWN_ALIAS:
        return TestCard(number="0000", alias=UNKNOWN_ALIAS, decline=UNKNOWN_NUMBER)
    return BY_ALIAS.get(alias or "")


def well_formed(number: str) -> bool:
    """Length and Luhn's check digit."""
    if not number.isascii() or not number.isdigit() or not 12 <= len(number) <= 19:
        return False
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(number))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0
