"""What a store asks for a unit: by the listing's terms or the store's markup rules, within the supplier's bounds."""

import uuid
from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from . import rules
from .choices import OfferChoice
from .models import MarkupRule
from .rules import Terms

_Scope = tuple[uuid.UUID | None, uuid.UUID | None]


class Markups:
    """A store's markup rules. The most specific that reaches the cost wins: category × supplier, category, supplier,
    then the rule for everything; of its bands the highest that begins at or below the cost."""

    def __init__(self, found: Iterable[MarkupRule] = ()) -> None:
        self._bands: dict[_Scope, list[MarkupRule]] = {}
        for rule in sorted(found, key=lambda rule: -rule.cost_from_minor):
            self._bands.setdefault((rule.category_id, rule.supplier_id), []).append(rule)

    def find(self, choice: OfferChoice) -> MarkupRule | None:
        category, supplier = choice.category_id, choice.supplier_id
        for scope in ((category, supplier), (category, None), (None, supplier), (None, None)):
            for rule in self._bands.get(scope, ()):
                if rule.cost_from_minor <= choice.cost_minor and rule.currency == choice.currency:
                    return rule
        return None

    def with_rule(self, draft: MarkupRule) -> "Markups":
        """The rules as they would be with `draft` in place of its equal."""
        same = _scope(draft)
        others = [rule for bands in self._bands.values() for rule in bands if _scope(rule) != same]
        return Markups([*others, draft])


def _scope(rule: MarkupRule) -> tuple[object, ...]:
    return rule.currency, rule.category_id, rule.supplier_id, rule.cost_from_minor


NONE = Markups()


def load(session: Session, *, tenant_id: uuid.UUID, store_id: uuid.UUID | None) -> Markups:
    """The rules of one store."""
    query = select(MarkupRule).where(MarkupRule.tenant_id == tenant_id, MarkupRule.store_id == store_id)
    return Markups(session.scalars(query))


def terms_of_rule(rule: MarkupRule) -> Terms:
    return Terms(None, rule.percent, rule.fixed_minor, rule.round_to_minor, rule.floor_minor)


def settled(terms: Terms, choice: OfferChoice, markups: Markups) -> Terms | None:
    """The terms themselves, or those of the store's rule that fits; None when there is none."""
    if terms.own:
        return terms
    found = markups.find(choice)
    return replace(terms_of_rule(found), bulk=terms.bulk) if found else None


def asked(terms: Terms, choice: OfferChoice, quantity: int, markups: Markups = NONE) -> int | None:
    """What a buyer of `quantity` is asked for a unit that this offer serves; None when no markup rule fits.

    A markup stops at the supplier's bounds. So does a bulk discount; a fixed price beyond them is for `in_bounds`.
    """
    chosen = settled(terms, choice, markups)
    if chosen is None:
        return None
    price = rules.retail(chosen, choice.cost_minor, quantity)
    least, most = choice.min_retail_minor or 0, choice.max_retail_minor
    if chosen.retail_minor is not None:
        return max(price, min(least, chosen.retail_minor))
    return max(price if most is None else min(price, most), least)


def in_bounds(choice: OfferChoice, price_minor: int) -> bool:
    """Whether the supplier lets its goods be sold at this price."""
    most = choice.max_retail_minor
    return (choice.min_retail_minor or 0) <= price_minor and (most is None or price_minor <= most)
