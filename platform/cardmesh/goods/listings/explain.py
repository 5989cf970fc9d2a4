"""How a listing's price came about, step by step: offer, cost, conversion, markup, discount, bounds, rule, profit."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from sqlalchemy import Row
from sqlalchemy.orm import Session

from ...identity.tenants.service import get_tenant
from ...kit import clock
from ...kit.i18n import Text
from ...kit.money import display as in_words
from ...money.commission.explain import explain as rule_in_words
from ...money.commission.service import rules_in_force
from ..models import Listing
from ..pricing import markups
from ..pricing import rules as pricing
from ..pricing.markups import Markups, asked, in_bounds
from ..pricing.queries import Place, basket
from ..pricing.rules import Margin, PriceRow, Terms
from ..pricing.service import OfferChoice, choices_by_sku, terms_of
from .margins import best


def display(minor: int, currency: str) -> Text:
    """The amount as readers of each language write it."""
    return Text(in_words(minor, currency), in_words(minor, currency, "en"))


_ANY = Text("所有人", "everybody")


@dataclass(frozen=True, slots=True)
class Explained:
    """The price of a unit to a buyer of `quantity`, what it leaves, and how it came about."""

    quantity: int
    margin: Margin
    steps: tuple[Text, ...]


def explain_price(session: Session, listing: Listing, *, quantity: int = 1) -> Explained | None:
    """As of now, in stock or not; None while nobody offers it, or no markup rule fits."""
    tenant = get_tenant(session, listing.tenant_id)
    rows = basket(session, Place(tenant.id, tenant.tier, listing.store_id), [listing.sku_id], 1)
    book = rules_in_force(session, clock.now())
    offers = choices_by_sku(rows, listing.currency, tenant, book, quantity).get(listing.sku_id, [])
    first = best(offers, listing.supplier_id)
    terms = terms_of(listing)
    own = markups.NONE if terms.own else markups.load(session, tenant_id=tenant.id, store_id=listing.store_id)
    count = max(quantity, first.min_quantity) if first else quantity
    price = asked(terms, first, count, own) if first else None
    if first is None or price is None:
        return None
    row = next(one for one in rows if one.offer_id == first.id)
    margin = pricing.margin(first.rule, retail_minor=price, cost_minor=first.cost_minor)
    steps = [
        _offer(first, listing, len(offers)),
        *_cost(row, first, tenant.tier, count),
        *_retail(terms, first, count, own, listing.currency),
        *_bounds(first, price, listing.currency),
        _left(first, margin, listing.currency),
    ]
    return Explained(count, margin, tuple(steps))


def _offer(first: OfferChoice, listing: Listing, count: int) -> Text:
    if first.supplier_id == listing.supplier_id:
        return Text("由您优先选择的供货商供货", "Served by the supplier you prefer")
    if count == 1:
        return Text("唯一的供货", "The only offer")
    return Text(f"{count} 家供货中进货价最低的一家", f"The cheapest of {count} offers")


def _cost(row: Row, first: OfferChoice, tier: str, count: int) -> Iterator[Text]:
    """The row that makes the cost, and the rate that converts it."""
    rows = [PriceRow("", 1, row.base_price_minor), *(PriceRow(*price) for price in row.prices or ())]
    rank = pricing.tier_rank(tier)
    reached = [one for one in rows if one.min_quantity <= count and pricing.tier_rank(one.tier) <= rank]
    chosen = min(reached, key=lambda one: one.price_minor)
    shown, units = display(chosen.price_minor, row.currency), "1 unit" if count == 1 else f"{count} units"
    yield Text(
        f"进货价 {shown.zh}：{chosen.tier or _ANY.zh} 满 {chosen.min_quantity} 件的价格（您是 {tier}，{count} 件）",
        f"Cost {shown.en}: for {chosen.tier or _ANY.en} from {chosen.min_quantity} on (you are {tier}, {units})",
    )
    if first.converted:
        rate = first.converted.rate
        made, factor = display(first.cost_minor, first.currency), f"{rate.rate.normalize():f}"
        yield Text(
            f"按汇率 1 {rate.base} = {factor} {rate.quote}（{rate.source}）换算为 {made.zh}，向上取整",
            f"At 1 {rate.base} = {factor} {rate.quote} ({rate.source}) that is {made.en}, rounded up",
        )


def _retail(terms: Terms, first: OfferChoice, count: int, own: Markups, currency: str) -> Iterator[Text]:
    chosen = markups.settled(terms, first, own) or terms
    shown = display(pricing.retail(replace(chosen, bulk=()), first.cost_minor), currency)
    if chosen.retail_minor is not None:
        yield Text(f"您的固定售价 {shown.zh}", f"Your fixed price {shown.en}")
    else:
        yield _markup(chosen, terms.own, shown, currency)
    if off := pricing.bulk_percent(chosen.bulk, count):
        less = display(pricing.retail(chosen, first.cost_minor, count), currency)
        yield Text(f"批量优惠 {off}%：{less.zh}", f"Bulk discount {off}%: {less.en}")


def _markup(terms: Terms, own: bool, shown: Text, currency: str) -> Text:
    percent = f"{(terms.markup_percent or Decimal(0)).normalize():f}"
    by = Text("商品的加价", "the listing's markup") if own else Text("店铺加价规则", "the store's rule")
    plus, step, floor = (
        display(minor, currency) for minor in (terms.markup_fixed_minor, terms.round_to_minor, terms.floor_minor)
    )
    return Text(
        f"{by.zh} {percent}% + {plus.zh}，进位到 {step.zh}，不低于 {floor.zh}：{shown.zh}",
        f"By {by.en}: {percent}% + {plus.en}, rounded up to {step.en}, at least {floor.en}: {shown.en}",
    )


def _bounds(first: OfferChoice, price: int, currency: str) -> Iterator[Text]:
    nothing = Text("", "")
    least, most = (
        display(one, currency) if one else nothing for one in (first.min_retail_minor, first.max_retail_minor)
    )
    if least == nothing and most == nothing:
        return
    if in_bounds(first, price):
        yield Text(f"在供货商限定的 {least.zh} – {most.zh} 之内", f"Within the supplier's {least.en} – {most.en}")
    else:
        yield Text(
            f"超出供货商限定的 {least.zh} – {most.zh}，不会售出",
            f"Outside the supplier's {least.en} – {most.en}: it is not sold",
        )


def _left(first: OfferChoice, margin: Margin, currency: str) -> Text:
    rule = rule_in_words(first.rule)
    fees, profit = display(margin.fees_minor, currency), display(margin.profit_minor, currency)
    return Text(
        f"{rule.zh}；服务费 {fees.zh}，您每件得 {profit.zh}",
        f"{rule.en}; service fee {fees.en}, yours is {profit.en} a unit",
    )
