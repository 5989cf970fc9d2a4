"""What a verb of the simulator works with: whose account, which mode, which request, and the store."""

from dataclasses import dataclass, replace
from typing import Any

from . import events
from .config import SimConfig
from .errors import resource_missing
from .store import Doc, Store


@dataclass(frozen=True, kw_only=True)
class Context:
    """One request (or one deferred deed, without request id) on behalf of `account`.

    platform: the account whose key is used; differs from `account` under a `Stripe-Account` header.
    base_url: where the simulator's own pages are reached.
    """

    store: Store
    config: SimConfig
    platform: str
    account: str
    livemode: bool
    base_url: str
    request_id: str | None = None
    idempotency_key: str | None = None

    @property
    def now(self) -> int:
        return self.store.clock.now()

    def new_id(self, prefix: str, length: int = 24) -> str:
        return self.store.ids.next(prefix, length)

    def insert(self, body: Doc, hidden: Doc | None = None) -> Doc:
        return self.store.insert(body["object"], body, account=self.account, livemode=self.livemode, hidden=hidden)

    def save(self, body: Doc, hidden: Doc | None = None) -> Doc:
        return self.store.save(body, hidden)

    def find(self, kind: str, id: str, *, noun: str | None = None, param: str = "id", status: int = 404) -> Doc:
        """The account's own object of this kind and mode; SimError `resource_missing` for any other id."""
        row = self.store.row(id)
        if not row or (row["kind"], row["account"], row["livemode"]) != (kind, self.account, self.livemode):
            raise resource_missing(noun or kind, id, param, status)
        return self.store.load(id)

    def emit(self, type: str, subject: Doc, previous: dict[str, Any] | None = None) -> Doc:
        """Record an event about `subject` as it is now, and schedule its webhooks in the same transaction."""
        return events.record(self.store, self.origin, self.config.lanes, type, subject, previous)

    @property
    def origin(self) -> events.Origin:
        return events.Origin(self.account, self.platform, self.livemode, self.request_id, self.idempotency_key)

    def defer(self, seconds: float, verb: str, id: str) -> None:
        """Have `deferred` do `verb` to the object later, by the simulator's clock."""
        due_at = self.store.clock.exact() + seconds
        self.store.run("INSERT INTO deferred (due_at, verb, object) VALUES (?, ?, ?)", due_at, verb, id)

    def acting_as(self, account: str) -> "Context":
        """The same request seen from another account, for the other side of a transfer."""
        return replace(self, account=account)
