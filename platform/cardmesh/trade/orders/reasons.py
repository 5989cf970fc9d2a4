"""Why an order line was divided as it was: the rule of its snapshot beside those that it beat then."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...goods.models import Product, Sku
from ...money.commission.explain import Reason, reason
from ...money.commission.rules import Rule
from ...money.commission.service import load_rules
from ..models import Order
from .views import LineView


def reason_of(session: Session, order: Order, view: LineView) -> Reason | None:
    """None for a line that nothing was divided of. Rules that the scope may not see are not named."""
    line, units = view.line, view.units
    stored = line.snapshot.get("rule")
    if not stored or not units:
        return None
    query = select(Sku.product_id, Product.category_id).join(Product, Product.id == Sku.product_id)
    goods = session.execute(query.where(Sku.id == line.sku_id)).one()
    fitting = load_rules(session, order.created_at).fitting(
        sku_id=line.sku_id,
        product_id=goods.product_id,
        category_id=goods.category_id,
        supplier_id=units[0].supplier_id,
        tenant_id=order.tenant_id,
        currency=order.currency,
    )
    return reason(Rule.from_json(stored), fitting)
