"""The PaymentIntent object: made, and canceled. Its operations are in `intents`, paying it in `pay`."""

from typing import Any

from ..context import Context
from ..store import Doc

NOUN = "payment_intent"
OPEN = ("requires_payment_method", "requires_confirmation", "requires_action", "requires_capture")
ABOUT = (
    "capture_method description metadata on_behalf_of receipt_email setup_future_usage statement_descriptor "
    "statement_descriptor_suffix transfer_data transfer_group"
)


def new(ctx: Context, *, amount: int, currency: str, types: list[str], about: Doc, hidden: Doc) -> Doc:
    """Keep a PaymentIntent that waits for a method; `about` are the parameters named in ABOUT."""
    id = ctx.new_id("pi")
    body: Doc = {
        "id": id, "object": NOUN, "allowed_payment_method_types": None, "amount": amount, "amount_capturable": 0,
        "amount_details": {"tip": {}}, "amount_received": 0, "application": None, "application_fee_amount": None,
        "automatic_payment_methods": None if "session" in hidden else {"allow_redirects": "always", "enabled": True},
        "canceled_at": None, "cancellation_reason": None,
        "capture_method": about.get("capture_method", "automatic_async"),
        "client_secret": f"{id}_{ctx.new_id('secret', 25)}", "confirmation_method": "automatic", "created": ctx.now,
        "currency": currency, "customer": None, "customer_account": None, "description": about.get("description"),
        "excluded_payment_method_types": None, "last_payment_error": None, "latest_charge": None,
        "livemode": ctx.livemode, "managed_payments": {"enabled": False}, "metadata": about.get("metadata", {}),
        "next_action": None, "on_behalf_of": about.get("on_behalf_of"), "payment_method": None,
        "payment_method_configuration_details": None, "payment_method_options": {}, "payment_method_types": types,
        "processing": None, "receipt_email": about.get("receipt_email"), "review": None,
        "setup_future_usage": about.get("setup_future_usage"), "shipping": None, "source": None,
        "statement_descriptor": about.get("statement_descriptor"),
        "statement_descriptor_suffix": about.get("statement_descriptor_suffix"),
        "status": "requires_payment_method", "transfer_data": about.get("transfer_data"),
        "transfer_group": about.get("transfer_group"),
    }  # fmt: skip
    ctx.insert(body, hidden)
    ctx.emit("payment_intent.created", body)
    return body


def check_about(ctx: Context, about: Doc) -> None:
    """The accounts that a payment names must be the platform's own connected accounts."""
    destination = (about.get("transfer_data") or {}).get("destination")
    for param, id in (("transfer_data[destination]", destination), ("on_behalf_of", about.get("on_behalf_of"))):
        if id:
            noun = "destination" if "destination" in param else "account"
            ctx.find("account", id, noun=noun, param=param, status=400)


def cancel_now(ctx: Context, intent: Doc, reason: str | None) -> Doc:
    change: dict[str, Any] = {"status": "canceled", "canceled_at": ctx.now, "cancellation_reason": reason}
    intent = ctx.save({**intent, **change, "next_action": None, "amount_capturable": 0})
    ctx.emit("payment_intent.canceled", intent)
    return intent
