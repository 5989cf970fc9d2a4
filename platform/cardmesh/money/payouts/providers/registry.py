"""Finds the provider of a method. Batch files have none: the operator's bank is asked by hand."""

from functools import lru_cache

from ....kit import runtime
from ....kit.errors import NotFound
from ....settings import Settings
from ...payments.errors import PaymentMethodUnavailable
from ..models import Method
from .base import PayoutProvider
from .stripe_connect import StripeConnect


@lru_cache(maxsize=8)
def _stripe(settings: Settings) -> StripeConnect:
    return StripeConnect(settings)


def provider(method: str) -> PayoutProvider:
    """Raises NotFound for a method without provider, PaymentMethodUnavailable without its key."""
    if method != Method.STRIPE:
        raise NotFound
    return connect()


def connect() -> StripeConnect:
    """The provider of connected accounts. Raises PaymentMethodUnavailable."""
    settings = runtime.current().settings
    if not settings.stripe_api_key:
        raise PaymentMethodUnavailable
    return _stripe(settings)
