"""What a story left behind, without ids and times: two runs of it must agree."""

from collections import Counter
from email import message_from_bytes
from typing import Any

from sqlalchemy import Select, func, select, text
from sqlalchemy.orm import Session

from cardmesh.goods.models import CardKey, Import, Offer, StockUnit
from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.events.models import Event
from cardmesh.kit.ids import public_id
from cardmesh.kit.jobs.models import OutboxJob
from cardmesh.money.ledger import service as ledger
from cardmesh.money.models import PLATFORM_OWNER, Payment, Refund, Withdrawal
from cardmesh.stores.models import Build
from cardmesh.stores.publish import site_of
from cardmesh.trade.models import Order, OrderUnit, UnitStatus

from .arena import Stage

Books = dict[str, int]


def platform_books() -> Books:
    with transaction(tenancy.platform()) as session:
        kinds = ledger.balances(session, owner_id=PLATFORM_OWNER).get("CNY", {})
        return {str(kind): minor for kind, minor in kinds.items()}


def digest(stage: Stage, before: Books) -> dict[str, Any]:
    """The state of one stage; `before` is what the platform held when the story began."""
    after = platform_books()
    with transaction(tenancy.platform()) as session:
        assert ledger.prove(session).sound
        return {
            "platform": {kind: minor for kind in after if (minor := after[kind] - before.get(kind, 0))},
            "books": _books(session, stage),
            **_trade(session, stage),
            **_goods(session, stage),
            "jobs": _jobs(session, stage),
            "letters": _letters(stage),
            "build": _build(session, stage),
        }


def _books(session: Session, stage: Stage) -> list[Books]:
    owners = [stage.market.tenant_id, *(supplier.id for supplier in stage.market.suppliers)]
    held = [ledger.balances(session, owner_id=owner).get("CNY", {}) for owner in owners]
    return [{str(kind): minor for kind, minor in one.items() if minor} for one in held]


def _trade(session: Session, stage: Stage) -> dict[str, Any]:
    tenant_id = stage.market.tenant_id

    def rows(*columns: Any, order_by: Any) -> list[tuple[Any, ...]]:
        found = session.execute(select(*columns).where(order_by.class_.tenant_id == tenant_id).order_by(order_by))
        return [tuple(row) for row in found]

    sold = session.scalars(select(OrderUnit.stock_unit_id).where(OrderUnit.stock_unit_id.is_not(None))).all()
    settled = (OrderUnit.status == UnitStatus.DELIVERED) & OrderUnit.settled_at.is_not(None)  # else: by chance
    events = session.scalars(select(Event.type).where(Event.tenant_id == tenant_id))
    withdrawals = select(Withdrawal.status, Withdrawal.amount_minor).where(Withdrawal.owner_id == tenant_id)
    return {
        "orders": rows(Order.status, Order.total_minor, Order.channel, order_by=Order.id),
        "units": rows(OrderUnit.status, settled, OrderUnit.retail_minor, order_by=OrderUnit.id),
        "payments": rows(Payment.status, Payment.amount_minor, order_by=Payment.id),
        "refunds": rows(Refund.status, Refund.amount_minor, order_by=Refund.id),
        "events": sorted(Counter(events).items()),
        "keys sold twice": len(sold) - len(set(sold)),
        "withdrawals": _sorted(session, withdrawals),
    }


def _goods(session: Session, stage: Stage) -> dict[str, Any]:
    suppliers = [supplier.id for supplier in stage.market.suppliers]
    stock = (
        select(func.count(StockUnit.unit_id))
        .select_from(Offer)
        .outerjoin(StockUnit, StockUnit.offer_id == Offer.id)
        .where(Offer.supplier_id.in_(suppliers))
        .group_by(Offer.id)
        .order_by(Offer.id)
    )
    keys = select(func.count()).select_from(CardKey).where(CardKey.supplier_id.in_(suppliers))
    imports = select(Import.status, Import.accepted, Import.duplicates).where(Import.supplier_id.in_(suppliers))
    return {
        "stock": list(session.scalars(stock)),
        "keys": session.scalar(keys),
        "imports": _sorted(session, imports),
    }


def _jobs(session: Session, stage: Stage) -> list[tuple[Any, ...]]:
    """What is left to do, or was given up: nothing."""
    owners = [stage.market.tenant_id, *(supplier.id for supplier in stage.market.suppliers)]
    mine = text("queue like any(array[:a, :b, :c])").bindparams(
        **{name: f"%{owner}" for name, owner in zip("abc", owners, strict=True)}
    )
    return _sorted(session, select(OutboxJob.name, OutboxJob.state).where(mine))


def _letters(stage: Stage) -> int:
    """Occasions, not copies: a letter may be sent twice, and then says so by its Message-ID."""
    found = stage.arena.mail.store.search(to=f"@{stage.market.store.handle}.test", limit=500)
    return len({str(message_from_bytes(mail.raw)["Message-ID"]) for mail in found})


def _build(session: Session, stage: Stage) -> str:
    """How the newest build stands to what visitors see."""
    query = select(Build).where(Build.tenant_id == stage.market.tenant_id).order_by(Build.id.desc()).limit(1)
    newest = session.scalar(query)
    if newest is None:
        return "none"
    current = site_of(stage.market.store.store_id).current()
    return f"{newest.status}, {'seen' if current == public_id('bld', newest.id) else 'not seen'}"


def _sorted(session: Session, query: Select[*tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return sorted(tuple(row) for row in session.execute(query))
