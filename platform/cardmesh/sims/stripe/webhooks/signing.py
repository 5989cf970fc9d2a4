"""Stripe's webhook signature: `t=<unix>,v1=<hex HMAC-SHA256 of "t.payload">` under the endpoint's secret."""

import hashlib
import hmac


def signature_header(payload: str, secret: str, timestamp: int) -> str:
    """The `Stripe-Signature` header for this body at this (real) time."""
    digest = hmac.new(secret.encode(), f"{timestamp}.{payload}".encode(), hashlib.sha256)
    return f"t={timestamp},v1={digest.hexdigest()}"
