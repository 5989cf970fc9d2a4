"""What we ask of a payment gateway and what it tells us, in our own words.

Nothing here touches the database; nothing that calls a gateway runs inside a transaction.
"""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class CheckoutItem:
    """A line of the hosted pay page: `quantity` × `unit_minor`."""

    name: str
    quantity: int
    unit_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutRequest:
    """A hosted page to pay on. A function of stored facts only: the idempotency key demands equal requests.

    The items add up to `amount_minor`. `payment_id` is the idempotency key; with `tenant_id` and `order_id` it comes
    back in every event, where it is compared with our record.
    """

    payment_id: uuid.UUID
    tenant_id: uuid.UUID
    order_id: uuid.UUID | None
    method: str
    currency: str
    amount_minor: int
    items: tuple[CheckoutItem, ...]
    success_url: str
    cancel_url: str
    expires_at: datetime
    email: str | None = None
    locale: str = "zh-CN"


class SessionStatus(StrEnum):
    OPEN = "open"
    PROCESSING = "processing"
    """Submitted; the buyer's bank has yet to say."""
    PAID = "paid"
    EXPIRED = "expired"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFacts:
    """What the gateway holds about one session, or about the intent behind it (then `session_ref` is None)."""

    status: SessionStatus
    session_ref: str | None
    intent_ref: str | None
    payment_id: uuid.UUID | None
    tenant_id: uuid.UUID | None
    order_id: uuid.UUID | None
    account: str
    livemode: bool
    currency: str
    amount_minor: int
    url: str | None = None


class RefundStatus(StrEnum):
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundFacts:
    """What the gateway holds about one refund; `refund_id` is ours, None for one made outside this platform."""

    status: RefundStatus
    gateway_ref: str
    refund_id: uuid.UUID | None
    tenant_id: uuid.UUID | None
    account: str
    livemode: bool
    currency: str
    amount_minor: int
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class Alert:
    """Something an operator has to look at, though no record of ours changes: a dispute, say."""

    reason: str


Told = SessionFacts | RefundFacts | Alert | None
"""The meaning of an event; None for a type that says nothing we act on."""


@dataclass(frozen=True, slots=True)
class RawEvent:
    """An event as the gateway wrote it, from a verified webhook or from its own list."""

    ref: str
    type: str
    payload: dict[str, Any]


class Gateway(Protocol):
    """A provider, bound to one account. Raises GatewayUnavailable (ask again) and GatewayRefused (do not)."""

    name: str
    account: str
    livemode: bool

    def open_session(self, request: CheckoutRequest) -> SessionFacts:
        """A hosted pay page. The same `payment_id` again answers with the same session."""
        ...

    def retrieve(self, session_ref: str) -> SessionFacts: ...

    def expire(self, session_ref: str) -> SessionFacts:
        """Close a session to payment. Answers with what it is afterwards: it may have been paid meanwhile."""
        ...

    def refund(self, *, refund_id: uuid.UUID, tenant_id: uuid.UUID, intent_ref: str, amount_minor: int) -> RefundFacts:
        """Give back a part of a payment. The same `refund_id` again answers with the same refund."""
        ...

    def retrieve_refund(self, gateway_ref: str) -> RefundFacts: ...

    def parse_webhook(self, headers: Mapping[str, str], body: bytes) -> RawEvent:
        """Verify the signature and its age. Raises SignatureRefused."""
        ...

    def interpret(self, payload: Mapping[str, Any]) -> Told:
        """What a stored event means to us. Pure."""
        ...

    def list_events_since(self, moment: datetime) -> Iterator[RawEvent]:
        """Every event the gateway has kept since `moment`, newest first."""
        ...
