"""Stripe's balance transactions in our words. Pure: plain dicts in, no network.

https://docs.stripe.com/reports/reporting-categories
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from .base import Movement, MovementKind

KINDS = {
    "charge": MovementKind.CHARGE,
    "refund": MovementKind.REFUND,
    "refund_failure": MovementKind.REFUND_FAILURE,
    "dispute": MovementKind.DISPUTE,
    "dispute_reversal": MovementKind.DISPUTE_REVERSAL,
    "transfer": MovementKind.TRANSFER,
    "transfer_reversal": MovementKind.TRANSFER_REVERSAL,
    "payout": MovementKind.OWN,
    "payout_reversal": MovementKind.OWN,
    "fee": MovementKind.OWN,
    "topup": MovementKind.OWN,
}


def movement(transaction: Mapping[str, Any]) -> Movement:
    """One balance transaction, its source expanded."""
    kind = KINDS.get(transaction["reporting_category"], MovementKind.OTHER)
    source = transaction.get("source") or {}
    source = source if isinstance(source, Mapping) else {"id": source}
    amount, currency = transaction["amount"], transaction["currency"]
    if transaction.get("exchange_rate") and "currency" in source:  # settled in another currency than it was paid in
        amount, currency = (source["amount"] if amount >= 0 else -source["amount"]), source["currency"]
    return Movement(
        ref=transaction["id"],
        kind=kind,
        source_ref=_source_ref(kind, source),
        currency=str(currency).upper(),
        amount_minor=amount,
        fee_minor=transaction["fee"],
        fee_currency=str(transaction["currency"]).upper(),
        at=datetime.fromtimestamp(transaction["created"], UTC),
        payment_ref=str((source.get("metadata") or {}).get("payment") or source.get("payment_intent") or ""),
    )


def _source_ref(kind: MovementKind, source: Mapping[str, Any]) -> str:
    match kind:
        case MovementKind.CHARGE:
            found = source.get("payment_intent")
        case MovementKind.TRANSFER:
            found = (source.get("metadata") or {}).get("line")
        case MovementKind.TRANSFER_REVERSAL:
            found = source.get("transfer")
        case _:
            found = None
    return str(found or source.get("id") or "")
