"""The cashier's page, the same for both: what is paid to whom, and the two buttons."""

from pathlib import Path

from flask import Flask, Response, make_response, render_template, request

HERE = Path(__file__).parent
POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'"
)
TEXTS = {
    "zh": {
        "lang": "zh-CN", "banner": "模拟环境，不会真的扣款", "alipay": "支付宝", "wechat": "微信支付",
        "amount": "付款金额", "what": "商品", "pay": "确认付款", "leave": "放弃付款",
        "paid": "付款成功", "paid_more": "商家会收到通知，可以关闭此页。",
        "over": "无法付款", "over_more": "订单不存在、已关闭或已付款。",
    },
    "en": {
        "lang": "en", "banner": "A simulation: no money moves", "alipay": "Alipay", "wechat": "WeChat Pay",
        "amount": "Amount", "what": "For", "pay": "Pay now", "leave": "Do not pay",
        "paid": "Paid", "paid_more": "The merchant is told; you may close this page.",
        "over": "This cannot be paid", "over_more": "There is no such order, or it is closed or paid.",
    },
}  # fmt: skip


def application(name: str) -> Flask:
    return Flask(name, root_path=str(HERE), static_url_path="/till")


def page(template: str, brand: str, status: int = 200, **values: object) -> Response:
    best = request.accept_languages.best_match(["zh-CN", "zh", "en"], "en")
    texts = TEXTS["zh" if str(best).startswith("zh") else "en"]
    response = make_response(render_template(template, t=texts, brand=brand, **values), status)
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response


def over(brand: str) -> Response:
    return page("till_said.html", brand, 410, title="over", more="over_more")


def paid(brand: str) -> Response:
    return page("till_said.html", brand, title="paid", more="paid_more")
