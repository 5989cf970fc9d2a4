"""A buyer's submission on the hosted page, from any number of tabs: the session is paid once."""

from typing import Any

from .cards import by_number
from .context import Context
from .resources import intent_object, paying, payment_methods
from .store import Doc


def submit_card(ctx: Context, session: Doc, number: str, exp: tuple[int, int], billing: dict[str, Any]) -> Doc:
    """Try a card on an open session; a number that is not a test card's is declined as Stripe declines it."""
    method = payment_methods.from_card(ctx, by_number(number), exp_month=exp[0], exp_year=exp[1], billing=billing)
    return paying.attempt(ctx, intent_of(ctx, session), method)


def submit_wallet(ctx: Context, session: Doc, kind: str, billing: dict[str, Any]) -> Doc:
    """Start Alipay or WeChat Pay; the intent then waits for the authorisation page."""
    return paying.attempt(ctx, intent_of(ctx, session), payment_methods.from_wallet(ctx, kind, billing))


def intent_of(ctx: Context, session: Doc) -> Doc:
    """The session's PaymentIntent, made at the first submission and kept through declines."""
    if session["payment_intent"]:
        return ctx.store.load(session["payment_intent"])
    intent = intent_object.new(
        ctx, amount=session["amount_total"], currency=session["currency"], types=session["payment_method_types"],
        about=ctx.store.hidden(session["id"])["about"], hidden={"session": session["id"]},
    )  # fmt: skip
    ctx.save({**session, "payment_intent": intent["id"]})
    return intent
