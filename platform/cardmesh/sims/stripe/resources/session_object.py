"""The shape of a new Checkout Session: what it was asked for, and Stripe's defaults for the rest."""

from typing import TYPE_CHECKING

from ..context import Context
from ..store import Doc

if TYPE_CHECKING:
    from .session_rules import Plan

UNSET = (
    "after_expiration", "allow_promotion_codes", "billing_address_collection", "client_secret",
    "collected_information", "consent", "consent_collection", "currency_conversion", "customer", "customer_account",
    "customer_details", "integration_identifier", "invoice", "name_collection", "optional_items", "origin_context",
    "payment_intent", "payment_link", "payment_method_configuration_details", "permissions", "presentment_details",
    "recovered_from", "return_url", "saved_payment_method_options", "setup_intent", "shipping_address_collection",
    "shipping_cost", "subscription", "wallet_options", "redirect_on_completion",
)  # fmt: skip
GIVEN = (
    "cancel_url", "client_reference_id", "customer_email", "locale", "submit_type", "success_url",
    "allowed_payment_method_types", "excluded_payment_method_types",
)  # fmt: skip
BRANDING = {
    "background_color": "#ffffff", "border_style": "rounded", "button_color": "#0570de",
    "display_name": "Cardmesh simulator", "font_family": "default", "icon": None, "logo": None,
}  # fmt: skip


def new_session(ctx: Context, params: Doc, plan: "Plan") -> Doc:
    """An open, unpaid session; its PaymentIntent is made when the buyer first submits a payment."""
    mode = "live" if ctx.livemode else "test"
    id = f"cs_{mode}_{ctx.new_id('a1', 58).replace('_', '')}"
    return {
        "id": id, "object": "checkout.session",
        **dict.fromkeys(UNSET), **{name: params.get(name) for name in GIVEN},
        "adaptive_pricing": {"enabled": False}, "amount_subtotal": plan.total, "amount_total": plan.total,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "branding_settings": BRANDING, "created": ctx.now, "currency": plan.currency, "custom_fields": [],
        "custom_text": dict.fromkeys(("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")),
        "customer_creation": params.get("customer_creation", "if_required"), "discounts": [],
        "expires_at": plan.expires_at, "invoice_creation": {"enabled": False, "invoice_data": _invoice_data()},
        "livemode": ctx.livemode, "managed_payments": {"enabled": False}, "metadata": params.get("metadata", {}),
        "mode": "payment", "payment_method_collection": "if_required", "payment_method_options": {},
        "payment_method_types": plan.types, "payment_status": "unpaid",
        "phone_number_collection": {"enabled": False}, "shipping_options": [], "status": "open",
        "tax_id_collection": {"enabled": False, "required": "never"},
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page", "url": f"{ctx.base_url}/c/pay/{id}",
    }  # fmt: skip


def _invoice_data() -> Doc:
    unset = ("account_tax_ids", "custom_fields", "description", "footer", "issuer", "rendering_options")
    return {**dict.fromkeys(unset), "metadata": {}}
