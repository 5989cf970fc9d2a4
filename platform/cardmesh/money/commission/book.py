"""All rules in force, and the choice of the one for a sale. Pure: built from rows or from a snapshot's JSON."""

import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import product

from .errors import NoRuleInForce
from .rules import Rule

_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_SHAPES = list(
    product(("sku_id", "product_id", "category_id", ""), ((True, True), (True, False), (False, True), (False, False)))
)
"""Most specific first: what of the goods is named, then whether the supplier and the tenant are."""

_Key = tuple[str, uuid.UUID | None, uuid.UUID | None, uuid.UUID | None]


class RuleBook:
    """Look-up by specificity: sku > product > category (each with supplier and tenant > supplier > tenant > alone),
    then supplier × tenant, supplier, tenant, default. Of two rules for the same, the later one supersedes."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules: dict[_Key, Rule] = {}
        for rule in sorted(rules, key=lambda rule: (rule.effective_from or _LONG_AGO, rule.id)):
            self._rules[_key_of(rule)] = rule
        used = {_shape_of(rule) for rule in self._rules.values()}
        self._shapes = [shape for shape in _SHAPES if shape in used]

    def __len__(self) -> int:
        return len(self._rules)

    @property
    def rules(self) -> list[Rule]:
        """Those that can still win, i.e. are not superseded."""
        return list(self._rules.values())

    def with_rule(self, rule: Rule) -> "RuleBook":
        """A book in which `rule` supersedes its equal."""
        key = _key_of(rule)
        others = [other for other in self.rules if _key_of(other) != key]
        return RuleBook([*others, rule])

    def pick(
        self,
        *,
        sku_id: uuid.UUID,
        product_id: uuid.UUID,
        category_id: uuid.UUID,
        supplier_id: uuid.UUID,
        tenant_id: uuid.UUID,
    ) -> Rule:
        """The most specific rule in force. Raises NoRuleInForce when there is no default."""
        goods = {"sku_id": sku_id, "product_id": product_id, "category_id": category_id, "": None}
        for name, (of_supplier, of_tenant) in self._shapes:
            key = (name, goods[name], supplier_id if of_supplier else None, tenant_id if of_tenant else None)
            if rule := self._rules.get(key):
                return rule
        raise NoRuleInForce


def _key_of(rule: Rule) -> _Key:
    name = _goods_of(rule)
    return name, getattr(rule, name) if name else None, rule.supplier_id, rule.tenant_id


def _shape_of(rule: Rule) -> tuple[str, tuple[bool, bool]]:
    return _goods_of(rule), (rule.supplier_id is not None, rule.tenant_id is not None)


def _goods_of(rule: Rule) -> str:
    return next((name for name in ("sku_id", "product_id", "category_id") if getattr(rule, name)), "")
