"""Balance and balance transactions: every movement is recorded once, and the balance is their sum."""

from typing import Any

from stripe.params._balance_retrieve_params import BalanceRetrieveParams
from stripe.params._balance_transaction_list_params import BalanceTransactionListParams
from stripe.params._balance_transaction_retrieve_params import BalanceTransactionRetrieveParams

from .. import lists
from ..context import Context
from ..errors import SimError
from ..money import HOME_CURRENCY
from ..routing import PAGING, operation
from ..store import Doc

KIND = "balance_transaction"
CATEGORIES = {
    "payment_refund": "refund", "refund_failure": "refund_failure", "payment": "charge", "adjustment": "dispute",
    "payout_failure": "payout_reversal", "transfer_refund": "transfer_reversal",
}  # fmt: skip


def record(
    ctx: Context, type: str, amount: int, currency: str, source: str, *, fee: int = 0, available_on: int = 0,
    description: str | None = None, category: str | None = None,
) -> Doc:  # fmt: skip
    """Book a movement of the account's money; `available_on` in the past means at once."""
    pending = available_on > ctx.now
    fees = [{"amount": fee, "application": None, "currency": currency,
             "description": "Stripe processing fees" if amount > 0 else "Dispute fee",
             "type": "stripe_fee"}]  # fmt: skip
    body: Doc = {
        "id": ctx.new_id("txn"), "object": KIND, "amount": amount, "available_on": max(available_on, ctx.now),
        "balance_type": "payments", "created": ctx.now, "currency": currency, "description": description,
        "exchange_rate": None, "fee": fee, "fee_details": fees if fee else [], "net": amount - fee,
        "reporting_category": category or CATEGORIES.get(type, type), "source": source,
        "status": "pending" if pending else "available", "type": type,
    }  # fmt: skip
    if pending:
        ctx.defer(available_on - ctx.now, "settle", body["id"])
    return ctx.insert(body)


def settle(ctx: Context, id: str) -> None:
    """The money of one transaction becomes available."""
    body = ctx.store.load(id)
    if body["status"] == "pending":
        ctx.save({**body, "status": "available", "available_on": min(body["available_on"], ctx.now)})


def sums(ctx: Context) -> dict[tuple[str, str], int]:
    """Net minor units by (currency, status)."""
    rows = ctx.store.rows(
        "SELECT json_extract(body, '$.currency') AS currency, json_extract(body, '$.status') AS status, "
        "sum(json_extract(body, '$.net')) AS net FROM objects WHERE kind = ? AND account = ? AND livemode = ? "
        "GROUP BY 1, 2", KIND, ctx.account, ctx.livemode,
    )  # fmt: skip
    return {(row["currency"], row["status"]): row["net"] for row in rows}


def require_available(ctx: Context, amount: int, currency: str, what: str) -> None:
    """SimError `balance_insufficient` unless the account has that much available."""
    if sums(ctx).get((currency, "available"), 0) < amount:
        raise SimError(
            f"You have insufficient available funds in your Stripe account to {what}. Try adding funds directly to "
            "your available balance by creating Charges using the 4000000000000077 test card.",
            code="balance_insufficient",
        )


def _part(totals: dict[tuple[str, str], int], status: str, currency: str) -> dict[str, Any]:
    amount = totals.get((currency, status), 0)
    return {"amount": amount, "currency": currency, "source_types": {"card": amount}}


@operation("GET", "/v1/balance", BalanceRetrieveParams)
def retrieve_balance(ctx: Context, params: Doc) -> Doc:
    totals = sums(ctx)
    currencies = sorted({currency for currency, _ in totals}) or [HOME_CURRENCY.get(ctx.config.country, "usd")]
    return {
        "object": "balance",
        "available": [_part(totals, "available", currency) for currency in currencies],
        "connect_reserved": [{"amount": 0, "currency": currency} for currency in currencies],
        "livemode": ctx.livemode,
        "pending": [_part(totals, "pending", currency) for currency in currencies],
    }


@operation("GET", "/v1/balance_transactions", BalanceTransactionListParams, f"{PAGING} created currency source type")
def list_transactions(ctx: Context, params: Doc) -> Doc:
    keep = lists.matching(params, "currency", "source", "type")
    return lists.page(ctx, KIND, params, "/v1/balance_transactions", keep=keep)


@operation("GET", "/v1/balance_transactions/<id>", BalanceTransactionRetrieveParams)
def retrieve_transaction(ctx: Context, params: Doc, id: str) -> Doc:
    return ctx.find(KIND, id, noun="balance transaction")
