"""What a rule would have changed: the sales of the past, divided again. Pure; the caller brings the sales."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field

from ...identity.models import Party
from ...kit.ids import NIL
from .book import RuleBook
from .errors import LossGuard
from .rules import Rule, split


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleFact:
    """One unit sold, as it was divided then; retail is what was paid, after a discount that the distributor bore."""

    sku_id: uuid.UUID
    product_id: uuid.UUID
    category_id: uuid.UUID
    supplier_id: uuid.UUID
    tenant_id: uuid.UUID
    currency: str
    retail_minor: int
    discount_minor: int = 0
    cost_minor: int
    supplier_minor: int
    platform_minor: int
    distributor_minor: int


@dataclass
class PartyChange:
    """What a party got from all units sold in a currency, and would have got. `party_id` is nil for the platform."""

    party: Party
    party_id: uuid.UUID
    currency: str
    before_minor: int = 0
    after_minor: int = 0

    @property
    def change_minor(self) -> int:
        return self.after_minor - self.before_minor


@dataclass
class Simulation:
    """`affected` of `units` would have been divided by the draft; `blocked` of those would not have been sold (loss
    guard) and count as zero afterwards."""

    units: int = 0
    affected: int = 0
    blocked: int = 0
    changes: list[PartyChange] = field(default_factory=list)


_Key = tuple[Party, uuid.UUID, str]
_Shares = tuple[int, int, int]


def simulate(draft: Rule, *, book: RuleBook, sales: Iterable[SaleFact]) -> Simulation:
    """Put the draft beside the rules of `book`: it takes effect where it is the most specific, also over its equal."""
    tried = book.with_rule(draft)
    result = Simulation()
    totals: dict[_Key, PartyChange] = {}
    for sale in sales:
        after = before = (sale.supplier_minor, sale.platform_minor, sale.distributor_minor)
        result.units += 1
        rule = _pick(tried, sale)
        if _is(rule, draft):
            result.affected += 1
            after = _divide(rule, sale)
            result.blocked += after is None
        _add(totals, sale, before, after or (0, 0, 0))
    result.changes = sorted(totals.values(), key=lambda change: (change.currency, change.party, change.party_id))
    return result


def _is(rule: Rule, draft: Rule) -> bool:
    """The draft itself, or what it is at a supplier's volume."""
    return rule is draft or (rule.volume_minor is not None and rule == draft.at_volume(rule.volume_minor))


def _pick(book: RuleBook, sale: SaleFact) -> Rule:
    return book.pick(
        sku_id=sale.sku_id,
        product_id=sale.product_id,
        category_id=sale.category_id,
        supplier_id=sale.supplier_id,
        tenant_id=sale.tenant_id,
        currency=sale.currency,
    )


def _divide(rule: Rule, sale: SaleFact) -> _Shares | None:
    try:
        shares = split(rule, retail_minor=sale.retail_minor + sale.discount_minor, cost_minor=sale.cost_minor)
    except LossGuard:
        return None
    left = shares.distributor_minor - sale.discount_minor
    return (shares.supplier_minor, shares.platform_minor, left) if left >= 0 else None


def _add(
    totals: dict[_Key, PartyChange],
    sale: SaleFact,
    before: _Shares,
    after: _Shares,
) -> None:
    parties = ((Party.SUPPLIER, sale.supplier_id), (Party.PLATFORM, NIL), (Party.DISTRIBUTOR, sale.tenant_id))
    for (party, party_id), was, would_be in zip(parties, before, after, strict=True):
        key = (party, party_id, sale.currency)
        change = totals.setdefault(key, PartyChange(party, party_id, sale.currency))
        change.before_minor += was
        change.after_minor += would_be
