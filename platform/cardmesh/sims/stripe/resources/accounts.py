"""Connected accounts: made incomplete, completed on the onboarding page or by their details, then able to be paid."""

from typing import Any

from stripe.params._account_create_params import AccountCreateParams
from stripe.params._account_delete_params import AccountDeleteParams
from stripe.params._account_list_params import AccountListParams
from stripe.params._account_retrieve_current_params import AccountRetrieveCurrentParams
from stripe.params._account_retrieve_params import AccountRetrieveParams
from stripe.params._account_update_params import AccountUpdateParams

from .. import lists
from ..context import Context
from ..errors import SimError
from ..metadata import merged
from ..routing import PAGING, operation
from ..store import Doc
from . import bank_accounts
from .account_object import KYC, capability_names, new_account, settled

ABOUT = (
    "business_profile business_type email metadata tos_acceptance.date tos_acceptance.ip external_account "
    "settings.payouts.schedule.interval"
)
CAPABILITIES = "capabilities.transfers.requested capabilities.card_payments.requested"


@operation("POST", "/v1/accounts", AccountCreateParams, f"{ABOUT} {CAPABILITIES} type controller country "
           "default_currency")  # fmt: skip
def create(ctx: Context, params: Doc) -> Doc:
    if "type" in params and "controller" in params:
        raise SimError("You may not provide the `type` parameter and `controller` parameters simultaneously.",
                       param="type")  # fmt: skip
    account = ctx.insert(new_account(ctx, params), {"platform": ctx.account})
    return _changed(ctx, account, params)


@operation("POST", "/v1/accounts/<id>", AccountUpdateParams, f"{ABOUT} {CAPABILITIES}")
def update(ctx: Context, params: Doc, id: str) -> Doc:
    account = _changed(ctx, find(ctx, id), params)
    ctx.acting_as(id).emit("account.updated", account, {})
    return account


def _changed(ctx: Context, account: Doc, params: Doc) -> Doc:
    """Apply details; what they complete disappears from the requirements."""
    for name in ("business_type", "email"):
        if name in params:
            account[name] = params[name]
    account["business_profile"] = {**account["business_profile"], **params.get("business_profile", {})}
    account["tos_acceptance"] = {**account["tos_acceptance"], **params.get("tos_acceptance", {})}
    account["metadata"] = merged(account["metadata"], params.get("metadata"))
    payouts = account["settings"]["payouts"]
    payouts["schedule"] = {**payouts["schedule"], **params.get("settings", {}).get("payouts", {}).get("schedule", {})}
    for name in capability_names(params):
        account["capabilities"].setdefault(name, "inactive")
    if "external_account" in params:
        bank = bank_accounts.add(ctx, account["id"], params["external_account"])
        account["external_accounts"] = {**account["external_accounts"], "data": [bank]}
    return ctx.save(settled(account))


def onboard(ctx: Context, id: str) -> Doc:
    """The owner finished the hosted onboarding: everything that was due is there."""
    account = ctx.store.load(id)
    account["tos_acceptance"] = {**account["tos_acceptance"], "date": ctx.now, "ip": "127.0.0.1"}
    account["business_type"] = account["business_type"] or "individual"
    if not account["external_accounts"]["data"]:
        given: dict[str, Any] = {
            "object": "bank_account", "account_number": bank_accounts.GOOD_NUMBER, "country": account["country"],
            "currency": account["default_currency"],
        }  # fmt: skip
        account["external_accounts"]["data"] = [bank_accounts.add(ctx, id, given)]
    before = {name: account[name] for name in KYC}
    account = ctx.save(settled({**account, "details_submitted": True}))
    ctx.acting_as(id).emit("account.updated", account, before)
    return account


@operation("DELETE", "/v1/accounts/<id>", AccountDeleteParams)
def delete(ctx: Context, params: Doc, id: str) -> Doc:
    find(ctx, id)
    if id == ctx.platform:
        raise SimError("You cannot delete your own account by the API.", status=403)
    ctx.store.delete(id)
    return {"id": id, "object": "account", "deleted": True}


@operation("GET", "/v1/account", AccountRetrieveCurrentParams)
def retrieve_current(ctx: Context, params: Doc) -> Doc:
    return ctx.store.load(ctx.account)


@operation("GET", "/v1/accounts/<id>", AccountRetrieveParams)
def retrieve(ctx: Context, params: Doc, id: str) -> Doc:
    return find(ctx, id)


@operation("GET", "/v1/accounts", AccountListParams, f"{PAGING} created")
def list_accounts(ctx: Context, params: Doc) -> Doc:
    return lists.page(ctx, "account", params, "/v1/accounts", keep=lambda body: body["id"] != ctx.platform)


def find(ctx: Context, id: str) -> Doc:
    """The account itself or one connected to it; Stripe hides whether others exist."""
    if id == ctx.account:
        return ctx.store.load(id)
    row = ctx.store.row(id)
    if not row or (row["kind"], row["account"], row["livemode"]) != ("account", ctx.account, ctx.livemode):
        raise no_access(id)
    return ctx.store.load(id)


def no_access(id: str) -> SimError:
    return SimError(
        f"The provided key does not have access to account '{id}' (or that account does not exist). Application "
        "access may have been revoked.", status=403, code="account_invalid", saved=False,
    )  # fmt: skip
