"""Refunds: whole, in parts, never more than was paid; some test cards answer late or fail."""

from stripe.params._refund_cancel_params import RefundCancelParams
from stripe.params._refund_create_params import RefundCreateParams
from stripe.params._refund_list_params import RefundListParams
from stripe.params._refund_retrieve_params import RefundRetrieveParams
from stripe.params._refund_update_params import RefundUpdateParams

from .. import lists
from ..context import Context
from ..errors import SimError
from ..metadata import merged
from ..money import check_positive, display
from ..routing import PAGING, operation
from ..store import Doc
from . import balance, transfers
from .payment_methods import test_card_of

SUCCEED, FAIL = "succeed_refund", "fail_refund"


@operation(
    "POST", "/v1/refunds", RefundCreateParams, "amount charge payment_intent reason metadata reverse_transfer"
)  # fmt: skip
def create(ctx: Context, params: Doc) -> Doc:
    charge = _charge(ctx, params)
    amount = _amount(charge, params)
    card = test_card_of(ctx, ctx.store.load(charge["payment_method"]))
    after = card.after if card else None
    refund = ctx.insert(_body(ctx, charge, amount, params, pending=after == "refund_pending"))
    refund = ctx.save({**refund, "balance_transaction": _book(ctx, charge, refund)["id"]})
    if params.get("reverse_transfer"):
        reversal = transfers.reverse_for_refund(ctx, charge, refund)
        refund = ctx.save({**refund, "transfer_reversal": reversal["id"]})
    _move(ctx, charge, amount)
    ctx.emit("refund.created", refund)
    if after in ("refund_pending", "refund_fails"):
        ctx.defer(ctx.config.async_after, SUCCEED if after == "refund_pending" else FAIL, refund["id"])
    return refund


def _charge(ctx: Context, params: Doc) -> Doc:
    """The paid, refundable charge that the parameters name."""
    if "payment_intent" in params:
        intent = ctx.find("payment_intent", params["payment_intent"], param="payment_intent")
        if not intent["latest_charge"]:
            raise SimError(f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.",
                           param="payment_intent")  # fmt: skip
        charge = ctx.store.load(intent["latest_charge"])
    elif "charge" in params:
        charge = ctx.find("charge", params["charge"], param="charge")
    else:
        raise SimError("One of the following params should be provided for this request: payment_intent or charge.",
                       code="parameter_missing")  # fmt: skip
    if not charge["paid"] or not charge["captured"]:
        raise SimError(f"Charge {charge['id']} has not been captured or was not successful; it cannot be refunded.",
                       code="charge_not_refundable")  # fmt: skip
    if charge["disputed"]:
        raise SimError(f"Charge {charge['id']} has been charged back; cannot issue a refund.", code="charge_disputed")
    return charge


def _amount(charge: Doc, params: Doc) -> int:
    left = charge["amount_captured"] - charge["amount_refunded"]
    amount = params.get("amount", left)
    if left == 0:
        raise SimError(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    check_positive(amount)
    if amount > left:
        shown = [display(value, charge["currency"]) for value in (amount, left)]
        raise SimError(f"Refund amount ({shown[0]}) is greater than unrefunded amount on charge ({shown[1]})",
                       param="amount")  # fmt: skip
    return amount


def _body(ctx: Context, charge: Doc, amount: int, params: Doc, *, pending: bool) -> Doc:
    kind = charge["payment_method_details"]["type"]
    card = {"reference_status": "pending", "reference_type": "acquirer_reference_number", "type": "refund"}
    return {
        "id": ctx.new_id("re" if kind == "card" else "pyr"), "object": "refund", "amount": amount,
        "balance_transaction": None, "charge": charge["id"], "created": ctx.now, "currency": charge["currency"],
        "customer": None, "customer_account": None,
        "destination_details": {kind: card if kind == "card" else {}, "type": kind},
        "metadata": params.get("metadata") or {}, "payment_intent": charge["payment_intent"],
        "payment_method": charge["payment_method"], "reason": params.get("reason"), "receipt_number": None,
        "source_transfer_reversal": None, "status": "pending" if pending else "succeeded", "transfer_reversal": None,
    }  # fmt: skip


def _book(ctx: Context, charge: Doc, refund: Doc) -> Doc:
    """Money that is still pending is given back from pending."""
    paid = ctx.store.load(charge["balance_transaction"])
    return balance.record(
        ctx, "refund" if charge["id"].startswith("ch_") else "payment_refund", -refund["amount"], charge["currency"],
        refund["id"], available_on=paid["available_on"], description=f"REFUND FOR CHARGE ({charge['id']})",
    )  # fmt: skip


def _move(ctx: Context, charge: Doc, amount: int) -> Doc:
    """The charge's refunded sum grows (or, for a failed refund, shrinks)."""
    before = {name: charge[name] for name in ("amount_refunded", "refunded")}
    refunded = charge["amount_refunded"] + amount
    whole = refunded == charge["amount_captured"]
    charge = ctx.save({**charge, "amount_refunded": refunded, "refunded": whole})
    previous = {name: value for name, value in before.items() if charge[name] != value}
    ctx.emit("charge.refunded" if amount > 0 else "charge.updated", charge, previous)
    return charge


def succeed(ctx: Context, id: str) -> None:
    refund = ctx.store.load(id)
    if refund["status"] == "pending":
        _tell(ctx, ctx.save({**refund, "status": "succeeded"}), {"status": "pending"}, "refund.updated")


def fail(ctx: Context, id: str) -> None:
    """The buyer's bank sends the money back: it returns to the balance and to the charge."""
    refund = ctx.store.load(id)
    if refund["status"] in ("failed", "canceled"):
        return
    paid_back = balance.record(ctx, "refund_failure", refund["amount"], refund["currency"], id,
                               description=f"REFUND FAILURE ({id})")  # fmt: skip
    failure = {"failure_balance_transaction": paid_back["id"], "failure_reason": "unknown"}
    failed = ctx.save({**refund, **failure, "status": "failed"})
    _move(ctx, ctx.store.load(refund["charge"]), -refund["amount"])
    _tell(ctx, failed, {"status": refund["status"]}, "refund.failed")


def _tell(ctx: Context, refund: Doc, previous: Doc, *types: str) -> None:
    for type in (*types, "charge.refund.updated"):
        ctx.emit(type, refund, previous)


@operation("POST", "/v1/refunds/<id>/cancel", RefundCancelParams)
def cancel(ctx: Context, params: Doc, id: str) -> Doc:
    """Stripe allows it only for refunds that wait for the customer, which these methods never do."""
    refund = ctx.find("refund", id)
    raise SimError(f"You cannot cancel a refund with status {refund['status']} and this payment method type.")


@operation("POST", "/v1/refunds/<id>", RefundUpdateParams, "metadata")
def update(ctx: Context, params: Doc, id: str) -> Doc:
    refund = ctx.find("refund", id)
    refund = ctx.save({**refund, "metadata": merged(refund["metadata"], params.get("metadata"))})
    ctx.emit("refund.updated", refund, {})
    return refund


@operation("GET", "/v1/refunds/<id>", RefundRetrieveParams)
def retrieve(ctx: Context, params: Doc, id: str) -> Doc:
    return ctx.find("refund", id)


@operation("GET", "/v1/refunds", RefundListParams, f"{PAGING} created charge payment_intent")
def list_refunds(ctx: Context, params: Doc) -> Doc:
    keep = lists.matching(params, "charge", "payment_intent")
    return lists.page(ctx, "refund", params, "/v1/refunds", keep=keep)
