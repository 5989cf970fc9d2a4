"""The gateway behind a channel. Never called inside a transaction: it reads the account in one of its own."""

import threading
import uuid
from datetime import datetime
from functools import lru_cache

from ...kit import runtime, tenancy
from ...kit.db import transaction
from ...kit.errors import NotFound
from ...kit.ids import parse_id
from ...settings import Settings
from . import sealing
from .errors import PaymentMethodUnavailable
from .gateways.base import Gateway
from .gateways.registry import build
from .models import Merchant
from .rules import DEFAULT

MOST_KEPT = 512
_made: dict[tuple[Settings, uuid.UUID, datetime], Gateway] = {}
_lock = threading.Lock()


def gateway(channel: str = DEFAULT) -> Gateway:
    """One client for each account, made anew when its keys change: it keeps connections and its gateway's keys.

    Raises NotFound for a channel that never was, PaymentMethodUnavailable for the settings' Stripe without its key.
    """
    settings = runtime.current().settings
    if channel == DEFAULT:
        if not settings.stripe_api_key:
            raise PaymentMethodUnavailable
        return _configured(settings)
    kind, _, name = channel.partition("/")
    with transaction(tenancy.platform()) as session:
        merchant = session.get(Merchant, parse_id("mch", name))
        if merchant is None or merchant.gateway != kind:
            raise NotFound
        key = (settings, merchant.id, merchant.changed_at)
        if (known := _made.get(key)) is not None:
            return known
        secret = sealing.opened(session, merchant)
    made = build(kind, settings, public=merchant.public, secret=secret, hook=hook_url(channel))
    with _lock:
        if len(_made) >= MOST_KEPT:
            _made.clear()
        return _made.setdefault(key, made)


def hook_url(channel: str) -> str:
    """Where an account's messages are to be sent."""
    return f"{runtime.current().settings.public_url}/hooks/{channel}"


@lru_cache(maxsize=8)
def _configured(settings: Settings) -> Gateway:
    secret = {"secret_key": settings.stripe_api_key or "", "webhook_secret": settings.stripe_webhook_secret or ""}
    return build("stripe", settings, public={}, secret=secret, hook=hook_url(DEFAULT))
