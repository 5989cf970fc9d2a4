"""Transfers from the platform to a connected account, and their reversals; both sides are booked."""

from stripe.params._transfer_create_params import TransferCreateParams
from stripe.params._transfer_list_params import TransferListParams
from stripe.params._transfer_retrieve_params import TransferRetrieveParams
from stripe.params._transfer_reversal_create_params import TransferReversalCreateParams
from stripe.params._transfer_reversal_list_params import TransferReversalListParams
from stripe.params._transfer_reversal_retrieve_params import TransferReversalRetrieveParams
from stripe.params._transfer_update_params import TransferUpdateParams

from .. import lists
from ..context import Context
from ..errors import SimError
from ..metadata import merged
from ..money import check_currency, check_positive
from ..routing import PAGING, operation
from ..store import Doc
from . import balance
from .transfer_object import destination_payment, new_reversal, new_transfer

NOT_ABLE = "Your destination account needs to have at least one of the following capabilities enabled: transfers"


@operation(
    "POST", "/v1/transfers", TransferCreateParams,
    "amount currency destination description metadata source_transaction transfer_group",
)  # fmt: skip
def create(ctx: Context, params: Doc) -> Doc:
    currency = check_currency(params["currency"], "currency")
    charge = _source(ctx, params, currency)
    amount = params.get("amount", charge["amount_captured"] if charge else None)
    if amount is None:
        raise SimError("Missing required param: amount.", code="parameter_missing", param="amount")
    check_positive(amount)
    if charge is None:
        balance.require_available(ctx, amount, currency, "make this transfer")
    return send(ctx, amount=amount, currency=currency, destination=params["destination"], charge=charge, about=params)


def _source(ctx: Context, params: Doc, currency: str) -> Doc | None:
    """The charge whose (maybe still pending) money is passed on; its transfers may not exceed it."""
    if "source_transaction" not in params:
        return None
    charge = ctx.find("charge", params["source_transaction"], param="source_transaction", status=400)
    if charge["currency"] != currency:
        raise SimError("The currency of source_transaction's balance transaction does not match the currency of the "
                       "transfer.", param="currency")  # fmt: skip
    sent = sum(transfer["amount"] - transfer["amount_reversed"] for transfer in _fed_by(ctx, charge))
    if sent + params.get("amount", charge["amount_captured"]) > charge["amount_captured"]:
        raise SimError("You have insufficient available funds from the source_transaction charge; the transfers of a "
                       "charge may not exceed its amount.", param="amount")  # fmt: skip
    return charge


def _fed_by(ctx: Context, charge: Doc) -> list[Doc]:
    """The transfers that pass this charge's money on, newest first."""
    newest = {"limit": lists.MOST}
    return lists.page(ctx, "transfer", newest, "", keep=lambda t: t["source_transaction"] == charge["id"])["data"]


def send(ctx: Context, *, amount: int, currency: str, destination: str, charge: Doc | None, about: Doc) -> Doc:
    """Book a transfer on both accounts and tell of it."""
    account = ctx.find("account", destination, noun="destination", param="destination", status=400)
    if account["capabilities"].get("transfers") != "active":
        raise SimError(NOT_ABLE, code="insufficient_capabilities_for_transfer")
    available_on = ctx.store.load(charge["balance_transaction"])["available_on"] if charge else 0
    transfer = new_transfer(ctx, amount, currency, destination, charge, about)
    taken = balance.record(ctx, "transfer", -amount, currency, transfer["id"], available_on=available_on,
                           description=about.get("description"))  # fmt: skip
    payment = destination_payment(ctx.acting_as(destination), transfer, available_on)
    transfer = {**transfer, "balance_transaction": taken["id"], "destination_payment": payment["id"]}
    ctx.insert(transfer)
    ctx.emit("transfer.created", transfer)
    return transfer


def pass_on(ctx: Context, charge: Doc) -> None:
    """A charge with `transfer_data` sends its share to the connected account by itself."""
    if share := charge["transfer_data"]:
        amount = share.get("amount") or charge["amount_captured"]
        send(ctx, amount=amount, currency=charge["currency"], destination=share["destination"], charge=charge,
             about={"transfer_group": charge["transfer_group"] or f"group_{charge['payment_intent']}"})  # fmt: skip


