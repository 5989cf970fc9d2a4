"""Bank accounts that payouts go to, and Stripe's test numbers that refuse them."""

from typing import Any

from ..context import Context
from ..errors import SimError
from ..ids import letters
from ..money import HOME_CURRENCY
from ..store import Doc

GOOD_NUMBER = "000123456789"
# https://docs.stripe.com/connect/testing#payouts
FAILURES = {
    "000111111116": ("no_account", "The bank account details on file are incorrect; no such account was found."),
    "000111111113": ("account_closed", "The bank account has been closed."),
    "000222222227": ("no_account", "The bank account details on file are incorrect; no such account was found."),
    "000333333335": ("debit_not_authorized", "Debit transactions are not approved on your bank account."),
    "000999999991": ("could_not_process", "The bank could not process this payout."),
}
TOKENS = {"btok_us_verified": GOOD_NUMBER, "btok_us": GOOD_NUMBER, "btok_us_verified_noAccount": "000111111116"}


def add(ctx: Context, owner: str, given: str | dict[str, Any]) -> Doc:
    """Attach a bank account (a test token, or its details) to the account `owner`."""
    if isinstance(given, str):
        if given not in TOKENS:
            raise SimError(f"No such token: '{given}'", code="resource_missing", param="external_account")
        given = {"object": "bank_account", "account_number": TOKENS[given], "country": "US", "currency": "usd"}
    if given.get("object") != "bank_account":
        raise SimError("The simulator pays out to bank accounts only.", code="simulator_unsupported",
                       param="external_account[object]")  # fmt: skip
    number, country = given["account_number"], given["country"].upper()
    body: Doc = {
        "id": ctx.new_id("ba"), "object": "bank_account", "account": owner,
        "account_holder_name": given.get("account_holder_name"),
        "account_holder_type": given.get("account_holder_type"), "account_type": None,
        "available_payout_methods": ["standard"], "bank_name": "SIMULATED BANK", "country": country,
        "currency": given.get("currency", HOME_CURRENCY.get(country, "usd")).lower(), "default_for_currency": True,
        "fingerprint": letters(number, 16), "last4": number[-4:], "metadata": {},
        "routing_number": given.get("routing_number", "110000000"), "status": "new",
    }  # fmt: skip
    return ctx.acting_as(owner).insert(body, {"number": number})


def of_account(ctx: Context) -> list[Doc]:
    rows = ctx.store.rows(
        "SELECT id FROM objects WHERE kind = 'bank_account' AND account = ? AND livemode = ? ORDER BY seq",
        ctx.account, ctx.livemode,
    )  # fmt: skip
    return [ctx.store.load(row["id"]) for row in rows]


def failure_of(ctx: Context, id: str) -> tuple[str, str] | None:
    """(code, message) of the refusal that this bank account always gives, if any."""
    return FAILURES.get(ctx.store.hidden(id).get("number", ""))
