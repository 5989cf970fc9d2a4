"""A store order and everything that may happen to it, each verb as a request or a job would do it."""

import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import select

from cardmesh.identity.models import AuditRecord
from cardmesh.kit import clock, tenancy
from cardmesh.kit.db import transaction
from cardmesh.money.models import Payment, Refund
from cardmesh.money.payments import refunds as gateway_refunds
from cardmesh.trade import payments as collecting
from cardmesh.trade.claims import service as claims
from cardmesh.trade.delivery import service as delivery
from cardmesh.trade.models import Order
from cardmesh.trade.orders import service as orders
from cardmesh.trade.refunds import service as refunds
from cardmesh.trade.settlement import service as settlement
from tests.fixtures.market import STORE_URL, Market, StripeDesk, deliver

RETAIL = 10_800
SOLD = {"platform gateway": -10_800, "platform revenue": 475, "supplier pending": 9_025, "tenant pending": 1_300}
"""The books after one sale in the store."""
UNPAID: dict[str, int] = {}
GIVEN_BACK = {"platform gateway": -10_800, "platform clearing": 10_800}
"""The shares are reversed; the buyer's money waits to be sent back."""


class End(NamedTuple):
    """How an order ended. `stock` is what is left on sale, `refunds` are (minor units, state)."""

    order: str
    unit: str
    stock: int
    payment: str
    refunds: tuple[tuple[int, str], ...] = ()


COMPLETED = End("completed", "delivered", 0, "paid")


@dataclass
class Deal:
    """One order of one key, of which there is one; with what a paying buyer makes the gateway say."""

    market: Market
    order_id: uuid.UUID
    sku_id: uuid.UUID
    line_id: uuid.UUID
    unit_id: uuid.UUID
    event: dict[str, Any] = field(default_factory=dict)

    @property
    def tenant_id(self) -> uuid.UUID:
        return self.market.tenant_id

    def pay(self) -> str:
        """The gateway tells us: the outcome of its event."""
        return deliver(self.event)

    def cancel(self) -> str:
        with transaction(tenancy.trade(self.tenant_id)) as session:
            return orders.cancel(session, tenant_id=self.tenant_id, order_id=self.order_id).status

    def close(self) -> None:
        """The job that follows a cancellation."""
        collecting.close(tenant_id=self.tenant_id, payment_id=self.payment().id)

    def deliver(self) -> str:
        with transaction(tenancy.trade(self.tenant_id)) as session:
            return delivery.deliver(session, tenant_id=self.tenant_id, order_id=self.order_id).status

    def refund(self) -> uuid.UUID:
        with transaction(tenancy.trade(self.tenant_id)) as session:
            return refunds.refund_unit(
                session, tenant_id=self.tenant_id, unit_id=self.unit_id, reason="race"
            ).id

    def execute(self) -> None:
        """The job that follows a refund."""
        [refund] = self.refunds()
        gateway_refunds.execute(tenant_id=self.tenant_id, refund_id=refund.id)

    def settle(self) -> int:
        """Thirty days on: how many units were settled."""
        at = clock.now() + timedelta(days=30)
        with transaction(tenancy.trade(self.tenant_id)) as session:
            return settlement.settle_tenant(session, tenant_id=self.tenant_id, at=at).units

    def reveal(self) -> int:
        """How many codes the buyer sees."""
        with transaction(tenancy.trade(self.tenant_id)) as session:
            order = session.scalars(select(Order).where(Order.id == self.order_id)).one()
            return sum(len(codes.credentials) for codes in delivery.reveal(session, order=order))

    def claim(self) -> uuid.UUID:
        with transaction(tenancy.trade(self.tenant_id)) as session:
            order = session.scalars(select(Order).where(Order.id == self.order_id)).one()
            return claims.open_claim(session, order=order, line_id=self.line_id, reason="used up").id

    def decide(self, claim_id: uuid.UUID, *, accept: bool) -> str:
        with transaction(tenancy.trade(self.tenant_id)) as session:
            return claims.decide(
                session, tenant_id=self.tenant_id, claim_id=claim_id, accept=accept, reason="seen"
            ).status

    def open_claims(self) -> list[uuid.UUID]:
        with transaction(tenancy.tenant(self.tenant_id)) as session:
            found = claims.list_claims(session, tenant_id=self.tenant_id, status=claims.OPEN)
            return [claim.id for claim in found.rows]

    def payment(self) -> Payment:
        with transaction(tenancy.platform()) as session:
            return session.scalars(select(Payment).where(Payment.order_id == self.order_id)).one()

    def refunds(self) -> list[Refund]:
        with transaction(tenancy.platform()) as session:
            return list(session.scalars(select(Refund).where(Refund.order_id == self.order_id)))

    def end(self) -> End:
        order, [unit] = self.market.state(self.order_id)
        in_stock = self.market.stock(self.sku_id)
        assert in_stock + (unit.stock_unit_id is not None) <= 1
        back = tuple((refund.amount_minor, refund.status) for refund in self.refunds())
        return End(order.status, unit.status, in_stock, self.payment().status, back)

    def trail(self, action: str) -> list[dict[str, Any]]:
        """The details of the unit's audit rows of one sort."""
        with transaction(tenancy.platform()) as session:
            rows = select(AuditRecord.details).where(AuditRecord.action == action).order_by(AuditRecord.id)
            return list(session.scalars(rows))


def unpaid(market: Market, contact: str = "buyer@example.test") -> Deal:
    """The last key of its SKU is set aside for a buyer who has not been to the gateway."""
    sku_id = market.sell(keys=1)
    placed = market.order((sku_id, 1), contact=contact)
    _, [unit] = market.state(placed.order.id)
    return Deal(market, placed.order.id, sku_id, unit.line_id, unit.id)


def unheard(market: Market, desk: StripeDesk, card: str = "4242424242424242") -> Deal:
    """The buyer has paid, and we have yet to hear of it."""
    deal = unpaid(market)
    page = orders.open_payment(tenant_id=market.tenant_id, order_id=deal.order_id, store_url=STORE_URL)
    assert desk.pay(page.url, card) == 303
    [deal.event] = desk.events("checkout.session.completed")
    return deal


def sold(market: Market, desk: StripeDesk, card: str = "4242424242424242") -> Deal:
    """Paid and delivered."""
    deal = unheard(market, desk, card)
    assert deal.pay() == "applied" and deal.end() == COMPLETED and market.books() == SOLD
    return deal


def expire() -> int:
    """The sweeper's job: how many orders were let go."""
    return orders.expire_due()
