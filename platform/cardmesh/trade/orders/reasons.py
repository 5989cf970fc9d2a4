"""Why an order line was divided as it was: the rule of its snapshot beside those that it beat then."""

import uuid
from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...goods.catalog.scope_names import scope_names
from ...goods.models import Product, Sku
from ...kit.i18n import Text
from ...money.commission.book import RuleBook
from ...money.commission.errors import LossGuard, NoRuleInForce
from ...money.commission.explain import Names, Reason, explain, reason
from ...money.commission.rules import Rule
from ...money.commission.service import load_rules
from ...money.models import CommissionRule
from ..models import Order, OrderUnit
from ..rules import retail_shares, wholesale_shares
from .views import LineView

OTHER = Text("平台与该分销商之间的约定", "An agreement between the platform and that distributor")


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
    rule = Rule.from_json(stored)
    return reason(rule, fitting, scope_names(session, [rule, *fitting]))


def reasons_for_supplier(session: Session, units: Sequence[OrderUnit]) -> dict[uuid.UUID, Text]:
    """The rule that each unit was divided by, as far as its supplier may know.

    A supplier sees neither the order's snapshot nor rules made for one distributor alone: the rule is looked up in
    those of that time, and named when it gives what the supplier got.
    """
    rows = session.scalars(select(CommissionRule)).all()
    goods = _goods(session, {unit.sku_id for unit in units})
    names = scope_names(session, map(Rule.from_row, rows))
    return {unit.id: _of_supplier(unit, rows, goods, names) for unit in units}


def _of_supplier(
    unit: OrderUnit, rows: Sequence[CommissionRule], goods: dict[uuid.UUID, tuple[uuid.UUID, uuid.UUID]], names: Names
) -> Text:
    at = unit.created_at
    rules = [Rule.from_row(row) for row in rows if row.effective_from <= at and (not row.ends_at or row.ends_at > at)]
    product_id, category_id = goods[unit.sku_id]
    try:
        rule = RuleBook(rules).pick(
            sku_id=unit.sku_id,
            product_id=product_id,
            category_id=category_id,
            supplier_id=unit.supplier_id,
            tenant_id=unit.tenant_id,
            currency=unit.currency,
        )
    except NoRuleInForce:
        return OTHER
    return next((explain(one, names) for one in _at_each_step(rule) if _gives(one, unit)), OTHER)


def _at_each_step(rule: Rule) -> Iterable[Rule]:
    """The volume of that day is not kept beside the unit: each step is tried."""
    yield rule
    yield from (rule.at_volume(step.volume_minor) for step in rule.steps)


def _gives(rule: Rule, unit: OrderUnit) -> bool:
    """Within the minor unit by which units of a line may differ, of a store's sale or of one from a wallet."""
    try:
        retail = retail_shares(
            rule, unit_price_minor=unit.retail_minor + unit.discount_minor, cost_minor=unit.cost_minor, count=1
        )
    except LossGuard:
        retail = []
    made = [*retail, *wholesale_shares(rule, cost_minor=unit.cost_minor, count=1)]
    return any(abs(share.supplier_minor - unit.supplier_minor) <= 1 for share in made)


def _goods(session: Session, sku_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, tuple[uuid.UUID, uuid.UUID]]:
    query = select(Sku.id, Sku.product_id, Product.category_id).join(Product, Product.id == Sku.product_id)
    return {row.id: (row.product_id, row.category_id) for row in session.execute(query.where(Sku.id.in_(sku_ids)))}
