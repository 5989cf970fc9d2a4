"""PaymentIntents: made by a Checkout Session or by the API, confirmed, authorised, captured or canceled."""

from stripe.params._payment_intent_cancel_params import PaymentIntentCancelParams
from stripe.params._payment_intent_capture_params import PaymentIntentCaptureParams
from stripe.params._payment_intent_confirm_params import PaymentIntentConfirmParams
from stripe.params._payment_intent_create_params import PaymentIntentCreateParams
from stripe.params._payment_intent_list_params import PaymentIntentListParams
from stripe.params._payment_intent_retrieve_params import PaymentIntentRetrieveParams
from stripe.params._payment_intent_update_params import PaymentIntentUpdateParams

from .. import lists
from ..context import Context
from ..errors import SimError
from ..metadata import merged
from ..money import check_chargeable, check_currency
from ..routing import PAGING, operation
from ..store import Doc
from . import paying
from .intent_object import ABOUT, NOUN, OPEN, cancel_now, check_about, new
from .payment_methods import allowed_types, named

CONFIRMING = "payment_method payment_method_data.type return_url"


@operation(
    "POST", "/v1/payment_intents", PaymentIntentCreateParams,
    f"{ABOUT} {CONFIRMING} amount currency confirm allowed_payment_method_types automatic_payment_methods",
)  # fmt: skip
def create(ctx: Context, params: Doc) -> Doc:
    currency = check_currency(params["currency"], "currency")
    check_chargeable(params["amount"], currency, "amount")
    check_about(ctx, params)
    types = allowed_types(ctx, params.get("allowed_payment_method_types"), currency)
    if not types:
        raise SimError("No valid payment method types for this Payment Intent.", param="allowed_payment_method_types")
    intent = new(ctx, amount=params["amount"], currency=currency, types=types, about=params, hidden={})
    method = named(ctx, params)
    if params.get("confirm"):
        return _confirm(ctx, intent, method, params)
    if method:
        intent = ctx.save({**intent, "payment_method": method["id"], "status": "requires_confirmation"})
    return intent


@operation("POST", "/v1/payment_intents/<id>/confirm", PaymentIntentConfirmParams, CONFIRMING)
def confirm(ctx: Context, params: Doc, id: str) -> Doc:
    intent = ctx.find(NOUN, id, param="intent")
    if intent["status"] not in ("requires_payment_method", "requires_confirmation"):
        raise _wrong_state(intent, "confirm")
    if "session" in ctx.store.hidden(id):
        raise SimError("You cannot confirm a PaymentIntent that was created by Checkout.", code=None)
    return _confirm(ctx, intent, named(ctx, params), params)


def _confirm(ctx: Context, intent: Doc, method: Doc | None, params: Doc) -> Doc:
    if method is None and intent["payment_method"]:
        method = ctx.find("payment_method", intent["payment_method"])
    if method is None:
        raise SimError(
            "You cannot confirm this PaymentIntent because it's missing a payment method. Update the PaymentIntent "
            "with a payment method and then confirm it again.", code="payment_intent_unexpected_state",
        )  # fmt: skip
    if method["type"] not in intent["payment_method_types"]:
        raise SimError(
            f"The PaymentMethod provided ({method['type']}) is not allowed for this PaymentIntent.",
            code="payment_intent_invalid_parameter", param="payment_method",
        )  # fmt: skip
    ctx.save(intent, {**ctx.store.hidden(intent["id"]), "return_url": params.get("return_url")})
    intent = paying.attempt(ctx, intent, method)
    if intent["status"] == "requires_payment_method":
        raise paying.declined(ctx, intent)
    return intent


@operation("POST", "/v1/payment_intents/<id>/capture", PaymentIntentCaptureParams, "amount_to_capture")
def capture(ctx: Context, params: Doc, id: str) -> Doc:
    intent = ctx.find(NOUN, id, param="intent")
    if intent["status"] != "requires_capture":
        raise _wrong_state(intent, "capture")
    amount = params.get("amount_to_capture", intent["amount_capturable"])
    if not 1 <= amount <= intent["amount_capturable"]:
        raise SimError(
            "The amount_to_capture must be positive and no more than the amount capturable.",
            code="amount_too_large", param="amount_to_capture",
        )  # fmt: skip
    return paying.capture(ctx, intent, amount)


@operation("POST", "/v1/payment_intents/<id>/cancel", PaymentIntentCancelParams, "cancellation_reason")
def cancel(ctx: Context, params: Doc, id: str) -> Doc:
    intent = ctx.find(NOUN, id, param="intent")
    if intent["status"] not in OPEN:
        raise _wrong_state(intent, "cancel")
    if "session" in ctx.store.hidden(id):
        raise SimError("You cannot cancel this PaymentIntent because it belongs to a Checkout Session; expire the "
                       "session instead.", code="payment_intent_unexpected_state")  # fmt: skip
    return cancel_now(ctx, intent, params.get("cancellation_reason"))


@operation("POST", "/v1/payment_intents/<id>", PaymentIntentUpdateParams, "amount description metadata receipt_email")
def update(ctx: Context, params: Doc, id: str) -> Doc:
    intent = ctx.find(NOUN, id, param="intent")
    if "amount" in params:
        if intent["status"] not in OPEN[:2]:
            raise _wrong_state(intent, "update the amount of")
        check_chargeable(params["amount"], intent["currency"], "amount")
    change = {name: params[name] for name in ("amount", "description", "receipt_email") if name in params}
    return ctx.save({**intent, **change, "metadata": merged(intent["metadata"], params.get("metadata"))})


def _wrong_state(intent: Doc, verb: str) -> SimError:
    return SimError(
        f"You cannot {verb} this PaymentIntent because it has a status of {intent['status']}.",
        code="payment_intent_unexpected_state", payment_intent=intent,
    )  # fmt: skip


@operation("GET", "/v1/payment_intents/<id>", PaymentIntentRetrieveParams)
def retrieve(ctx: Context, params: Doc, id: str) -> Doc:
    return ctx.find(NOUN, id, param="intent")


@operation("GET", "/v1/payment_intents", PaymentIntentListParams, f"{PAGING} created")
def list_intents(ctx: Context, params: Doc) -> Doc:
    return lists.page(ctx, NOUN, params, "/v1/payment_intents")
