"""What the books call things, in the reader's words: accounts, entries, references, who acted."""

from flask import Flask

from ...kit.i18n import Text
from ...money.wallets.kinds import kind_text, reference_text
from .format import Badge
from .requests import locale

ACCOUNTS = {
    "gateway": Text("支付通道存款", "Held by the gateway"),
    "clearing": Text("待交付货款", "Paid, not yet delivered"),
    "revenue": Text("平台收入", "Platform's revenue"),
    "adjustment": Text("手工调整", "Manual adjustments"),
    "paid_out": Text("已打款", "Paid out"),
    "fees": Text("渠道手续费", "Gateways' fees"),
    "disputed": Text("拒付争议中", "Disputed by buyers' banks"),
    "advance": Text("预支货款", "Advance"),
    "pending": Text("待结算", "Pending"),
    "available": Text("可用", "Available"),
    "held": Text("冻结", "Held"),
    "in_transit": Text("提现中", "In transit"),
    "deposit": Text("保证金", "Deposit"),
}
ENTRIES = {
    "payment.order": Text("订单收款", "Order paid"),
    "refund.paid": Text("退款已付", "Refund paid"),
    "refund.returned": Text("退款被退回", "Refund returned"),
    "dispute.withdrawn": Text("拒付扣款", "Dispute: money withdrawn"),
    "dispute.reinstated": Text("拒付返还", "Dispute: money reinstated"),
}
"""Kinds of entries that no wallet's statement shows; the others are named there."""
ACTORS = {
    "person": Text("成员", "Person"),
    "api_key": Text("API 密钥", "API key"),
    "buyer": Text("买家", "Buyer"),
    "job": Text("任务", "Job"),
    "cli": Text("命令行", "Command line"),
    "gateway": Text("支付通道", "Gateway"),
}


CHANNELS = {"store": Text("店铺", "Store"), "api": Text("API", "API"), "embed": Text("嵌入", "Embed")}


FACTS = {
    "account": Text("收款账户", "account"),
    "amount": Text("金额", "amount"),
    "currency": Text("币种", "currency"),
    "gateway": Text("通道", "gateway"),
    "intent": Text("支付单", "payment intent"),
    "livemode": Text("正式／测试模式", "mode"),
    "order": Text("订单", "order"),
    "refund": Text("退款单", "refund"),
    "session": Text("收银台会话", "checkout session"),
    "tenant": Text("分销商", "distributor"),
}
"""What a gateway's message may contradict of ours."""
REASONS = {
    "type": Text("无需处理的类型", "A type that changes nothing"),
    "earlier_attempt": Text("更早一次尝试的消息", "Of an earlier attempt"),
    "unknown_payment": Text("没有这笔支付", "No such payment"),
    "dispute_decided": Text("争议已裁定", "The dispute is decided"),
    "refund_not_ours": Text("不是我们的退款", "Not a refund of ours"),
}


METHODS = {
    "card": Text("银行卡", "Card"),
    "alipay": Text("支付宝", "Alipay"),
    "wechat_pay": Text("微信支付", "WeChat Pay"),
}
GATEWAYS = {
    "stripe": Text("Stripe", "Stripe"),
    "alipay": Text("支付宝", "Alipay"),
    "wechat": Text("微信支付", "WeChat Pay"),
}


DISPUTES = {
    "bank_cannot_process": Text("银行无法处理", "The bank could not process it"),
    "credit_not_processed": Text("应退未退", "A refund that did not come"),
    "customer_initiated": Text("买家发起", "Begun by the customer"),
    "debit_not_authorized": Text("扣款未授权", "Debit not authorized"),
    "duplicate": Text("重复扣款", "Charged twice"),
    "fraudulent": Text("盗刷", "Fraudulent"),
    "general": Text("其他", "General"),
    "incorrect_account_details": Text("账户信息有误", "Wrong account details"),
    "insufficient_funds": Text("余额不足", "Insufficient funds"),
    "product_not_received": Text("未收到商品", "Product not received"),
    "product_unacceptable": Text("商品不符", "Product not as described"),
    "subscription_canceled": Text("订阅已取消", "Subscription was canceled"),
    "unrecognized": Text("不认识这笔扣款", "Charge not recognized"),
}
"""Why a buyer's bank wants a payment back, by the gateway's word for it."""


DOCUMENTS = {
    "business_licence": Text("营业执照", "Business licence"),
    "identity_front": Text("身份证人像面", "Identity card, front"),
    "identity_back": Text("身份证国徽面", "Identity card, back"),
    "permit": Text("经营许可证", "Permit"),
}


def method_name(method: str) -> str:
    """What a buyer pays with."""
    return METHODS.get(method, Text(method, method)).render(locale())


def gateway_name(kind: str) -> str:
    """Who takes the payment."""
    return GATEWAYS.get(kind, Text(kind, kind)).render(locale())


def dispute_reason(code: str) -> str:
    return DISPUTES.get(code, Text(code, code.replace("_", " "))).render(locale())


def document_name(kind: str) -> str:
    return DOCUMENTS[kind].render(locale())


GOODS = {
    "card_key": Text("卡密", "Card key"),
    "file": Text("文件", "File"),
    "top_up": Text("直充", "Direct top-up"),
    "custom": Text("定制", "Made to order"),
}


def goods_kind(kind: str) -> str:
    return GOODS.get(kind, Text(kind, kind)).render(locale())


PARTIES = {
    "platform": Text("平台", "Platform"),
    "supplier": Text("供货商", "Supplier"),
    "distributor": Text("分销商", "Distributor"),
}


PARTY_STATES = {
    "active": Text("正常", "Active"),
    "pending_review": Text("待审核", "In review"),
    "suspended": Text("已暂停", "Suspended"),
}
"""A party is not on sale: `active` reads otherwise than that of goods."""


def party_state(status: str) -> Badge:
    return Badge(PARTY_STATES[status], {"active": "good", "pending_review": "wait"}.get(status, "bad"))


def party_name(kind: str) -> str:
    """What somebody is to the platform."""
    return PARTIES[kind].render(locale())


def channel_name(kind: str) -> str:
    """Where an order came from."""
    return CHANNELS[kind].render(locale())


def account_name(kind: str) -> str:
    return ACCOUNTS.get(kind, Text(kind, kind)).render(locale())


def entry_name(kind: str) -> str:
    return ENTRIES.get(kind, kind_text(kind)).render(locale())


def actor_name(kind: str) -> str:
    return ACTORS.get(kind, Text(kind, kind)).render(locale())


def message_reason(code: str) -> str:
    """Why a gateway's message was refused or left alone; a code of the gateway's own stays as it is."""
    fact = FACTS.get(code.removesuffix("_mismatch")) if code.endswith("_mismatch") else None
    if fact:
        return Text("{fact}不符", "Another {fact}").render(locale(), fact=fact.render(locale()))
    return REASONS[code].render(locale()) if code in REASONS else code


def reference(text: str) -> str:
    """An entry's reference; a person's own words (the reason of a credit) stay as they are."""
    return reference_text(text).render(locale())


def register(app: Flask) -> None:
    app.jinja_env.filters.update(
        account_name=account_name, entry_name=entry_name, actor_name=actor_name, channel_name=channel_name,
        reference=reference, document_name=document_name,
        goods_kind=goods_kind, method_name=method_name, gateway_name=gateway_name,
    )
