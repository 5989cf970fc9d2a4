"""Payouts from an account's available balance to its bank; some test bank accounts send them back."""

from stripe.params._payout_cancel_params import PayoutCancelParams
from stripe.params._payout_create_params import PayoutCreateParams
from stripe.params._payout_list_params import PayoutListParams
from stripe.params._payout_retrieve_params import PayoutRetrieveParams
from stripe.params._payout_update_params import PayoutUpdateParams

from .. import lists
from ..context import Context
from ..errors import SimError, resource_missing
from ..metadata import merged
from ..money import check_currency, check_positive
from ..routing import PAGING, operation
from ..store import Doc
from . import balance
from .bank_accounts import failure_of, of_account

DEPART, ARRIVE = "payout_depart", "payout_arrive"
BANK_DAYS = 2 * 86400


@operation(
    "POST", "/v1/payouts", PayoutCreateParams, "amount currency description destination metadata method "
    "statement_descriptor",
)  # fmt: skip
def create(ctx: Context, params: Doc) -> Doc:
    currency = check_currency(params["currency"], "currency")
    check_positive(params["amount"])
    if len(params.get("statement_descriptor", "")) > 22:
        raise SimError("The statement descriptor must be at most 22 characters.", param="statement_descriptor")
    bank = _bank(ctx, params, currency)
    balance.require_available(ctx, params["amount"], currency, "make this payout")
    payout = _body(ctx, params, currency, bank)
    taken = balance.record(ctx, "payout", -params["amount"], currency, payout["id"], description="STRIPE PAYOUT")
    payout = ctx.insert({**payout, "balance_transaction": taken["id"]})
    ctx.emit("payout.created", payout)
    ctx.defer(ctx.config.async_after, DEPART, payout["id"])
    return payout


def _bank(ctx: Context, params: Doc, currency: str) -> Doc:
    banks = [bank for bank in of_account(ctx) if bank["currency"] == currency]
    if "destination" in params:
        banks = [bank for bank in of_account(ctx) if bank["id"] == params["destination"]]
        if not banks:
            raise resource_missing("external account", params["destination"], "destination", 400)
    if not banks:
        raise SimError(
            f"Sorry, you don't have any external accounts in that currency ({currency}).", param="currency",
        )  # fmt: skip
    return banks[0]


def _body(ctx: Context, params: Doc, currency: str, bank: Doc) -> Doc:
    return {
        "id": ctx.new_id("po"), "object": "payout", "amount": params["amount"], "application_fee": None,
        "application_fee_amount": None, "arrival_date": ctx.now + BANK_DAYS, "automatic": False,
        "balance_transaction": None, "created": ctx.now, "currency": currency,
        "description": params.get("description"), "destination": bank["id"], "failure_balance_transaction": None,
        "failure_code": None, "failure_message": None, "livemode": ctx.livemode,
        "metadata": params.get("metadata") or {}, "method": params.get("method", "standard"),
        "original_payout": None, "payout_method": None, "reconciliation_status": "not_applicable",
        "reversed_by": None, "source_type": "card", "statement_descriptor": params.get("statement_descriptor"),
        "status": "pending", "trace_id": {"status": "pending", "value": None}, "type": "bank_account",
    }  # fmt: skip


def depart(ctx: Context, id: str) -> None:
    """pending → in_transit; it can no longer be canceled."""
    payout = ctx.store.load(id)
    if payout["status"] == "pending":
        payout = ctx.save({**payout, "status": "in_transit"})
        ctx.emit("payout.updated", payout, {"status": "pending"})
        ctx.defer(ctx.config.async_after, ARRIVE, id)


def arrive(ctx: Context, id: str) -> None:
    """in_transit → paid, or failed when the bank refuses; a failed payout's money returns to the balance."""
    payout = ctx.store.load(id)
    if payout["status"] != "in_transit":
        return
    if failure := failure_of(ctx, payout["destination"]):
        back = balance.record(ctx, "payout_failure", payout["amount"], payout["currency"], id)
        change = {"failure_balance_transaction": back["id"], "failure_code": failure[0], "failure_message": failure[1]}
        ctx.emit("payout.failed", ctx.save({**payout, **change, "status": "failed"}))
    else:
        trace = {"status": "supported", "value": f"SIM{payout['id'][-12:]}"}
        ctx.emit("payout.paid", ctx.save({**payout, "status": "paid", "trace_id": trace}))


@operation("POST", "/v1/payouts/<id>/cancel", PayoutCancelParams)
def cancel(ctx: Context, params: Doc, id: str) -> Doc:
    payout = ctx.find("payout", id)
    if payout["status"] != "pending":
        raise SimError("Payouts can only be canceled while they are pending.", code="payouts_not_allowed")
    back = balance.record(ctx, "payout_cancel", payout["amount"], payout["currency"], id, category="payout_reversal")
    payout = ctx.save({**payout, "status": "canceled", "failure_balance_transaction": back["id"]})
    ctx.emit("payout.canceled", payout)
    return payout


@operation("POST", "/v1/payouts/<id>", PayoutUpdateParams, "metadata")
def update(ctx: Context, params: Doc, id: str) -> Doc:
    payout = ctx.find("payout", id)
    return ctx.save({**payout, "metadata": merged(payout["metadata"], params.get("metadata"))})


@operation("GET", "/v1/payouts/<id>", PayoutRetrieveParams)
def retrieve(ctx: Context, params: Doc, id: str) -> Doc:
    return ctx.find("payout", id)


@operation("GET", "/v1/payouts", PayoutListParams, f"{PAGING} created destination status")
def list_payouts(ctx: Context, params: Doc) -> Doc:
    keep = lists.matching(params, "destination", "status")
    return lists.page(ctx, "payout", params, "/v1/payouts", keep=keep)
