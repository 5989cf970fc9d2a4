"""Finds a configured gateway by name. One client per settings: it keeps its connections."""

from functools import lru_cache

from ....kit import runtime
from ....kit.errors import NotFound
from ....settings import Settings
from ..errors import PaymentMethodUnavailable
from .base import Gateway
from .stripe import StripeGateway

DEFAULT = "stripe"
METHODS = ("card", "alipay", "wechat_pay")


@lru_cache(maxsize=8)
def _stripe(settings: Settings) -> Gateway:
    return StripeGateway(settings)


def gateway(name: str = DEFAULT) -> Gateway:
    """The gateway called `name`. Raises NotFound for an unknown name, PaymentMethodUnavailable without its key."""
    settings = runtime.current().settings
    if name != DEFAULT:
        raise NotFound
    if not settings.stripe_api_key:
        raise PaymentMethodUnavailable
    return _stripe(settings)
