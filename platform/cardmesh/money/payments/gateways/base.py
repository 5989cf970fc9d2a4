"""What we ask of a payment gateway and what it tells us, in our own words.

Nothing here touches the database; nothing that calls a gateway runs inside a transaction.
"""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
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
    """A way to pay. A function of stored facts only: the idempotency key demands equal requests.

    The items add up to `amount_minor`. `payment_id` is the idempotency key; with `tenant_id` and `order_id` it comes
    back in every event, where it is compared with our record. `channel` names gateway
    and account, `code_url` is our page for a code, `client_ip` is the buyer's, for gateways that want it.
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
    channel: str = "stripe"
    way: str = "page"
    code_url: str = ""
    client_ip: str | None = None


class Way(StrEnum):
    """How a buyer gets to the gateway."""

    PAGE = "page"
    """The browser goes to the gateway's own page."""
    PHONE = "phone"
    """The same on a phone, where that page opens the gateway's app."""
    QR = "qr"
    """Our page shows a code, the phone scans it."""


class SessionStatus(StrEnum):
    ABSENT = "absent"
    """The gateway knows of nothing yet: nobody has begun to pay, and somebody still may."""
    OPEN = "open"
    PROCESSING = "processing"
    """Submitted; the buyer's bank has yet to say."""
    PAID = "paid"
    EXPIRED = "expired"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFacts:
    """What the gateway holds about one session, or about the intent behind it (then `session_ref` is None).

    `named` says whether the gateway keeps our tenant and order beside the payment's id; where it does not, they are
    None. Amount and currency are None only where it has not been told them yet (`ABSENT`, or closed before that).
    """

    status: SessionStatus
    session_ref: str | None
    intent_ref: str | None
    payment_id: uuid.UUID | None
    tenant_id: uuid.UUID | None
    order_id: uuid.UUID | None
    account: str
    livemode: bool
    currency: str | None
    amount_minor: int | None
    url: str | None = None
    code: str | None = None
    """What the QR code says."""
    named: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRequest:
    """A part of a payment to give back. `key` names refund and attempt, and makes the request idempotent."""

    refund_id: uuid.UUID
    attempt: int
    tenant_id: uuid.UUID
    session_ref: str
    intent_ref: str
    currency: str
    amount_minor: int
    total_minor: int
    """Of the whole payment."""

    @property
    def key(self) -> str:
        """At most 64 of letters, digits and `-`: `0192…`, then `0192…-2` for a second attempt."""
        return refund_key(self.refund_id, self.attempt)


def refund_key(refund_id: uuid.UUID, attempt: int) -> str:
    return refund_id.hex if attempt == 1 else f"{refund_id.hex}-{attempt}"


def read_refund_key(key: str) -> tuple[uuid.UUID | None, int]:
    """The refund and attempt a key names; None for one that we did not make."""
    head, _, attempt = key.partition("-")
    try:
        return uuid.UUID(head), int(attempt or 1)
    except ValueError:
        return None, 1


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
    attempt: int = 1
    named: bool = True


