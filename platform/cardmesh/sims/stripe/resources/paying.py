"""Paying a PaymentIntent: decline, redirect for authorisation, success; shared by the API and the pay page."""

from typing import Any

from ..cards import Decline
from ..context import Context
from ..errors import SimError
from ..store import Doc
from . import charges, disputes, sessions, transfers
from .payment_methods import test_card_of

FAILED_3DS = Decline(
    "payment_intent_authentication_failure", None,
    "We are unable to authenticate your payment method. Please choose a different payment method and try again.",
)  # fmt: skip
FAILED_WALLET = Decline(
    "payment_intent_payment_attempt_failed", None, "The customer did not approve the payment with their wallet."
)


def attempt(ctx: Context, intent: Doc, method: Doc) -> Doc:
    """Try `method` on an intent that waits for one; the intent afterwards says what happened."""
    card = test_card_of(ctx, method)
    if card is None or card.three_d_secure:
        return _ask_authorisation(ctx, intent, method)
    if card.decline:
        return _fail(ctx, intent, method, card.decline)
    return _succeed(ctx, intent, method, authenticated=False)


def authorise(ctx: Context, intent: Doc, approved: bool) -> Doc:
    """The payer's answer on the authorisation page. Answering twice changes nothing."""
    if intent["status"] != "requires_action":
        return intent
    method = ctx.store.load(intent["payment_method"])
    card = test_card_of(ctx, method)
    if not approved:
        return _fail(ctx, intent, method, FAILED_3DS if card else FAILED_WALLET)
    if card and card.decline:
        return _fail(ctx, intent, method, card.decline)
    return _succeed(ctx, intent, method, authenticated=card is not None)


def capture(ctx: Context, intent: Doc, amount: int) -> Doc:
    """Take the money of an authorised (manual capture) intent."""
    method = ctx.store.load(intent["payment_method"])
    charge = ctx.store.load(intent["latest_charge"])
    charge = ctx.save({**charge, "captured": True, "amount_captured": amount})
    ctx.emit("charge.captured", charge)
    change = {"amount_received": amount, "amount_capturable": 0, "status": "succeeded"}
    intent = ctx.save({**intent, **change})
    ctx.emit("payment_intent.succeeded", intent)
    charges.book(ctx, charge, method)
    return intent


def declined(ctx: Context, intent: Doc) -> SimError:
    """The 402 that the API gives for a declined confirmation; the failed attempt stays recorded."""
    error = dict(intent["last_payment_error"])
    if error["type"] == "card_error":
        error.setdefault("advice_code", "try_again_later")
    fields = {name: error.pop(name) for name in ("message", "type", "code")}
    known = {name: value for name, value in error.items() if name not in ("doc_url",)}
    return SimError(fields["message"], status=402, type=fields["type"], code=fields["code"], commits=True,
                    payment_intent=intent, **known)  # fmt: skip


def _ask_authorisation(ctx: Context, intent: Doc, method: Doc) -> Doc:
    hidden = ctx.store.hidden(intent["id"])
    if "session" not in hidden and not hidden.get("return_url"):
        raise SimError(
            "This PaymentIntent needs a `return_url`: its payment method sends the payer to another page.",
            code="parameter_missing", param="return_url",
        )  # fmt: skip
    url = f"{ctx.base_url}/authorize/{intent['id']}"
    redirect = {"return_url": hidden.get("return_url") or f"{ctx.base_url}/c/pay/{hidden['session']}", "url": url}
    if method["type"] == "alipay":
        redirect |= {"native_data": None, "native_url": None}
    kind = "alipay_handle_redirect" if method["type"] == "alipay" else "redirect_to_url"
    change: Doc = {"payment_method": method["id"], "status": "requires_action", "last_payment_error": None}
    intent = ctx.save({**intent, **change, "next_action": {kind: redirect, "type": kind}})
    ctx.emit("payment_intent.requires_action", intent)
    return intent


def _fail(ctx: Context, intent: Doc, method: Doc, decline: Decline) -> Doc:
    charge = None
    if decline not in (FAILED_3DS, FAILED_WALLET):
        charge = charges.attempt(ctx, intent, method, decline=decline, authenticated=False)
        ctx.emit("charge.failed", charge)
    error: dict[str, Any] = {
        "charge": charge["id"] if charge else None, "code": decline.code, "decline_code": decline.decline_code,
        "doc_url": f"https://stripe.com/docs/error-codes/{decline.code.replace('_', '-')}",
        "message": decline.message, "payment_method": method,
        "type": "card_error" if method["type"] == "card" else "invalid_request_error",
    }  # fmt: skip
    change: Doc = {
        "last_payment_error": {name: value for name, value in error.items() if value is not None},
        "latest_charge": charge["id"] if charge else intent["latest_charge"],
        "next_action": None, "payment_method": None, "status": "requires_payment_method",
    }  # fmt: skip
    intent = ctx.save({**intent, **change})
    ctx.emit("payment_intent.payment_failed", intent)
    return intent


def _succeed(ctx: Context, intent: Doc, method: Doc, *, authenticated: bool) -> Doc:
    charge = charges.attempt(ctx, intent, method, decline=None, authenticated=authenticated)
    later = intent["capture_method"] == "manual"
    change: Doc = {
        "amount_capturable": intent["amount"] if later else 0, "amount_received": 0 if later else intent["amount"],
        "last_payment_error": None, "latest_charge": charge["id"], "next_action": None,
        "payment_method": method["id"], "status": "requires_capture" if later else "succeeded",
    }  # fmt: skip
    intent = ctx.save({**intent, **change})
    ctx.emit("charge.succeeded", charge)
    ctx.emit("payment_intent.amount_capturable_updated" if later else "payment_intent.succeeded", intent)
    if session := ctx.store.hidden(intent["id"]).get("session"):
        sessions.complete(ctx, ctx.store.load(session), intent, method)
    if not later:
        charge = charges.book(ctx, charge, method)
        transfers.pass_on(ctx, charge)
    _schedule_dispute(ctx, charge, method)
    return intent


def _schedule_dispute(ctx: Context, charge: Doc, method: Doc) -> None:
    card = test_card_of(ctx, method)
    if card and card.after in ("dispute", "inquiry"):
        verb = disputes.OPEN if card.after == "dispute" else disputes.INQUIRE
        ctx.defer(ctx.config.async_after, verb, charge["id"])
