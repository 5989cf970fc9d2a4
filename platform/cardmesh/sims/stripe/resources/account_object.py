"""The Account object, and what is still missing of it before it can take or send money."""

from typing import Any

from ..context import Context
from ..lists import envelope
from ..money import HOME_CURRENCY
from ..store import Doc
from .payment_methods import NO_ADDRESS

KYC = ("charges_enabled", "details_submitted", "payouts_enabled", "requirements", "capabilities")
CONTROLLERS: dict[str, dict[str, Any]] = {
    "standard": {"fees": "account", "losses": "stripe", "collects": "stripe", "dashboard": "full"},
    "express": {"fees": "application_express", "losses": "application", "collects": "stripe", "dashboard": "express"},
    "custom": {"fees": "application_custom", "losses": "application", "collects": "application", "dashboard": "none"},
}


def new_account(ctx: Context, params: Doc) -> Doc:
    """An account with nothing provided yet."""
    id, country = ctx.new_id("acct", 16), params.get("country", ctx.config.country).upper()
    kind = params.get("type", "none" if "controller" in params else "standard")
    return {
        **_blank(id, country, ctx.now), "email": params.get("email"), "type": kind,
        "default_currency": params.get("default_currency", HOME_CURRENCY.get(country, "usd")).lower(),
        "controller": _controller(kind, params.get("controller", {})),
    }  # fmt: skip


def own_account(id: str, country: str, now: int) -> Doc:
    """The platform's own, complete account."""
    done = {"charges_enabled": True, "details_submitted": True, "payouts_enabled": True, "business_type": "company"}
    body = {**_blank(id, country, now), "controller": {"type": "account"}, "email": "owner@example.com"}
    body |= {**done, "type": "standard", "capabilities": {"card_payments": "active", "transfers": "active"}}
    return {**body, "default_currency": HOME_CURRENCY.get(country, "usd")}


def settled(account: Doc) -> Doc:
    """Recompute requirements, capabilities and the three flags from what has been provided."""
    due = [name for name, there in _provided(account).items() if not there]
    complete = not due
    state = "active" if complete else "inactive"
    capabilities = dict.fromkeys(account["capabilities"], state)
    requirements = {
        **account["requirements"], "currently_due": due, "eventually_due": due, "past_due": due,
        "disabled_reason": "requirements.past_due" if due else None,
    }  # fmt: skip
    return {
        **account, "capabilities": capabilities, "requirements": requirements,
        "charges_enabled": complete and capabilities.get("card_payments") == "active",
        "payouts_enabled": complete, "details_submitted": account["details_submitted"] or complete,
    }  # fmt: skip


def capability_names(params: Doc) -> list[str]:
    asked = params.get("capabilities", {})
    return [name for name, wish in asked.items() if wish.get("requested")]


def _provided(account: Doc) -> dict[str, bool]:
    accepted = account["tos_acceptance"]
    return {
        "business_type": bool(account["business_type"]),
        "external_account": bool(account["external_accounts"]["data"]),
        "tos_acceptance.date": bool(accepted["date"]), "tos_acceptance.ip": bool(accepted["ip"]),
    }  # fmt: skip


def _controller(kind: str, asked: Doc) -> dict[str, Any]:
    preset = CONTROLLERS.get(kind, CONTROLLERS["standard"])
    return {
        "type": "application", "is_controller": True,
        "fees": {"payer": asked.get("fees", {}).get("payer", preset["fees"])},
        "losses": {"payments": asked.get("losses", {}).get("payments", preset["losses"])},
        "requirement_collection": asked.get("requirement_collection", preset["collects"]),
        "stripe_dashboard": {"type": asked.get("stripe_dashboard", {}).get("type", preset["dashboard"])},
    }  # fmt: skip


def _blank(id: str, country: str, now: int) -> Doc:
    requirements: dict[str, Any] = {
        "alternatives": [], "current_deadline": None, "currently_due": [], "disabled_reason": None, "errors": [],
        "eventually_due": [], "past_due": [], "pending_verification": [],
    }  # fmt: skip
    profile = (
        "estimated_worker_count", "mcc", "minority_owned_business_designation", "name", "product_description",
        "support_email", "support_phone", "support_url", "url",
    )  # fmt: skip
    return {
        "id": id, "object": "account", "business_profile": {
            **dict.fromkeys(profile), "support_address": dict(NO_ADDRESS),
            "annual_revenue": {"amount": None, "currency": None, "fiscal_year_end": None},
        },
        "business_type": None, "capabilities": {}, "charges_enabled": False, "country": country, "created": now,
        "details_submitted": False, "external_accounts": envelope([], f"/v1/accounts/{id}/external_accounts"),
        "future_requirements": dict(requirements), "metadata": {}, "payouts_enabled": False,
        "requirements": requirements, "settings": _settings(),
        "tos_acceptance": {"date": None, "ip": None, "user_agent": None},
    }  # fmt: skip


def _settings() -> dict[str, Any]:
    descriptors = ("statement_descriptor", "statement_descriptor_kana", "statement_descriptor_kanji")
    prefixes = ("statement_descriptor_prefix_kana", "statement_descriptor_prefix_kanji")
    return {
        "bacs_debit_payments": {"display_name": None, "service_user_number": None},
        "branding": dict.fromkeys(("icon", "logo", "primary_color", "secondary_color")),
        "card_issuing": {"tos_acceptance": {"date": None, "ip": None}},
        "card_payments": {"decline_on": {"avs_failure": True, "cvc_failure": True},
                          "statement_descriptor_prefix": None, **dict.fromkeys(prefixes)},
        "dashboard": {"display_name": None, "timezone": "Etc/UTC"},
        "invoices": {"default_account_tax_ids": None, "hosted_payment_method_save": None},
        "payments": {**dict.fromkeys(descriptors), **dict.fromkeys(prefixes)},
        "payouts": {"debit_negative_balances": True, "schedule": {"delay_days": 2, "interval": "daily"},
                    "statement_descriptor": None},
        "sepa_debit_payments": {},
    }  # fmt: skip
