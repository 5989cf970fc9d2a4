"""A simulator of Stripe: its REST API for stripe-python, its hosted pay page, its signed webhooks.

Owns the wire, the objects and their life (sessions, intents, charges, refunds, disputes, transfers, payouts), the
mischief of `/_sim/…`, and its state in one SQLite file. Leaves the shop to the shop: it knows no order of ours.

    with running_sim(webhook_url=…, webhook_secret=…) as url:
        client = stripe.StripeClient(KEY, base_addresses={"api": url})
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..serve import running
from .app import StripeSim
from .config import SimConfig

__all__ = ["SimConfig", "StripeSim", "create_sim", "running_sim"]


def create_sim(**options: Any) -> StripeSim:
    """A WSGI application with its threads running; `close()` stops them. Options are SimConfig's fields."""
    return StripeSim(SimConfig(**options))


@contextmanager
def running_sim(port: int = 0, **options: Any) -> Iterator[str]:
    """Serve a simulator on loopback (a free port unless given) while the block runs; yields its base URL."""
    sim = create_sim(**options)
    try:
        with running(sim, port) as url:
            yield url
    finally:
        sim.close()
