"""A rule in words, for the operator's list and the finance page of an order line."""

from decimal import Decimal

from ...kit.i18n import Text
from ..models import RuleBasis
from .rules import Rule

_SCOPES = {
    "sku_id": Text("指定规格", "this SKU"),
    "product_id": Text("指定商品", "this product"),
    "category_id": Text("指定分类", "this category"),
    "supplier_id": Text("指定供货商", "this supplier"),
    "tenant_id": Text("指定分销商", "this distributor"),
}
_DEFAULT = Text("默认规则", "the default rule")


def explain(rule: Rule) -> Text:
    """What the rule takes and whom it is for: `按进货价抽佣 5%；服务费 1%（适用：指定分类 × 指定供货商）`."""
    terms, scope = _terms(rule), _scope(rule)
    return Text(f"{terms.zh}（适用：{scope.zh}）", f"{terms.en} (applies to: {scope.en})")


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
    fee_text = Text(f"；服务费为售价的 {fee}", f"; service fee {fee} of retail") if rule.fee_rate else Text("", "")
    return Text(f"按{of.zh}抽佣 {rate}{fee_text.zh}", f"Commission {rate} of {of.en}{fee_text.en}")


def _scope(rule: Rule) -> Text:
    named = [text for name, text in _SCOPES.items() if getattr(rule, name)]
    if not named:
        return _DEFAULT
    return Text(" × ".join(text.zh for text in named), " × ".join(text.en for text in named))


def _percent(rate: Decimal | None) -> str:
    return f"{((rate or Decimal(0)) * 100).normalize():f}%"
