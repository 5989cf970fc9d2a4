"""What Stripe demands of a new Checkout Session, checked before anything is kept."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ..context import Context
from ..errors import SimError, unsupported
from ..money import check_chargeable
from ..store import Doc
from . import intent_object, line_items
from .payment_methods import allowed_types

SHORTEST, LONGEST = 30 * 60, 24 * 60 * 60
EMAIL = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s.]+$")
SLACK = 60  # seconds a request may be under way before its expires_at counts as too early


@dataclass(frozen=True)
class Plan:
    """A session's checked facts: `items` as Stripe shows them, `about` for its PaymentIntent."""

    items: list[dict[str, Any]]
    currency: str
    total: int
    types: list[str]
    expires_at: int
    about: dict[str, Any]


def checked(ctx: Context, params: Doc) -> Plan:
    """SimError for the first thing that Stripe would refuse."""
    _check_mode(params)
    _check_text(params)
    for name in ("success_url", "cancel_url"):
        _check_url(params, name)
    items = line_items.build(ctx, params)
    currency, total = items[0]["currency"], sum(item["amount_total"] for item in items)
    check_chargeable(total, currency, "line_items", "The Checkout Session's total amount")
    about = params.get("payment_intent_data", {})
    intent_object.check_about(ctx, about)
    return Plan(items, currency, total, _types(ctx, params, currency), _expires_at(ctx, params), about)


def _check_mode(params: Doc) -> None:
    if "mode" not in params:
        raise SimError("Missing required param: mode.", code="parameter_missing", param="mode")
    if params["mode"] != "payment":
        raise unsupported(f"mode={params['mode']}")
    if params.get("ui_mode", "hosted_page") != "hosted_page":
        raise unsupported(f"ui_mode={params['ui_mode']}")
    if "success_url" not in params:
        raise SimError("Missing required param: success_url.", code="parameter_missing", param="success_url")


def _check_text(params: Doc) -> None:
    if len(params.get("client_reference_id", "")) > 200:
        raise SimError("Invalid string: must be at most 200 characters", param="client_reference_id")
    email = params.get("customer_email")
    if email is not None and not EMAIL.match(email):
        raise SimError(f"Invalid email address: {email}", code="email_invalid", param="customer_email")


def _check_url(params: Doc, name: str) -> None:
    url = params.get(name)
    if url is None:
        return
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise SimError("Not a valid URL", code="url_invalid", param=name)
    if len(url) > 5000:
        raise SimError("Invalid URL: must be at most 5000 characters", code="url_invalid", param=name)


def _types(ctx: Context, params: Doc, currency: str) -> list[str]:
    excluded = params.get("excluded_payment_method_types", [])
    allowed = allowed_types(ctx, params.get("allowed_payment_method_types"), currency)
    types = [kind for kind in allowed if kind not in excluded]
    if not types:
        raise SimError(
            "No valid payment method types for this Checkout Session. Please ensure that you have activated payment "
            f"methods compatible with your chosen currency ({currency}).", param="allowed_payment_method_types",
        )  # fmt: skip
    return types


def _expires_at(ctx: Context, params: Doc) -> int:
    expires_at = params.get("expires_at", ctx.now + LONGEST)
    if expires_at < ctx.now + SHORTEST - SLACK:
        raise SimError(
            "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.", param="expires_at"
        )
    if expires_at > ctx.now + LONGEST + SLACK:
        raise SimError(
            "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.", param="expires_at"
        )
    return expires_at
