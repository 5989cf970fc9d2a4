"""What the operator finds by Ctrl-K: orders, parties, and anything by its id."""

import uuid
from collections.abc import Iterator

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from ...identity.models import Party, Supplier, Tenant
from ...kit.errors import NotFound
from ...kit.i18n import Text
from ...kit.ids import parse_id, public_id
from ...money.models import JournalEntry
from ...trade import numbers
from ...trade.models import Order
from ..common.finder import EACH, FINDERS, Hit, add_find_pages, hit
from ..common.format import state_name
from ..common.names import entry_name, party_state
from ..common.requests import locale
from . import blueprint

ORDERS = Text("订单", "Orders")
TENANTS = Text("分销商", "Distributors")
SUPPLIERS = Text("供货商", "Suppliers")
ENTRIES = Text("分录", "Journal entries")


def _orders(session: Session, q: str) -> Iterator[Hit]:
    by = Order.number == numbers.tidy(q)
    if (order_id := _id("ord", q)) is not None:
        by = Order.id == order_id
    for row in session.scalars(select(Order).where(by).limit(EACH)):
        yield hit(ORDERS, row.number, state_name(row.status), "admin.order", order_id=public_id("ord", row.id))


def _tenants(session: Session, q: str) -> Iterator[Hit]:
    by = or_(Tenant.name.icontains(q, autoescape=True), Tenant.handle.startswith(q.lower(), autoescape=True))
    if (tenant_id := _id("ten", q)) is not None:
        by = Tenant.id == tenant_id
    for row in session.scalars(select(Tenant).where(by).order_by(Tenant.name).limit(EACH)):
        yield hit(TENANTS, row.name, row.handle, "admin.tenant", tenant_id=public_id("ten", row.id))


def _suppliers(session: Session, q: str) -> Iterator[Hit]:
    by = or_(Supplier.name.icontains(q, autoescape=True), Supplier.email == q)
    if (supplier_id := _id("sup", q)) is not None:
        by = Supplier.id == supplier_id
    for row in session.scalars(select(Supplier).where(by).order_by(Supplier.name).limit(EACH)):
        state = party_state(row.status).text.render(locale())
        yield hit(SUPPLIERS, row.name, state, "admin.suppliers_list", q=row.name)


def _entries(session: Session, q: str) -> Iterator[Hit]:
    entry_id = _id("led", q)
    row = session.get(JournalEntry, entry_id) if entry_id else None
    if row is not None:
        yield hit(ENTRIES, entry_name(row.kind), row.reference, "admin.ledger_entry", entry_id=q)


def _id(prefix: str, text: str) -> uuid.UUID | None:
    try:
        return parse_id(prefix, text)
    except NotFound:
        return None


FINDERS[Party.PLATFORM] = (_orders, _tenants, _suppliers, _entries)
add_find_pages(blueprint)
