"""What the audit trail calls things, in the reader's words: `offer.approved` is a thing and what was done with it."""

from ...kit.i18n import Text
from .requests import locale

THINGS = {
    "advance": Text("预支", "Advance"),
    "advance_terms": Text("预支条件", "Terms of advances"),
    "api_key": Text("API 密钥", "API key"),
    "claim": Text("售后", "Claim"),
    "commission_rule": Text("佣金规则", "Commission rule"),
    "coupon": Text("优惠券", "Coupon"),
    "data_keys": Text("数据密钥", "Data keys"),
    "dispute": Text("拒付争议", "Dispute"),
    "document": Text("证件", "Document"),
    "domain": Text("域名", "Domain"),
    "fx": Text("汇率", "Exchange rate"),
    "import": Text("导入", "Import"),
    "job": Text("任务", "Job"),
    "listing": Text("上架商品", "Listing"),
    "markup_rule": Text("加价规则", "Markup rule"),
    "master_key": Text("主密钥", "Master key"),
    "member": Text("成员", "Member"),
    "merchant": Text("收款账户", "Payment account"),
    "offer": Text("供货", "Offer"),
    "order": Text("订单", "Order"),
    "payment": Text("支付", "Payment"),
    "payout_run": Text("打款批次", "Payout run"),
    "payout_terms": Text("打款设置", "Terms of payment"),
    "person": Text("账号", "Account"),
    "price_list": Text("价目", "Price list"),
    "reconciliation": Text("对账差异", "Reconciliation"),
    "refund": Text("退款", "Refund"),
    "settings": Text("设置", "Settings"),
    "stock": Text("库存", "Stock"),
    "store": Text("店铺", "Store"),
    "supplier": Text("供货商", "Supplier"),
    "tenant": Text("分销商", "Distributor"),
    "theme": Text("主题", "Theme"),
    "tier": Text("等级", "Tier"),
    "tiers": Text("等级规则", "Tiers"),
    "unit": Text("卡密", "Unit"),
    "visit": Text("平台支持查看", "Support visit"),
    "wallet": Text("钱包", "Wallet"),
    "webhook": Text("Webhook", "Webhook"),
    "withdrawal": Text("提现", "Withdrawal"),
}
DONE = {
    "accepted": "受理", "activated": "启用", "added": "添加", "address": "主网址变更",
    "address_changed": "主网址变更", "admitted": "准入", "alert": "异常", "app_added": "添加验证器",
    "app_removed": "移除验证器", "applied": "应用", "approved": "批准", "audience_changed": "专供范围变更",
    "began": "开始", "bulk_set": "批量上架", "bulk_undone": "批量撤销", "canceled": "取消", "cap_set": "上限变更",
    "changed": "更改", "chosen": "选用", "closed": "关闭", "codes_renewed": "更换恢复码", "connected": "连接",
    "created": "新建", "credited": "入账", "decided": "处理", "deleted": "删除", "delivery_tried": "测试发货",
    "deposited": "缴纳保证金", "disabled": "停用", "done": "完成", "download_failed": "下载失败",
    "downloaded": "下载", "dropped": "放弃", "embed_changed": "嵌入设置变更", "enabled": "启用", "ended": "结束",
    "expired": "过期", "failed": "失败", "file_attached": "更新文件", "file_taken": "下载批量文件", "held": "冻结",
    "inquiry": "银行询问", "issued": "签发", "joined": "加入", "lost": "败诉", "made": "生成", "moved": "更换邮箱",
    "open": "发起", "opened": "发起", "passkey_added": "添加通行密钥", "passkey_removed": "移除通行密钥",
    "password_changed": "更改密码", "paused": "暂停", "pending_review": "提交审核", "planned": "预设",
    "posted": "入账", "price_changed": "改价", "proven": "验证通过", "refunded": "退款", "refused": "拒绝",
    "rejected": "拒绝", "released": "解除", "removed": "移除", "replayed": "重发", "requested": "申请",
    "resolved": "处理", "restored": "恢复", "resubmitted": "重新提交", "results_imported": "导入结果",
    "resumed": "恢复", "retired": "停用", "retried": "重试", "returned": "退回", "revealed": "查看",
    "revoked": "吊销", "rolled_back": "回退", "rotated": "更换密钥", "sent": "提交", "set": "设置",
    "started": "开始", "stated": "公布", "submitted": "提交审核", "succeeded": "成功", "taken": "放款",
    "terms_changed": "条款变更", "tested": "测试", "undone": "撤销", "uploaded": "上传", "used": "启用",
    "viewed": "查看", "withdrawn": "下架", "won": "胜诉", "worn": "换上",
}  # fmt: skip
"""In Chinese; English reads the word itself."""


def thing(noun: str) -> str:
    return THINGS.get(noun, Text(noun, noun.replace("_", " ").capitalize())).render(locale())


def deed(action: str) -> str:
    """`offer.price_changed` → “供货 · 改价”, “Offer · price changed”."""
    noun, _, verb = action.partition(".")
    said = DONE.get(verb, verb) if locale() == "zh-CN" else verb.replace("_", " ").replace(".", " ")
    return f"{thing(noun)} · {said}" if verb else thing(noun)
