"""A rule in words, and why it was the one: for lists, letters and the finance page of an order line."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ...kit.i18n import Text
from ...kit.money import display
from ..models import RuleBasis
from .rules import Rule

Names = Mapping[uuid.UUID, Text]
"""What rules are for, by id: `goods.catalog.scope_names` reads them."""
_SCOPES = {
    "sku_id": Text("规格", "SKU"),
    "product_id": Text("商品", "product"),
    "category_id": Text("分类", "category"),
    "supplier_id": Text("供货商", "supplier"),
    "tenant_id": Text("分销商", "distributor"),
}
_DEFAULT = Text("默认规则", "the default rule")
_NOTHING = Text("", "")


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a rule divided a sale: the rule in words, how it won, and the others that would have done."""

    rule: Text
    why: Text
    beaten: tuple[Text, ...]


def explain(rule: Rule, names: Names | None = None) -> Text:
    """What the rule takes and whom it is for: `按进货价抽佣 5%；服务费 1%（适用：分类“游戏” × 指定供货商）`.

    A thing without a name among `names` is only said to be a certain one.
    """
    terms, scope = _terms(rule), _scope(rule, names or {})
    return Text(f"{terms.zh}（适用：{scope.zh}）", f"{terms.en} (applies to: {scope.en})")


def reason(rule: Rule, fitting: Sequence[Rule], names: Names | None = None) -> Reason:
    """`fitting`: the rules of that time that would have done for the sale, the most specific first."""
    others, names = [one for one in fitting if one.id != rule.id], names or {}
    if not others:
        why = Text("没有其他适用的规则", "No other rule applied")
    else:
        won, beaten = _scope(rule, names), _scope(others[0], names)
        why = Text(
            f"最具体者优先：{won.zh} 先于 {beaten.zh}",
            f"The most specific wins: {won.en} comes before {beaten.en}",
        )
    return Reason(explain(rule, names), why, tuple(explain(one, names) for one in others))


def _terms(rule: Rule) -> Text:
    if rule.basis is RuleBasis.SHARE:
        shares = [_percent(s) for s in (rule.supplier_share, rule.platform_share, rule.distributor_share)]
        parts = " / ".join(shares)
        return Text(
            f"售价按供货商 / 平台 / 分销商 {parts} 分成",
            f"Retail is shared {parts} by supplier / platform / distributor",
        )
    of = Text("进货价", "cost") if rule.basis is RuleBasis.COST else Text("售价", "retail, at most the cost")
    rate, fee = _percent(rule.rate), _percent(rule.fee_rate)
    fee_text = Text(f"；服务费为售价的 {fee}", f"; service fee {fee} of retail") if rule.fee_rate else _NOTHING
    parts = [_sums(rule), _volume(rule), fee_text]
    return Text(
        f"按{of.zh}抽佣 {rate}{''.join(part.zh for part in parts)}",
        f"Commission {rate} of {of.en}{''.join(part.en for part in parts)}",
    )


def _sums(rule: Rule) -> Text:
    """The least and the most of a unit."""
    zh, en, currency = "", "", rule.currency or ""
    if rule.min_minor is not None:
        zh += f"，每件至少 {display(rule.min_minor, currency)}"
        en += f", at least {display(rule.min_minor, currency, 'en')} a unit"
    if rule.cap_minor is not None:
        zh += f"，每件至多 {display(rule.cap_minor, currency)}"
        en += f", at most {display(rule.cap_minor, currency, 'en')} a unit"
    return Text(zh, en)


def _volume(rule: Rule) -> Text:
    """The steps; and, of a rule that was chosen, the volume that it was chosen at."""
    if not rule.steps:
        return _NOTHING
    currency = rule.currency or ""
    zh = "、".join(f"满 {display(step.volume_minor, currency)} 为 {_percent(step.rate)}" for step in rule.steps)
    en = ", ".join(f"{_percent(step.rate)} from {display(step.volume_minor, currency, 'en')}" for step in rule.steps)
    reached = _NOTHING
    if rule.volume_minor is not None:
        at = rule.volume_minor
        reached = Text(f"，当时销量 {display(at, currency)}", f"; the volume was {display(at, currency, 'en')}")
    return Text(f"（30 天销量{zh}{reached.zh}）", f" (30-day volume: {en}{reached.en})")


def _scope(rule: Rule, names: Names) -> Text:
    named = [_one(kind, names.get(id)) for field, kind in _SCOPES.items() if (id := getattr(rule, field))]
    if rule.currency:
        named.append(Text(rule.currency, rule.currency))
    if not named:
        return _DEFAULT
    return Text(" × ".join(text.zh for text in named), " × ".join(text.en for text in named))


def _one(kind: Text, name: Text | None) -> Text:
    """`分类“游戏”`. Braces in a name are no places to fill."""
    if name is None:
        return Text(f"指定{kind.zh}", f"this {kind.en}")
    zh, en = (word.replace("{", "{{").replace("}", "}}") for word in name)
    return Text(f"{kind.zh}“{zh}”", f"{kind.en} “{en}”")


def _percent(rate: Decimal | None) -> str:
    return f"{((rate or Decimal(0)) * 100).normalize():f}%"
