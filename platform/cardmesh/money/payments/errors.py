"""Refusals about payments. A gateway's own words never reach a buyer: they are logged, the code is ours."""

from ...kit.errors import MeshError, Unavailable
from ...kit.i18n import Text


class GatewayUnavailable(Unavailable):
    """The gateway did not answer or asked us to slow down: the same request, with the same key, may work later."""

    text = Text("支付渠道暂时无法连接，请稍后再试", "The payment provider cannot be reached; try again shortly")


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
