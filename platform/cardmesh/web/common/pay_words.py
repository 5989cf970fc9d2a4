"""The words of the page with a payment's code."""

WORDS = {
    "zh-CN": {
        "title": "扫码付款",
        "scan": {"alipay": "请用支付宝扫一扫", "wechat_pay": "请用微信扫一扫"},
        "code": "付款二维码",
        "amount": "应付金额",
        "left": "剩余时间",
        "waiting": "正在等待付款…",
        "paid": "付款成功，正在跳转…",
        "over": "二维码已失效",
        "over_more": "没有扣款。如果您刚刚付过款，订单会在几分钟内自动更新或退款。",
        "back": "返回",
        "go": "继续",
        "simulate": "演示环境：打开模拟付款页",
    },
    "en": {
        "title": "Scan to pay",
        "scan": {"alipay": "Scan with Alipay", "wechat_pay": "Scan with WeChat"},
        "code": "Payment code",
        "amount": "To pay",
        "left": "Time left",
        "waiting": "Waiting for your payment…",
        "paid": "Paid. Taking you on…",
        "over": "This code is no longer good",
        "over_more": "Nothing was taken. If you have just paid, the order is updated or refunded within minutes.",
        "back": "Back",
        "go": "Go on",
        "simulate": "Demo: open the simulated payment page",
    },
}
