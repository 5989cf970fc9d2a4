"""Refusals about payments. A gateway's own words never reach a buyer: they are logged, the code is ours."""

from ...kit.errors import Conflict, MeshError, Unavailable
from ...kit.i18n import Text


class GatewayUnavailable(Unavailable):
    """The gateway did not answer or asked us to slow down: the same request, with the same key, may work later."""

    text = Text("支付渠道暂时无法连接，请稍后再试", "The payment provider cannot be reached; try again shortly")


class AnswerUnsigned(GatewayUnavailable):
    """What came is not signed with the key that we were given for the gateway: as good as no answer."""


class GatewayRefused(MeshError):
    """The gateway understood and said no; `reason` is its code. Asking again does not help."""

    code, status = "payment_refused", 502
    text = Text("支付渠道拒绝了请求（{reason}）", "The payment provider refused the request ({reason})")


class PaymentMethodUnavailable(MeshError):
    code, status = "payment_method_unavailable", 422
    text = Text("该支付方式目前不可用", "This payment method is not available here")


class SignatureRefused(MeshError):
    """A webhook without a valid, fresh signature: nothing of it is stored."""

    code, status = "signature_invalid", 400
    text = Text("签名无效或已过期", "The signature is not valid or no longer fresh")


class RefundNotFailed(Conflict):
    """Only what a gateway refused or gave up can be asked for again."""

    code = "refund_not_failed"
    text = Text("退款当前状态为 {state}，不能重试", "The refund is {state}; only a failed one is retried")


class OrderDisputed(Conflict):
    """The buyer's bank has the case."""

    code = "order_disputed"
    text = Text("买家已向银行发起拒付，不能再退款", "The buyer's bank has this payment; it cannot be refunded here")


class DisputeNotAnswerable(Conflict):
    """`reason`: closed, answered, late, gateway."""

    code = "dispute_not_answerable"
    text = Text("该争议已不能提交证据", "This dispute takes no evidence any more")


class MerchantRefused(MeshError):
    """The gateway did not accept the account's keys; nothing was kept. `reason` is its code."""

    code, status = "merchant_refused", 422
    text = Text("支付渠道不接受这些凭据（{reason}）", "The provider does not accept these credentials ({reason})")


class MerchantUntested(Conflict):
    code, text = "merchant_untested", Text("请先通过连接测试", "Test the connection first")


class LastMerchant(Conflict):
    """Nobody could pay any more."""

    code = "merchant_in_use"
    text = Text("请先改由平台收款，再断开此账户", "Let the platform collect before you disconnect it")
