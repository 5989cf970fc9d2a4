"""Refusals about parties, people and their credentials."""

from ..kit.errors import Conflict, MeshError, Unauthenticated, ValidationFailed
from ..kit.i18n import Text


class HandleTaken(Conflict):
    code, text = "handle_taken", Text("店铺标识“{handle}”已被使用", "The handle “{handle}” is taken")


class HandleReserved(ValidationFailed):
    code, text = "handle_reserved", Text("店铺标识“{handle}”为系统保留", "The handle “{handle}” is reserved")


class HandleInvalid(ValidationFailed):
    code = "handle_invalid"
    text = Text(
        "店铺标识只能用小写字母、数字和连字符，1–40 位，且不以连字符开头或结尾",
        "A handle has 1–40 lower-case letters, digits or hyphens and does not start or end with a hyphen",
    )


class NameTaken(Conflict):
    code, text = "name_taken", Text("名称“{name}”已被使用", "The name “{name}” is taken")


class EmailTaken(Conflict):
    code, text = "email_taken", Text("邮箱“{email}”已注册", "The e-mail address “{email}” is registered already")


class PasswordTooWeak(ValidationFailed):
    code, text = (
        "password_too_weak",
        Text("密码至少需要 {length} 个字符", "A password has at least {length} characters"),
    )


class WrongCredentials(Unauthenticated):
    """Wrong address, wrong password, no password: one answer for all."""

    code, text = "wrong_credentials", Text("邮箱或密码不正确", "The e-mail address or password is not right")


class EmailInvalid(ValidationFailed):
    code, text = "email_invalid", Text("邮箱地址格式不正确", "This is not an e-mail address")


class SignUpClosed(MeshError):
    code, status = "sign_up_closed", 403
    text = Text("平台目前未开放注册", "Sign-up is closed at the moment")


class MemberAlready(Conflict):
    code, text = "member_already", Text("“{email}”已是成员", "“{email}” is a member already")


class LastOwner(Conflict):
    """An owner who has not answered the invitation does not count."""

    code = "last_owner"
    text = Text("至少要保留一位所有者", "One owner has to stay")


class DocumentInvalid(ValidationFailed):
    code = "document_invalid"
    text = Text("请上传 PDF、PNG 或 JPEG，不超过 {limit} MB", "A PDF, PNG or JPEG of at most {limit} MB, please")


class DocumentsRequired(MeshError):
    """`extra["documents_url"]`: where to send them."""

    code, status = "documents_required", 403
    text = Text(
        "提现前须完成实名认证：请在“证件”页提交营业执照，或身份证正反两面，审核通过后再试",
        "Withdrawals need your real name: send a business licence, or both sides of an identity card, under "
        "“Documents”, and try again once approved",
    )


class WrongCode(Unauthenticated):
    """Wrong, used before, or too old: one answer for all."""

    code, text = "wrong_code", Text("验证码不正确或已使用", "The code is wrong or was used before")


class TenantSuspended(MeshError):
    code, status = "tenant_suspended", 403
    text = Text("该店铺已被暂停服务", "This store is suspended")


class SupplierSuspended(MeshError):
    code, status = "supplier_suspended", 403
    text = Text("该供货商已被暂停", "This supplier is suspended")


class MissingScope(MeshError):
    code, status = "forbidden", 403
    text = Text("此密钥缺少权限 {scope}", "This API key lacks the scope {scope}")


class IdempotencyKeyMissing(MeshError):
    code, status = "idempotency_key_missing", 400
    text = Text("此操作必须携带 Idempotency-Key 请求头", "This call needs an Idempotency-Key header")


class IdempotencyInProgress(MeshError):
    code, status, retryable = "idempotency_in_progress", 409, True
    text = Text("使用同一 Idempotency-Key 的请求正在处理", "A request with this Idempotency-Key is still running")


class IdempotencyMismatch(MeshError):
    code, status = "idempotency_mismatch", 422
    text = Text("同一 Idempotency-Key 的请求内容不一致", "This Idempotency-Key was used with another request body")


class UndoneAlready(Conflict):
    code, text = "undone_already", Text("已经撤销过了", "It is undone already")


class UndoTooLate(Conflict):
    code, text = "undo_too_late", Text("已超过可撤销的时间", "It is too late to undo this")
