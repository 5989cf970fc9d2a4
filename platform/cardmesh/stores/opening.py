"""A distributor in one step: tenant, owner, first API key, store and first build, in one transaction."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from ..identity.api_keys import service as api_keys
from ..identity.models import Party, Person, Tenant
from ..identity.people import service as people
from ..identity.tenants import service as tenants
from .models import Store
from .service import open_store


@dataclass(frozen=True)
class Opened:
    """What was made; `api_key` is shown once."""

    tenant: Tenant
    store: Store
    owner: Person
    api_key: str


@dataclass(frozen=True)
class Shop:
    """A tenant and its first store."""

    tenant: Tenant
    store: Store


def open_tenant(
    session: Session,
    *,
    name: str,
    handle: str,
    owner_email: str,
    theme: str = "classic",
    preset: str | None = None,
    locale: str = "zh-CN",
    tier: str = "VIP1",
) -> Opened:
    """A shop, its owner, who gets a letter, and the first API key. Raises what `open_shop` raises."""
    shop = open_shop(session, name=name, handle=handle, theme=theme, preset=preset, locale=locale, tier=tier)
    owner = people.invite(session, email=owner_email, party=Party.DISTRIBUTOR, party_id=shop.tenant.id)
    key = api_keys.issue(session, party=Party.DISTRIBUTOR, party_id=shop.tenant.id, name="first key")
    return Opened(shop.tenant, shop.store, owner, key.secret)


def open_shop(
    session: Session,
    *,
    name: str,
    handle: str,
    theme: str = "classic",
    preset: str | None = None,
    locale: str = "zh-CN",
    tier: str = "VIP1",
) -> Shop:
    """Raises HandleInvalid, HandleReserved, HandleTaken, and what `open_store` raises. Nobody owns it yet."""
    tenant = tenants.create_tenant(session, name=name, handle=handle, tier=tier, locale=locale)
    store = open_store(session, tenant=tenant, name=name, theme=theme, preset=preset, locale=locale)
    return Shop(tenant, store)
