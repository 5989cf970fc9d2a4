"""PaymentMethods: a test card, Alipay or WeChat Pay, made by the pay page or by a test token (`pm_card_visa`)."""

from typing import Any

from stripe.params._payment_method_retrieve_params import PaymentMethodRetrieveParams

from ..cards import BY_ALIAS, TestCard, by_alias
from ..context import Context
from ..errors import resource_missing, unsupported
from ..ids import letters
from ..money import HOME_CURRENCY
from ..routing import operation
from ..store import Doc

WALLETS = ("alipay", "wechat_pay")
SUPPORTED = ("card", *WALLETS)
NO_ADDRESS = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))


def allowed_types(ctx: Context, wanted: list[str] | None, currency: str) -> list[str]:
    """The methods offered: those wanted that this account can take in this currency; others drop out silently."""
    wallets = ("cny", HOME_CURRENCY.get(ctx.config.country, "usd"))
    able = [kind for kind in SUPPORTED if kind == "card" or currency in wallets]
    return [kind for kind in wanted if kind in able] if wanted is not None else able


def from_card(ctx: Context, card: TestCard, *, exp_month: int, exp_year: int, billing: dict[str, Any]) -> Doc:
    details = {
        "brand": card.brand, "checks": {"address_line1_check": None, "address_postal_code_check": None,
                                        "cvc_check": "pass"},
        "country": "US", "display_brand": card.brand, "exp_month": exp_month, "exp_year": exp_year,
        "fingerprint": letters(card.number, 16), "funding": card.funding, "generated_from": None,
        "last4": card.last4, "networks": {"available": [card.brand], "preferred": None},
        "regulated_status": "unregulated", "three_d_secure_usage": {"supported": True}, "wallet": None,
    }  # fmt: skip
    return _keep(ctx, "card", details, billing, {"alias": card.alias})


def from_wallet(ctx: Context, kind: str, billing: dict[str, Any]) -> Doc:
    return _keep(ctx, kind, {}, billing, {})


def _keep(ctx: Context, kind: str, details: Doc, billing: dict[str, Any], hidden: Doc) -> Doc:
    body: Doc = {
        "id": ctx.new_id("pm"), "object": "payment_method", "allow_redisplay": "unspecified",
        "billing_details": billing_details(**billing), kind: details, "created": ctx.now, "customer": None,
        "customer_account": None, "livemode": ctx.livemode, "metadata": {}, "type": kind,
    }  # fmt: skip
    return ctx.insert(body, hidden)


def billing_details(email: str | None = None, name: str | None = None, country: str | None = None) -> Doc:
    address = {**NO_ADDRESS, "country": country}
    return {"address": address, "email": email, "name": name, "phone": None, "tax_id": None}


def test_card_of(ctx: Context, method: Doc) -> TestCard | None:
    """The test card behind a card method; None for wallets."""
    return by_alias(ctx.store.hidden(method["id"]).get("alias"))


def named(ctx: Context, params: Doc) -> Doc | None:
    """The method that a PaymentIntent's parameters name: a test token, an id, or `payment_method_data`."""
    if data := params.get("payment_method_data"):
        if data["type"] not in WALLETS:
            raise unsupported(f"payment_method_data[type]={data['type']}")
        return from_wallet(ctx, data["type"], {})
    wanted = params.get("payment_method")
    if wanted in BY_ALIAS:
        return from_card(ctx, BY_ALIAS[wanted], exp_month=12, exp_year=2034, billing={})
    if wanted:
        return ctx.find("payment_method", wanted, noun="PaymentMethod", param="payment_method", status=400)
    return None


@operation("GET", "/v1/payment_methods/<id>", PaymentMethodRetrieveParams)
def retrieve(ctx: Context, params: Doc, id: str) -> Doc:
    if not ctx.store.row(id):
        raise resource_missing("PaymentMethod", id, "payment_method")
    return ctx.find("payment_method", id, noun="PaymentMethod", param="payment_method")
