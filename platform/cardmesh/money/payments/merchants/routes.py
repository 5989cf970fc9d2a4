"""Which account takes a payment: the distributor's own where it collects itself, else the platform's."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from ....kit import runtime
from ...models import PLATFORM_OWNER
from ..errors import PaymentMethodUnavailable
from ..gateways.base import Way
from ..gateways.registry import KINDS, METHODS, way_of
from ..gateways.stripe import is_live
from ..models import Merchant
from ..rules import DEFAULT, channel
from . import queries

PLATFORM, DISTRIBUTOR = "platform", "distributor"
ONLY_CNY = ("alipay", "wechat")


@dataclass(frozen=True, slots=True)
class Route:
    """Where a payment goes. `channel` names gateway and account; `collector` says whose money it becomes."""

    channel: str
    account: str
    livemode: bool
    collector: str
    kind: str
    public: Mapping[str, str]

    def way(self, *, phone: bool) -> Way:
        return way_of(self.kind, self.public, phone=phone)


def routes(session: Session, *, tenant_id: uuid.UUID, currency: str, top_up: bool = False) -> dict[str, Route]:
    """Method → route, in the order in which buyers see them.

    A distributor that collects itself offers what its own accounts take and nothing else; a top-up is always paid to
    the platform.
    """
    rows = queries.active(session, tenant_id)
    own = [_route(row, DISTRIBUTOR) for row in rows if row.owner_id != PLATFORM_OWNER]
    platform = [_route(row, PLATFORM) for row in rows if row.owner_id == PLATFORM_OWNER] + _configured()
    found = _by_method(platform if top_up or not own else own, currency)
    return {method: found[method] for method in METHODS if method in found}


def route(session: Session, *, tenant_id: uuid.UUID, method: str, currency: str, top_up: bool = False) -> Route:
    """Raises PaymentMethodUnavailable."""
    found = routes(session, tenant_id=tenant_id, currency=currency, top_up=top_up).get(method)
    if found is None:
        raise PaymentMethodUnavailable
    return found


def _by_method(candidates: Iterable[Route], currency: str) -> dict[str, Route]:
    """The kind that stands first in the registry, and of one kind the account connected first."""
    order = list(KINDS)
    found: dict[str, Route] = {}
    for one in sorted(candidates, key=lambda one: order.index(one.kind)):
        if currency == "CNY" or one.kind not in ONLY_CNY:
            for method in KINDS[one.kind].methods:
                found.setdefault(method, one)
    return found


def _route(row: Merchant, collector: str) -> Route:
    account = "" if row.gateway == "stripe" else row.account
    return Route(channel(row.gateway, row.id), account, row.livemode, collector, row.gateway, row.public)


def _configured() -> list[Route]:
    """Stripe as the installation's settings name it."""
    key = runtime.current().settings.stripe_api_key
    return [Route(DEFAULT, "", is_live(key), PLATFORM, "stripe", {})] if key else []
