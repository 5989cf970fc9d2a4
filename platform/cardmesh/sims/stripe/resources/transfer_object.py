"""Shapes of transfers, reversals, and the payment that a transfer makes on the receiving account."""

from ..context import Context
from ..lists import envelope
from ..store import Doc
from . import balance
from .payment_methods import billing_details


def new_transfer(ctx: Context, amount: int, currency: str, destination: str, charge: Doc | None, about: Doc) -> Doc:
    id = ctx.new_id("tr")
    group = about.get("transfer_group") or (f"group_{charge['payment_intent']}" if charge else None)
    return {
        "id": id, "object": "transfer", "amount": amount, "amount_reversed": 0, "balance_transaction": None,
        "created": ctx.now, "currency": currency, "description": about.get("description"),
        "destination": destination, "destination_payment": None, "livemode": ctx.livemode,
        "metadata": about.get("metadata") or {}, "reversals": envelope([], f"/v1/transfers/{id}/reversals"),
        "reversed": False, "source_transaction": charge["id"] if charge else None, "source_type": "card",
        "transfer_group": group,
    }  # fmt: skip


def new_reversal(ctx: Context, transfer: Doc, amount: int, metadata: Doc, refund: str | None) -> Doc:
    return {
        "id": ctx.new_id("trr"), "object": "transfer_reversal", "amount": amount, "balance_transaction": None,
        "created": ctx.now, "currency": transfer["currency"], "destination_payment_refund": None,
        "metadata": metadata, "source_refund": refund, "transfer": transfer["id"],
    }  # fmt: skip


def destination_payment(receiver: Context, transfer: Doc, available_on: int) -> Doc:
    """The `py_…` charge through which the connected account sees the money come in."""
    id, amount = receiver.new_id("py"), transfer["amount"]
    booked = balance.record(receiver, "payment", amount, transfer["currency"], id, available_on=available_on)
    unset = (
        "application", "application_fee", "application_fee_amount", "calculated_statement_descriptor", "customer",
        "description", "failure_balance_transaction", "failure_code", "failure_message", "on_behalf_of", "outcome",
        "payment_intent", "payment_method", "payment_method_details", "presentment_details", "receipt_email",
        "receipt_number", "receipt_url", "review", "shipping", "source", "statement_descriptor",
        "statement_descriptor_suffix", "transfer_data", "transfer_group",
    )  # fmt: skip
    return receiver.insert({
        "id": id, "object": "charge", **dict.fromkeys(unset), "amount": amount, "amount_captured": amount,
        "amount_refunded": 0, "balance_transaction": booked["id"], "billing_details": billing_details(),
        "captured": True, "created": receiver.now, "currency": transfer["currency"], "disputed": False,
        "fraud_details": {}, "livemode": receiver.livemode, "metadata": {}, "paid": True, "radar_options": {},
        "refunded": False, "source_transfer": transfer["id"], "status": "succeeded",
    })  # fmt: skip
