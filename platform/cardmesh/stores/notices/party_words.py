"""What letters to the owners of a party say. `{reason}` is the reviewer's, `{kind}` the paper's name."""

from ...identity.documents.letters import EXPIRING
from ...identity.documents.models import DocumentKind, DocumentStatus
from ...kit.i18n import Text
from .words import Words

OPEN = Text("打开控制台", "Open your console")
SHOW = Text("查看证件", "See your documents")

KINDS = {
    DocumentKind.BUSINESS_LICENCE: Text("营业执照", "business licence"),
    DocumentKind.IDENTITY_FRONT: Text("身份证人像面", "identity card (front)"),
    DocumentKind.IDENTITY_BACK: Text("身份证国徽面", "identity card (back)"),
    DocumentKind.PERMIT: Text("经营许可证", "permit"),
}

ADMITTED = Words(
    Text("审核通过，您可以开始供货 · Cardmesh", "You are admitted as a supplier · Cardmesh"),
    Text("欢迎加入供货商", "Welcome among the suppliers"),
    Text(
        "“{name}”已通过平台审核。通过审核的商品现在可以在所有店铺销售。",
        "{name} has passed the platform's review. Your approved offers may now be sold in every store.",
    ),
    OPEN,
)
REFUSED = Words(
    Text("供货商申请未通过 · Cardmesh", "Your application as a supplier · Cardmesh"),
    Text("申请暂未通过", "Not admitted yet"),
    Text(
        "“{name}”的申请暂未通过。原因：{reason}。修改后可以再次提交。",
        "The application of {name} was not accepted. Why: {reason}. Mend it and submit it again.",
    ),
    OPEN,
)
PAPERS = {
    DocumentStatus.APPROVED: Words(
        Text("证件审核通过 · Cardmesh", "Your document is approved · Cardmesh"),
        Text("证件审核通过", "Your document is approved"),
        Text(
            "您的{kind}已审核通过，有效至 {until}，之后需要重新提交。",
            "Your {kind} is approved. It counts until {until}; after that we ask for it again.",
        ),
        SHOW,
    ),
    DocumentStatus.REJECTED: Words(
        Text("证件审核未通过 · Cardmesh", "Your document was not accepted · Cardmesh"),
        Text("证件审核未通过", "Your document was not accepted"),
        Text(
            "您的{kind}未通过审核。原因：{reason}。请重新提交。",
            "Your {kind} was not accepted. Why: {reason}. Please send another.",
        ),
        SHOW,
    ),
    EXPIRING: Words(
        Text("证件即将到期复核 · Cardmesh", "A document is due again soon · Cardmesh"),
        Text("证件即将需要重新提交", "A document is due again soon"),
        Text(
            "您的{kind}将于 {until} 到期。请在此之前重新提交，以免影响提现。",
            "Your {kind} counts until {until}. Send it again before that day, so that withdrawals go on.",
        ),
        SHOW,
    ),
    DocumentStatus.EXPIRED: Words(
        Text("证件已到期 · Cardmesh", "A document has expired · Cardmesh"),
        Text("证件已到期", "A document has expired"),
        Text(
            "您的{kind}已到期。重新提交并通过审核之前，暂时不能提现。",
            "Your {kind} has expired. Until a new one is approved, you cannot withdraw money.",
        ),
        SHOW,
    ),
}
MOVED = Words(
    Text("您的登录邮箱已更改 · Cardmesh", "Your sign-in address was changed · Cardmesh"),
    Text("登录邮箱已更改", "Your sign-in address was changed"),
    Text(
        "您的账号今后使用 {address} 登录，本邮箱不再有效。如果这不是您本人操作，请立即联系平台。",
        "From now on your account signs in with {address}, no more with this address. If that was not you, tell the "
        "platform at once.",
    ),
    Text("重设密码", "Reset the password"),
)