class DisputeStatus(StrEnum):
    INQUIRY = "inquiry"
    """The bank asks; no money has moved."""
    OPEN = "open"
    WON = "won"
    """Also an inquiry that came to nothing."""
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Fee:
    """What the gateway kept of the balance transaction `ref`."""

    ref: str
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a bank is told against a buyer's complaint. Empty says nothing."""

    product: str
    email: str
    ip: str
    service_date: date | None
    access_log: str
    """When what was handed over, looked at or fetched, and what the public log holds of it."""
    statement: str
    """A person's own words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeFacts:
    """What a gateway tells about a buyer's complaint at the bank.

    `withdrawn` and `reinstated` are what this message says of the money; an older message says less than a newer one.
    `answered`: evidence was handed in.
    """

    gateway_ref: str
    status: DisputeStatus
    intent_ref: str
    reason: str
    account: str
    livemode: bool
    currency: str
    amount_minor: int
    due_by: datetime | None = None
    withdrawn: bool = False
    reinstated: bool = False
    answered: bool = False
    fees: tuple[Fee, ...] = ()


@dataclass(frozen=True, slots=True)
class Alert:
    """Something an operator has to look at, though no record of ours changes."""

    reason: str


Told = SessionFacts | RefundFacts | DisputeFacts | Alert | None
"""The meaning of an event; None for a type that says nothing we act on."""
UNREADABLE = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError)
"""What `interpret` may raise for a payload that is not as the gateway describes it: whoever holds an account's keys can
sign one.
"""


@dataclass(frozen=True, slots=True)
class RawEvent:
    """An event as the gateway wrote it, from a verified webhook or from its own list."""

    ref: str
    type: str
    payload: dict[str, Any]


class MovementKind(StrEnum):
    """What moved the gateway's money."""

    CHARGE = "charge"
    REFUND = "refund"
    REFUND_FAILURE = "refund_failure"
    DISPUTE = "dispute"
    DISPUTE_REVERSAL = "dispute_reversal"
    TRANSFER = "transfer"
    TRANSFER_REVERSAL = "transfer_reversal"
    OWN = "own"
    """The account owner's own business with the gateway: its payouts to its bank, the gateway's bills."""
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """One balance transaction. `source_ref` is what we know it by: intent, refund, dispute, payout line or transfer.

    `amount_minor` is signed, a credit to the gateway's balance positive, in the currency of the payment; `fee_minor` is
    what the gateway kept (below zero: gave back), in the currency of the balance. `payment_ref` names the payment that
    it is about, by our number where the gateway keeps it, else by its own; empty where there is none.
    """

    ref: str
    kind: MovementKind
    source_ref: str
    currency: str
    amount_minor: int
    fee_minor: int
    fee_currency: str
    at: datetime
    payment_ref: str = ""


class AnswersDisputes(Protocol):
    """A gateway by which a bank can be answered."""

    def submit_evidence(self, gateway_ref: str, evidence: Evidence) -> DisputeFacts:
        """Hand it in, once and for all. Raises GatewayRefused when it is too late, or was done."""
        ...


class Gateway(Protocol):
    """A provider, bound to one account. Raises GatewayUnavailable (ask again) and GatewayRefused (do not)."""

    name: str
    account: str
    livemode: bool
    receipt: str
    """What the gateway wants to read when its message was taken; empty: the status alone."""
    books_after: timedelta
    """So long after a business day is over its movements are told whole; zero: at once, at any time."""

    def open_session(self, request: CheckoutRequest) -> SessionFacts:
        """A page or a code to pay by. The same `payment_id` again answers with the same session."""
        ...

    def retrieve(self, session_ref: str) -> SessionFacts: ...

    def expire(self, session_ref: str) -> SessionFacts:
        """Close a session to payment. Answers with what it is afterwards: it may have been paid meanwhile."""
        ...

    def refund(self, request: RefundRequest) -> RefundFacts:
        """Give back a part of a payment. The same `key` again answers with the same refund."""
        ...

    def retrieve_refund(self, gateway_ref: str) -> RefundFacts: ...

    def parse_webhook(self, headers: Mapping[str, str], body: bytes) -> RawEvent:
        """Verify signature, age and addressee. Raises SignatureRefused."""
        ...

    def interpret(self, payload: Mapping[str, Any]) -> Told:
        """What a stored event means to us. Pure."""
        ...

    def list_events_since(self, moment: datetime) -> Iterator[RawEvent]:
        """Every event the gateway has kept since `moment`, newest first; none where it keeps no list."""
        ...

    def list_movements(self, since: datetime, until: datetime) -> Iterator[Movement]:
        """What moved the account's balance in `since` ≤ t < `until`, in any order, each movement once.

        Ask no later than `books_after` allows. Raises GatewayUnavailable also for books that are not whole.
        """
        ...

    def check(self) -> None:
        """Ask something harmless that needs the account's keys."""
        ...
