"""Test mode of a store: a signed link turns it on in one browser, for an hour. Nothing is stored.

Who has the link can do no harm: a trial takes no goods and moves no money (see `trade.trials`).
"""

import hmac
import uuid
from datetime import timedelta

from ..identity.people import links
from ..kit import clock, runtime
from .facts import host_of
from .models import Store

PATH = "/-/trial/"
LASTS = timedelta(hours=1)


def link(store: Store) -> str:
    """The address that turns test mode on, at the name under which the store is read."""
    expires = int((clock.now() + LASTS).timestamp())
    address = runtime.current().settings.store_url(store.primary_host or host_of(store))
    return f"{address}{PATH}{expires}.{_sign(store.id, expires)}"


def is_good(token: str, store_id: uuid.UUID) -> bool:
    """Whether we signed it for this store, and its hour is not over."""
    stamp, _, signature = token.partition(".")
    expires = links.moment(stamp)
    good = hmac.compare_digest(_sign(store_id, expires).encode(), signature.encode())
    return good and expires > clock.now().timestamp()


def _sign(store_id: uuid.UUID, expires: int) -> str:
    return links.sign(f"trial|{store_id}|{expires}")
