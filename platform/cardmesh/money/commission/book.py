"""All rules in force, and the choice of the one for a sale. Pure: built from rows or from a snapshot's JSON."""

import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from itertools import product
from typing import Any

from ..fx.rules import NO_RATES, Rates
from .errors import NoRuleInForce
from .rules import Rule

_NAMES = ("sku_id", "product_id", "category_id", "supplier_id", "tenant_id", "currency")
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_SHAPES = list(
    product(
        ("sku_id", "product_id", "category_id", ""),
        ((True, True), (True, False), (False, True), (False, False)),
        (True, False),
    )
)
"""Most specific first: what of the goods is named, then whether the supplier and the tenant are, then the currency."""

_Key = tuple[str, uuid.UUID | None, uuid.UUID | None, uuid.UUID | None, str | None]
Volumes = Mapping[tuple[uuid.UUID, str], int]
"""What a supplier sold in thirty days, in a currency."""


class RuleBook:
    """Look-up by specificity: sku > product > category (each with supplier and tenant > supplier > tenant > alone),
    then supplier × tenant, supplier, tenant, default; of each the one for the sale's currency before the one for any.
    Of two rules for the same, the later one supersedes.

    With it come the volumes that its steps go by, and the exchange rates of the moment: what a price has to know.
    """

    def __init__(self, rules: Iterable[Rule], volumes: Volumes | None = None, rates: Rates = NO_RATES) -> None:
        self.rates = rates
        self._volumes: Volumes = volumes or {}
        self._resolved: dict[tuple[uuid.UUID, uuid.UUID], Rule] = {}
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
        return RuleBook([*others, rule], self._volumes, self.rates)

    def pick(
        self,
        *,
        sku_id: uuid.UUID,
        product_id: uuid.UUID,
        category_id: uuid.UUID,
        supplier_id: uuid.UUID,
        tenant_id: uuid.UUID,
        currency: str | None = None,
    ) -> Rule:
        """The most specific rule in force, at the supplier's volume. Raises NoRuleInForce when there is no default."""
        goods = {"sku_id": sku_id, "product_id": product_id, "category_id": category_id, "": None}
        for name, (of_supplier, of_tenant), of_currency in self._shapes:
            key = (
                name,
                goods[name],
                supplier_id if of_supplier else None,
                tenant_id if of_tenant else None,
                currency if of_currency else None,
            )
            if rule := self._rules.get(key):
                return self._at_volume(rule, supplier_id) if rule.steps else rule
        raise NoRuleInForce

    def fitting(self, **sale: Any) -> list[Rule]:
        """Every rule that would do for a sale (named as for `pick`), the most specific first: it wins over the rest."""
        place: dict[tuple[str, tuple[bool, bool], bool], int] = {key: at for at, key in enumerate(_SHAPES)}
        fits = [rule for rule in self.rules if all(getattr(rule, name) in (None, sale.get(name)) for name in _NAMES)]
        return sorted(fits, key=lambda rule: place[_shape_of(rule)])

    def _at_volume(self, rule: Rule, supplier_id: uuid.UUID) -> Rule:
        known = self._resolved.get((rule.id, supplier_id))
        if known is None:
            volume = self._volumes.get((supplier_id, rule.currency or ""), 0)
            known = self._resolved[rule.id, supplier_id] = rule.at_volume(volume)
        return known


def _key_of(rule: Rule) -> _Key:
    name = _goods_of(rule)
    return name, getattr(rule, name) if name else None, rule.supplier_id, rule.tenant_id, rule.currency


def _shape_of(rule: Rule) -> tuple[str, tuple[bool, bool], bool]:
    return _goods_of(rule), (rule.supplier_id is not None, rule.tenant_id is not None), rule.currency is not None


def _goods_of(rule: Rule) -> str:
    return next((name for name in ("sku_id", "product_id", "category_id") if getattr(rule, name)), "")