@operation("POST", "/v1/transfers/<id>/reversals", TransferReversalCreateParams, "amount metadata")
def create_reversal(ctx: Context, params: Doc, id: str) -> Doc:
    transfer = ctx.find("transfer", id)
    left = transfer["amount"] - transfer["amount_reversed"]
    amount = params.get("amount", left)
    if left == 0:
        raise SimError(f"Transfer {id} is already fully reversed.", code="transfer_already_reversed")
    check_positive(amount)
    if amount > left:
        raise SimError(f"Reversal amount ({amount}) is greater than unreversed amount ({left}).", param="amount")
    return reverse(ctx, transfer, amount, params.get("metadata") or {}, refund=None)


def reverse(ctx: Context, transfer: Doc, amount: int, metadata: Doc, refund: str | None) -> Doc:
    """Take money back from the connected account, whose balance may go below zero."""
    reversal = new_reversal(ctx, transfer, amount, metadata, refund)
    back = balance.record(ctx, "transfer_refund", amount, transfer["currency"], reversal["id"],
                          description=f"REFUND FOR TRANSFER ({transfer['id']})")  # fmt: skip
    balance.record(ctx.acting_as(transfer["destination"]), "payment_refund", -amount, transfer["currency"],
                   transfer["destination_payment"], description="REFUND FOR PAYMENT")  # fmt: skip
    reversal = ctx.insert({**reversal, "balance_transaction": back["id"]})
    reversed_sum = transfer["amount_reversed"] + amount
    listed = {**transfer["reversals"], "data": [reversal, *transfer["reversals"]["data"]][: lists.DEFAULT_LIMIT]}
    change: Doc = {"amount_reversed": reversed_sum, "reversed": reversed_sum == transfer["amount"], "reversals": listed}
    ctx.emit("transfer.reversed", ctx.save({**transfer, **change}))
    return reversal


def reverse_for_refund(ctx: Context, charge: Doc, refund: Doc) -> Doc:
    """`reverse_transfer` on a refund: the connected account gives back its part in proportion."""
    found = _fed_by(ctx, charge)
    if not charge["transfer_data"] or not found:
        raise SimError("Cannot reverse transfer on a charge without an associated transfer.", param="reverse_transfer")
    transfer = found[0]
    share = transfer["amount"] * refund["amount"] // charge["amount_captured"]
    amount = min(share, transfer["amount"] - transfer["amount_reversed"])
    return reverse(ctx, transfer, amount, {}, refund["id"])


@operation("POST", "/v1/transfers/<id>", TransferUpdateParams, "description metadata")
def update(ctx: Context, params: Doc, id: str) -> Doc:
    transfer = ctx.find("transfer", id)
    metadata = merged(transfer["metadata"], params.get("metadata"))
    description = params.get("description", transfer["description"])
    transfer = ctx.save({**transfer, "description": description, "metadata": metadata})
    ctx.emit("transfer.updated", transfer, {})
    return transfer


@operation("GET", "/v1/transfers/<id>", TransferRetrieveParams)
def retrieve(ctx: Context, params: Doc, id: str) -> Doc:
    return ctx.find("transfer", id)


@operation("GET", "/v1/transfers", TransferListParams, f"{PAGING} created destination transfer_group")
def list_transfers(ctx: Context, params: Doc) -> Doc:
    keep = lists.matching(params, "destination", "transfer_group")
    return lists.page(ctx, "transfer", params, "/v1/transfers", keep=keep)


@operation("GET", "/v1/transfers/<transfer>/reversals/<id>", TransferReversalRetrieveParams)
def retrieve_reversal(ctx: Context, params: Doc, transfer: str, id: str) -> Doc:
    ctx.find("transfer", transfer)
    return ctx.find("transfer_reversal", id)


@operation("GET", "/v1/transfers/<transfer>/reversals", TransferReversalListParams, PAGING)
def list_reversals(ctx: Context, params: Doc, transfer: str) -> Doc:
    ctx.find("transfer", transfer)
    url = f"/v1/transfers/{transfer}/reversals"
    return lists.page(ctx, "transfer_reversal", params, url, keep=lambda r: r["transfer"] == transfer)
