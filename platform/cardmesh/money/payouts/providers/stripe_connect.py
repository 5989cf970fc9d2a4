"""Stripe Connect: a transfer to the party's connected account, then a payout from there to its bank.

Accounts are paid out by hand (`settings.payouts.schedule`), so that a payout has an end that we hear of.
https://docs.stripe.com/connect/separate-charges-and-transfers · https://docs.stripe.com/connect/manual-payouts
"""

import uuid
from typing import Any

from ....settings import Settings
from ...payments.errors import GatewayRefused, GatewayUnavailable
from ...payments.gateways.stripe import client, translated
from .base import AccountFacts, PayoutFacts, PayoutOrder, PayoutStatus

STATUS = {"paid": PayoutStatus.PAID, "failed": PayoutStatus.FAILED, "canceled": PayoutStatus.FAILED}


class StripeConnect:
    """The platform's Stripe account as a payer. Thread-safe."""

    def __init__(self, settings: Settings) -> None:
        self._api = client(settings.stripe_api_key or "", settings.stripe_api_base).v1

    def send(self, order: PayoutOrder) -> PayoutFacts:
        """Stripe keeps a refusal under its idempotency key, so what would be refused for want of funds is not sent."""
        if self._funds(order.currency) < order.amount_minor:
            raise GatewayUnavailable
        params: Any = {
            "amount": order.amount_minor,
            "currency": order.currency.lower(),
            "destination": order.account,
            "transfer_group": _group(order),
            "metadata": {"line": str(order.line_id)},
        }
        try:
            with translated():
                transfer = self._api.transfers.create(params, {"idempotency_key": f"payout:{order.line_id}:transfer"})
        except GatewayRefused as error:
            return PayoutFacts(status=PayoutStatus.FAILED, failure=_reason(error))
        return self._pay_out(order, transfer)

    def ask(self, order: PayoutOrder) -> PayoutFacts | None:
        with translated():
            found = self._api.transfers.list({"transfer_group": _group(order), "limit": 1}).data
        if not found:
            return None
        payout = self._payout_of(order, found[0])
        return self._pay_out(order, found[0]) if payout is None else self._facts(order, found[0], payout)

    def open_account(self, *, owner_id: uuid.UUID, currency: str, email: str) -> AccountFacts:
        """A connected account for a party; the same party again answers with the same account."""
        params: Any = {
            "email": email,
            "controller": {
                "fees": {"payer": "application"},
                "losses": {"payments": "application"},
                "requirement_collection": "stripe",
                "stripe_dashboard": {"type": "express"},
            },
            "capabilities": {"transfers": {"requested": True}},
            "default_currency": currency.lower(),
            "settings": {"payouts": {"schedule": {"interval": "manual"}}},
            "metadata": {"owner": str(owner_id)},
        }
        with translated():
            account = self._api.accounts.create(params, {"idempotency_key": f"connect:{owner_id}:{currency}"})
        return _account_facts(account.to_dict())

    def account(self, ref: str) -> AccountFacts:
        with translated():
            return _account_facts(self._api.accounts.retrieve(ref).to_dict())

    def onboarding_url(self, ref: str, *, return_url: str, refresh_url: str) -> str:
        """Where the party gives its details to the provider; the address lives for minutes."""
        with translated():
            link = self._api.account_links.create(
                {
                    "account": ref,
                    "type": "account_onboarding",
                    "return_url": return_url,
                    "refresh_url": refresh_url,
                }
            )
        return link.url

    def _funds(self, currency: str) -> int:
        """What the platform itself has available at Stripe."""
        with translated():
            parts = self._api.balance.retrieve().available
        return sum(part.amount for part in parts if part.currency == currency.lower())

    def _pay_out(self, order: PayoutOrder, transfer: Any) -> PayoutFacts:
        params: Any = {
            "amount": order.amount_minor,
            "currency": order.currency.lower(),
            "metadata": {"line": str(order.line_id)},
        }
        key = f"payout:{order.line_id}:payout"
        try:
            with translated():
                payout = self._api.payouts.create(params, {"stripe_account": order.account, "idempotency_key": key})
        except GatewayRefused as error:
            return self._take_back(order, transfer, None, _reason(error))
        return self._facts(order, transfer, payout)

    def _payout_of(self, order: PayoutOrder, transfer: Any) -> Any:
        """By its metadata: an idempotency key is forgotten after a day, a list is not."""
        with translated():
            page = self._api.payouts.list(
                {"created": {"gte": transfer.created}, "limit": 100}, {"stripe_account": order.account}
            )
            return next((one for one in page.auto_paging_iter() if _line(one) == str(order.line_id)), None)

    def _facts(self, order: PayoutOrder, transfer: Any, payout: Any) -> PayoutFacts:
        status = STATUS.get(payout.status, PayoutStatus.PROCESSING)
        if status is PayoutStatus.FAILED:
            return self._take_back(order, transfer, payout.id, payout.failure_code or payout.status)
        return PayoutFacts(status=status, transfer_ref=transfer.id, payout_ref=payout.id)

    def _take_back(self, order: PayoutOrder, transfer: Any, payout_ref: str | None, failure: str) -> PayoutFacts:
        """What did not reach the bank comes back to the platform before anybody is told that it failed."""
        if not transfer.reversed:
            key = f"payout:{order.line_id}:reversal"
            with translated():
                self._api.transfers.reversals.create(transfer.id, {}, {"idempotency_key": key})
        return PayoutFacts(
            status=PayoutStatus.FAILED, transfer_ref=transfer.id, payout_ref=payout_ref, failure=failure
        )


def _group(order: PayoutOrder) -> str:
    return f"payout_{order.line_id}"


def _line(payout: Any) -> str | None:
    return (payout.to_dict().get("metadata") or {}).get("line")


def _reason(error: GatewayRefused) -> str:
    return str(error.params.get("reason"))


def _account_facts(account: dict[str, Any]) -> AccountFacts:
    able = (account.get("capabilities") or {}).get("transfers") == "active"
    due = (account.get("requirements") or {}).get("currently_due") or ()
    return AccountFacts(account["id"], bool(able and account["payouts_enabled"]), tuple(due))
