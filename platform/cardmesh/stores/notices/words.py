"""What the letters say. `{number}` is the order's number, `{store}` the store's name; never a key in a subject."""

from dataclasses import dataclass

from ...kit.i18n import Text


@dataclass(frozen=True, slots=True)
class Words:
    """The subject, the heading and the first sentence of one kind of letter, and the label of its button."""

    subject: Text
    heading: Text
    lead: Text
    button: Text


VIEW = Text("查看订单", "View your order")

ORDER = {
    "order_placed": Words(
        Text("订单 {number} 已提交 · {store}", "Order {number} received · {store}"),
        Text("订单已提交", "We have your order"),
        Text(
            "库存已为您保留，请在付款期限内完成支付。付款后商品会立即发货。",
            "Your goods are set aside. Please pay before the time runs out; they are delivered right after payment.",
        ),
        Text("付款 / 查看订单", "Pay or view your order"),
    ),
    "order_delivered": Words(
        Text("订单 {number} 已发货 · {store}", "Order {number} delivered · {store}"),
        Text("您的商品已送达", "Your goods are here"),
        Text(
            "感谢购买。卡密如下，请妥善保管，勿转发给他人。",
            "Thank you. Your codes are below; keep them to yourself.",
        ),
        VIEW,
    ),
    "order_refunded": Words(
        Text("订单 {number} 退款 · {store}", "Refund for order {number} · {store}"),
        Text("退款已受理", "Your refund is on its way"),
        Text(
            "款项将按原支付方式退回，到账时间以支付机构为准。",
            "The money goes back the way it came; when it arrives is up to your payment provider.",
        ),
        VIEW,
    ),
    "order_paid_late": Words(
        Text("订单 {number} 付款晚于期限 · {store}", "Order {number} was paid late · {store}"),
        Text("付款晚于保留期限", "Your payment came after the time was over"),
        Text(
            "部分或全部商品已售出，对应款项将按原支付方式退回；仍有货的商品已照常发货。",
            "Some or all of the goods were gone by then. Their price goes back the way it came; the rest is delivered.",
        ),
        VIEW,
    ),
}

INVITATION = Words(
    Text("设置您的登录密码 · Cardmesh", "Set your password · Cardmesh"),
    Text("欢迎加入", "Welcome"),
    Text(
        "您的账号已创建。请在 3 天内通过下面的链接设置密码。",
        "An account was made for you. Please set a password with the link below within 3 days.",
    ),
    Text("设置密码", "Set password"),
)

SIGN_UP = Words(
    Text("确认您的邮箱 · Cardmesh", "Confirm your e-mail address · Cardmesh"),
    Text("还差一步", "One step left"),
    Text(
        "请在 24 小时内打开下面的链接，设置密码即可开始使用。链接只能使用一次。",
        "Open the link below within 24 hours and set a password to begin. The link works once.",
    ),
    Text("确认并设置密码", "Confirm and set a password"),
)

ALREADY_IN = Words(
    Text("您已有账号 · Cardmesh", "You have an account already · Cardmesh"),
    Text("这个邮箱已有账号", "This address has an account"),
    Text(
        "有人用这个邮箱申请注册。您已有账号，直接登录即可；忘记密码可在登录页重设。",
        "Somebody asked to sign up with this address. You have an account: just sign in, or reset the password there.",
    ),
    Text("登录", "Sign in"),
)

JOINED = Words(
    Text("您被加入新的团队 · Cardmesh", "You were added to a team · Cardmesh"),
    Text("您有了新的团队", "You have a new team"),
    Text(
        "有人将您加入了团队。登录后可在“账号安全”页切换。",
        "Somebody added you to their team. Sign in, and change to it under “Your account”.",
    ),
    Text("登录", "Sign in"),
)

RESET = Words(
    Text("重设登录密码 · Cardmesh", "Reset your password · Cardmesh"),
    Text("重设密码", "Reset your password"),
    Text(
        "请在 1 小时内打开下面的链接设置新密码。链接只能使用一次，旧密码在此之前仍然有效。",
        "Open the link below within an hour to set a new password. It works once; until then the old one stays.",
    ),
    Text("设置新密码", "Set a new password"),
)

EMAIL_CHANGE = Words(
    Text("确认新的登录邮箱 · Cardmesh", "Confirm your new address · Cardmesh"),
    Text("确认新邮箱", "Confirm your new address"),
    Text(
        "请在 24 小时内打开下面的链接，之后将使用这个邮箱登录。",
        "Open the link below within 24 hours; from then on you sign in with this address.",
    ),
    Text("使用这个邮箱", "Use this address"),
)

LABELS = {
    "order": Text("订单号", "Order"),
    "total": Text("合计", "Total"),
    "codes": Text("卡密", "Your codes"),
    "file": Text("请在订单页下载文件", "Download the file on your order page"),
    "ignore": Text("如非本人操作，请忽略此邮件。", "If you did not expect this letter, please ignore it."),
    "refunded": Text("已退款", "refunded"),
}
