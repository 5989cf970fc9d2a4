"""Checkout Sessions (mode `payment`, hosted page): made, completed once, expired; never both."""

from typing import Any

from stripe.params.checkout._session_create_params import SessionCreateParams
from stripe.params.checkout._session_expire_params import SessionExpireParams
from stripe.params.checkout._session_line_item_list_params import SessionLineItemListParams
from stripe.params.checkout._session_list_params import SessionListParams
from stripe.params.checkout._session_retrieve_params import SessionRetrieveParams
from stripe.params.checkout._session_update_params import SessionUpdateParams

from .. import lists
from ..context import Context
from ..errors import SimError
from ..metadata import merged
from ..routing import PAGING, operation
from ..store import Doc
from . import intent_object, line_items
from .session_object import new_session
from .session_rules import checked

KIND = "checkout.session"
FIRST_LINE_ITEMS = 10
MODELLED = (
    "mode ui_mode success_url cancel_url client_reference_id customer_email currency expires_at locale metadata "
    "allowed_payment_method_types excluded_payment_method_types submit_type customer_creation "
    "line_items.quantity line_items.metadata line_items.price line_items.price_data.currency "
    "line_items.price_data.unit_amount line_items.price_data.product line_items.price_data.product_data.name "
    "line_items.price_data.product_data.description line_items.price_data.product_data.images "
    "line_items.price_data.product_data.metadata line_items.price_data.product_data.unit_label "
    + " ".join(f"payment_intent_data.{name}" for name in intent_object.ABOUT.split())
)


@operation("POST", "/v1/checkout/sessions", SessionCreateParams, MODELLED)
def create(ctx: Context, params: Doc) -> Doc:
    plan = checked(ctx, params)
    session = new_session(ctx, params, plan)
    hidden: dict[str, Any] = {"line_items": plan.items, "about": plan.about}
    ctx.insert(session, hidden)
    ctx.defer(session["expires_at"] - ctx.now, "expire_session", session["id"])
    return session


def complete(ctx: Context, session: Doc, intent: Doc, method: Doc) -> Doc:
    """The session's intent was paid (or authorised, with manual capture): close it and tell."""
    paid = intent["status"] == "succeeded"
    details = method["billing_details"]
    change: Doc = {
        "customer_details": {
            "address": details["address"], "business_name": None, "email": details["email"],
            "individual_name": None, "name": details["name"], "phone": None, "tax_exempt": "none", "tax_ids": [],
        },
        "collected_information": {"business_name": None, "individual_name": None, "shipping_details": None},
        "payment_status": "paid" if paid else "unpaid", "status": "complete", "url": None,
    }  # fmt: skip
    session = ctx.save({**session, **change})
    ctx.emit("checkout.session.completed", session)
    return session


def expire_now(ctx: Context, session: Doc) -> Doc:
    """Close an open session unpaid; an intent under way is canceled, so no authorisation can still arrive."""
    if session["status"] != "open":
        return session
    session = ctx.save({**session, "status": "expired", "url": None})
    if session["payment_intent"]:
        intent = ctx.store.load(session["payment_intent"])
        if intent["status"] in intent_object.OPEN:
            intent_object.cancel_now(ctx, intent, "expired")
    ctx.emit("checkout.session.expired", session)
    return session


@operation("POST", "/v1/checkout/sessions/<id>/expire", SessionExpireParams)
def expire(ctx: Context, params: Doc, id: str) -> Doc:
    session = find(ctx, id)
    if session["status"] != "open":
        raise SimError(
            "Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session has a status of "
            f"{session['status']}."
        )
    return expire_now(ctx, session)


@operation("POST", "/v1/checkout/sessions/<id>", SessionUpdateParams, "metadata")
def update(ctx: Context, params: Doc, id: str) -> Doc:
    session = find(ctx, id)
    return ctx.save({**session, "metadata": merged(session["metadata"], params.get("metadata"))})


@operation("GET", "/v1/checkout/sessions/<id>", SessionRetrieveParams)
def retrieve(ctx: Context, params: Doc, id: str) -> Doc:
    return find(ctx, id)


@operation("GET", "/v1/checkout/sessions", SessionListParams, f"{PAGING} created payment_intent status")
def list_sessions(ctx: Context, params: Doc) -> Doc:
    keep = lists.matching(params, "payment_intent", "status")
    return lists.page(ctx, KIND, params, "/v1/checkout/sessions", keep=keep)


@operation("GET", "/v1/checkout/sessions/<id>/line_items", SessionLineItemListParams, "limit starting_after")
def list_line_items(ctx: Context, params: Doc, id: str) -> Doc:
    return line_items.page(find(ctx, id), ctx.store.hidden(id)["line_items"], params)


def first_line_items(ctx: Context, session: Doc) -> Doc:
    """What `expand[]=line_items` puts into the session."""
    return line_items.page(session, ctx.store.hidden(session["id"])["line_items"], {"limit": FIRST_LINE_ITEMS})


def find(ctx: Context, id: str) -> Doc:
    return ctx.find(KIND, id, noun="checkout.session", param="session")
