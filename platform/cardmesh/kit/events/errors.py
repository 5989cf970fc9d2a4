"""Refusals about webhook endpoints, and why an address was not called."""

from ..errors import Conflict, MeshError, ValidationFailed
from ..i18n import Text


class EndpointUrlRefused(ValidationFailed):
    code = "endpoint_url_refused"
    text = Text(
        "回调地址须为公网 https 地址，且不含用户名、密码",
        "An endpoint is a public https address without user name or password",
    )


class EndpointDisabled(Conflict):
    code, text = "endpoint_disabled", Text("该回调地址已停用", "This endpoint is disabled")


class RangeTooLarge(MeshError):
    code, status = "replay_range_too_large", 422
    text = Text("一次最多重放 {limit} 个事件", "At most {limit} events are replayed at once")


class AddressRefused(Exception):
    """The host name leads to an address that is not public."""
