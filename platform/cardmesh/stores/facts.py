"""What is said about a store to others: its host, and the words of the site builder's snapshot."""

from typing import Any

from ..kit import runtime
from ..kit.ids import public_id
from .models import Store


def own_host(store: Store) -> str:
    """The store's subdomain, which is always its own."""
    return f"{store.handle}.{runtime.current().settings.base_host}"


def host_of(store: Store) -> str:
    """What the store calls itself by: its chosen domain while that is sound, else its subdomain."""
    return store.primary_host or own_host(store)


def store_facts(store: Store) -> dict[str, Any]:
    """The store as the site builder's snapshot tells it."""
    profile = {name: value for name, value in store.profile.items() if value is not None}
    locales = [store.locale, *(name for name in ("zh-CN", "en") if name != store.locale)]
    return {
        "id": public_id("sto", store.id),
        "handle": store.handle,
        "name": store.name,
        "url": runtime.current().settings.store_url(host_of(store)),
        "locale": store.locale,
        "locales": locales,
        "currency": store.currency,
        **profile,
    }
