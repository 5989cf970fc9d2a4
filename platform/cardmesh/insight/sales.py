"""What was sold, as plain facts for reports and simulations."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..goods.models import Product, Sku
from ..money.commission.simulation import SaleFact
from ..trade.models import OrderUnit


def sale_facts(session: Session, *, since: datetime) -> Iterator[SaleFact]:
    """Every unit delivered since then, as it was divided; streamed."""
    unit = OrderUnit
    query = (
        select(
            unit.sku_id,
            Sku.product_id,
            Product.category_id,
            unit.supplier_id,
            unit.tenant_id,
            unit.currency,
            unit.retail_minor,
            unit.discount_minor,
            unit.cost_minor,
            unit.supplier_minor,
            unit.platform_minor,
            unit.distributor_minor,
        )
        .join(Sku, Sku.id == unit.sku_id)
        .join(Product, Product.id == Sku.product_id)
        .where(unit.delivered_at >= since)
        .execution_options(yield_per=5_000)
    )
    for row in session.execute(query):
        yield SaleFact(**row._mapping)
