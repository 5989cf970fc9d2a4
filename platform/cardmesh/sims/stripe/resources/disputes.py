"""Disputes: opened by a test card or by the control page, answered with evidence, won or lost."""

from typing import Any

from stripe.params._dispute_close_params import DisputeCloseParams
from stripe.params._dispute_list_params import DisputeListParams
from stripe.params._dispute_retrieve_params import DisputeRetrieveParams
from stripe.params._dispute_update_params import DisputeUpdateParams, DisputeUpdateParamsEvidence

from .. import lists
from ..context import Context
from ..errors import SimError
from ..metadata import merged
from ..money import DISPUTE_FEE_MINOR
from ..routing import PAGING, operation
from ..store import Doc
from . import balance

OPEN, INQUIRE, WIN, LOSE = "open_dispute", "open_inquiry", "win_dispute", "lose_dispute"
DAYS_TO_ANSWER = 9
EVIDENCE = tuple(sorted(name for name in DisputeUpdateParamsEvidence.__annotations__ if name != "enhanced_evidence"))
# https://docs.stripe.com/testing#evidence: the text alone decides.
WINNING, LOSING = "winning_evidence", "losing_evidence"


def open_dispute(ctx: Context, charge: Doc, *, reason: str = "fraudulent", inquiry: bool = False,
                 amount: int | None = None) -> Doc:  # fmt: skip
    """The buyer's bank takes the money back (not for an inquiry) and charges Stripe's dispute fee."""
    if charge["disputed"]:
        raise SimError(f"Charge {charge['id']} is already disputed.", code="charge_disputed")
    dispute = ctx.insert(_body(ctx, charge, reason, inquiry, amount or charge["amount"] - charge["amount_refunded"]))
    ctx.save({**charge, "disputed": True})
    if not inquiry:
        dispute = _withdraw(ctx, dispute)
    ctx.emit("charge.dispute.created", dispute)
    if not inquiry:
        ctx.emit("charge.dispute.funds_withdrawn", dispute)
    return dispute


def _body(ctx: Context, charge: Doc, reason: str, inquiry: bool, amount: int) -> Doc:
    card = charge["payment_method_details"].get("card")
    method: dict[str, Any] = {"type": charge["payment_method_details"]["type"]}
    if card:
        method["card"] = {
            "brand": card["brand"], "case_type": "inquiry" if inquiry else "chargeback", "network": card["network"],
            "network_reason_code": "10.4",
        }  # fmt: skip
    return {
        "id": ctx.new_id("du"), "object": "dispute", "amount": amount, "balance_transactions": [],
        "charge": charge["id"], "created": ctx.now, "currency": charge["currency"], "enhanced_eligibility_types": [],
        "evidence": {**dict.fromkeys(EVIDENCE), "enhanced_evidence": {}},
        "evidence_details": {
            "due_by": ctx.now + DAYS_TO_ANSWER * 86400, "enhanced_eligibility": {}, "has_evidence": False,
            "past_due": False, "submission_count": 0, "submission_method": "not_submitted",
        },
        "intended_submission_method": "manual", "is_charge_refundable": inquiry, "livemode": ctx.livemode,
        "metadata": {},
        "payment_intent": charge["payment_intent"], "payment_method_details": method, "reason": reason,
        "status": "warning_needs_response" if inquiry else "needs_response",
    }  # fmt: skip


def _withdraw(ctx: Context, dispute: Doc) -> Doc:
    taken = balance.record(
        ctx, "adjustment", -dispute["amount"], dispute["currency"], dispute["id"], fee=DISPUTE_FEE_MINOR,
        description=f"Chargeback withdrawal for {dispute['charge']}",
    )  # fmt: skip
    return ctx.save({**dispute, "balance_transactions": [taken]})


def conclude(ctx: Context, id: str, *, won: bool) -> Doc:
    """The bank decides. A won dispute gives the amount back (not the fee). A second decision changes nothing."""
    dispute = ctx.store.load(id)
    if dispute["status"] in ("won", "lost", "warning_closed"):
        return dispute
    inquiry = dispute["status"].startswith("warning_")
    status = "warning_closed" if inquiry else "won" if won else "lost"
    if won and not inquiry:
        back = balance.record(
            ctx, "adjustment", dispute["amount"], dispute["currency"], id, category="dispute_reversal",
            description=f"Chargeback reversal for {dispute['charge']}",
        )  # fmt: skip
        dispute["balance_transactions"] = [*dispute["balance_transactions"], back]
    dispute = ctx.save({**dispute, "status": status})
    ctx.emit("charge.dispute.closed", dispute)
    if status == "won":
        ctx.emit("charge.dispute.funds_reinstated", dispute)
    return dispute


@operation("POST", "/v1/disputes/<id>", DisputeUpdateParams, "evidence metadata submit")
def update(ctx: Context, params: Doc, id: str) -> Doc:
    dispute = ctx.find("dispute", id)
    evidence = params.get("evidence", {})
    if evidence and not dispute["status"].endswith("needs_response"):
        raise SimError("This dispute is already closed or under review; its evidence cannot be changed.")
    dispute["evidence"] = {**dispute["evidence"], **evidence}
    dispute["metadata"] = merged(dispute["metadata"], params.get("metadata"))
    if evidence:
        dispute["evidence_details"]["has_evidence"] = True
    if evidence and params.get("submit", True):
        dispute = _submit(ctx, dispute)
    ctx.save(dispute)
    ctx.emit("charge.dispute.updated", dispute, {})
    return dispute


def _submit(ctx: Context, dispute: Doc) -> Doc:
    dispute["evidence_details"]["submission_count"] += 1
    dispute["evidence_details"]["submission_method"] = "manual"
    inquiry = dispute["status"].startswith("warning_")
    verdict = {WINNING: WIN, LOSING: LOSE}.get(dispute["evidence"]["uncategorized_text"] or "")
    if verdict:
        ctx.defer(ctx.config.async_after, verdict, dispute["id"])
    return {**dispute, "status": "warning_under_review" if inquiry else "under_review"}


@operation("POST", "/v1/disputes/<id>/close", DisputeCloseParams)
def close(ctx: Context, params: Doc, id: str) -> Doc:
    """The merchant gives in."""
    ctx.find("dispute", id)
    return conclude(ctx, id, won=False)


@operation("GET", "/v1/disputes/<id>", DisputeRetrieveParams)
def retrieve(ctx: Context, params: Doc, id: str) -> Doc:
    return ctx.find("dispute", id)


@operation("GET", "/v1/disputes", DisputeListParams, f"{PAGING} created charge payment_intent")
def list_disputes(ctx: Context, params: Doc) -> Doc:
    keep = lists.matching(params, "charge", "payment_intent")
    return lists.page(ctx, "dispute", params, "/v1/disputes", keep=keep)
