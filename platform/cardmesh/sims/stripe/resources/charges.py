"""Charges: one attempt to take a payment, succeeded or failed, and what has been refunded of it."""

from typing import Any

from stripe.params._charge_list_params import ChargeListParams
from stripe.params._charge_retrieve_params import ChargeRetrieveParams
from stripe.params._charge_update_params import ChargeUpdateParams

from .. import lists
from ..cards import Decline
from ..context import Context
from ..ids import letters
from ..metadata import merged
from ..money import processing_fee
from ..routing import PAGING, operation
from ..store import Doc
from . import balance
from .payment_methods import test_card_of

SELLER_MESSAGE = {True: "Payment complete.", False: "The bank did not return any further details with this decline."}


def attempt(ctx: Context, intent: Doc, method: Doc, *, decline: Decline | None, authenticated: bool) -> Doc:
    """Keep the charge of this attempt; the caller books the money of a captured one with `book`."""
    id = ctx.new_id("ch" if method["type"] == "card" else "py")
    paid, captured = decline is None, decline is None and intent["capture_method"] != "manual"
    body: Doc = {
        "id": id, "object": "charge", "amount": intent["amount"],
        "amount_captured": intent["amount"] if captured else 0, "amount_refunded": 0, "application": None,
        "application_fee": None, "application_fee_amount": None, "balance_transaction": None,
        "billing_details": method["billing_details"],
        "calculated_statement_descriptor": (intent["statement_descriptor"] or "CARDMESH SIMULATOR")[:22],
        "captured": captured, "created": ctx.now, "currency": intent["currency"], "customer": None,
        "description": intent["description"], "disputed": False, "failure_balance_transaction": None,
        "failure_code": decline.code if decline else None, "failure_message": decline.message if decline else None,
        "fraud_details": {}, "livemode": ctx.livemode, "metadata": intent["metadata"],
        "on_behalf_of": intent["on_behalf_of"], "outcome": _outcome(decline), "paid": paid,
        "payment_intent": intent["id"], "payment_method": method["id"],
        "payment_method_details": _details(ctx, method, intent, authenticated),
        "presentment_details": None, "radar_options": {}, "receipt_email": intent["receipt_email"],
        "receipt_number": None, "receipt_url": f"{ctx.base_url}/receipts/{id}" if paid else None, "refunded": False,
        "review": None, "shipping": None, "source": None, "source_transfer": None,
        "statement_descriptor": intent["statement_descriptor"],
        "statement_descriptor_suffix": intent["statement_descriptor_suffix"],
        "status": "succeeded" if paid else "failed", "transfer_data": intent["transfer_data"],
        "transfer_group": intent["transfer_group"],
    }  # fmt: skip
    return ctx.insert(body)


def book(ctx: Context, charge: Doc, method: Doc) -> Doc:
    """Put a captured charge's money on the balance, less Stripe's fee, and tell of it.

    Stripe books asynchronously (`capture_method=automatic_async`): `charge.succeeded` still shows no balance
    transaction, a `charge.updated` with it follows.
    """
    card = test_card_of(ctx, method)
    wait = 0 if card and card.after == "available_now" else ctx.config.settle_after
    amount = charge["amount_captured"]
    transaction = balance.record(
        ctx, "charge" if method["type"] == "card" else "payment", amount, charge["currency"], charge["id"],
        fee=processing_fee(amount), available_on=ctx.now + wait, description=charge["description"],
    )  # fmt: skip
    charge = ctx.save({**charge, "balance_transaction": transaction["id"]})
    ctx.emit("charge.updated", charge, {"balance_transaction": None})
    return charge


def _outcome(decline: Decline | None) -> dict[str, Any]:
    approved = decline is None
    return {
        "advice_code": None if approved else "try_again_later", "network_advice_code": None,
        "network_decline_code": None if approved else "01",
        "network_status": "approved_by_network" if approved else "declined_by_network",
        "reason": None if decline is None else decline.decline_code or decline.code, "risk_level": "normal",
        "risk_score": 12, "seller_message": SELLER_MESSAGE[approved],
        "type": "authorized" if approved else "issuer_declined",
    }  # fmt: skip


def _details(ctx: Context, method: Doc, intent: Doc, authenticated: bool) -> dict[str, Any]:
    kind = method["type"]
    if kind == "card":
        return {"card": _card_details(method["card"], intent["amount"], authenticated), "type": "card"}
    found = {"fingerprint": letters(method["id"], 16), "transaction_id": letters(intent["id"], 28)}
    more = {"buyer_id": letters(method["id"], 16)} if kind == "alipay" else {"location": None, "reader": None}
    return {kind: {**more, **found}, "type": kind}


def _card_details(card: Doc, amount: int, authenticated: bool) -> dict[str, Any]:
    secured = {
        "authentication_flow": "challenge", "electronic_commerce_indicator": "05", "exemption_indicator": None,
        "result": "authenticated", "result_reason": None, "transaction_id": letters(card["fingerprint"], 36),
        "version": "2.2.0",
    }  # fmt: skip
    kept = ("brand", "checks", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4", "wallet")
    return {
        **{name: card[name] for name in kept},
        "amount_authorized": amount, "authorization_code": "123456", "extended_authorization": {"status": "disabled"},
        "incremental_authorization": {"status": "unavailable"}, "installments": None, "mandate": None,
        "multicapture": {"status": "unavailable"}, "network": card["brand"], "network_token": {"used": False},
        "network_transaction_id": letters(card["fingerprint"], 15), "regulated_status": "unregulated",
        "overcapture": {"maximum_amount_capturable": amount, "status": "unavailable"},
        "three_d_secure": secured if authenticated else None, "transaction_link_id": None,
    }  # fmt: skip


@operation("GET", "/v1/charges/<id>", ChargeRetrieveParams)
def retrieve(ctx: Context, params: Doc, id: str) -> Doc:
    return ctx.find("charge", id)


@operation("POST", "/v1/charges/<id>", ChargeUpdateParams, "description metadata")
def update(ctx: Context, params: Doc, id: str) -> Doc:
    charge = ctx.find("charge", id)
    metadata = merged(charge["metadata"], params.get("metadata"))
    return ctx.save({**charge, "description": params.get("description", charge["description"]), "metadata": metadata})


@operation("GET", "/v1/charges", ChargeListParams, f"{PAGING} created payment_intent transfer_group")
def list_charges(ctx: Context, params: Doc) -> Doc:
    keep = lists.matching(params, "payment_intent", "transfer_group")
    return lists.page(ctx, "charge", params, "/v1/charges", keep=keep)
