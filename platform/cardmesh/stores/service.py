"""Open and change stores."""

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from site_builder.snapshot import ThemeChoice

from ..identity.audit import service as audit
from ..identity.errors import HandleTaken
from ..identity.models import Tenant
from ..identity.tenants.rules import check_handle
from ..kit.ids import new_id
from . import history, look, publish
from .errors import CurrencyUnknown, VersionMismatch
from .facts import host_of, own_host, store_facts
from .models import Store, StoreHost
from .queries import get_store, list_stores

__all__ = ["first_store", "get_store", "host_of", "list_stores", "open_store", "update_store"]

CURRENCIES = ("CNY", "USD", "EUR", "HKD", "JPY")
LOOK = ("theme", "preset", "settings", "templates")
CHANGEABLE = frozenset({"name", "locale", "status", "profile", *LOOK})


def open_store(
    session: Session,
    *,
    tenant: Tenant,
    name: str,
    handle: str | None = None,
    theme: str = "classic",
    preset: str | None = None,
    locale: str = "zh-CN",
    currency: str = "CNY",
) -> Store:
    """A store on `<handle>.<base host>` (the tenant's own handle by default), with its first build on the way.

    Raises HandleTaken, HandleReserved, HandleInvalid, ThemeUnknown, LookInvalid, ProfileInvalid, CurrencyUnknown.
    """
    if currency not in CURRENCIES:
        raise CurrencyUnknown(currency=currency)
    handle = check_handle(handle or tenant.handle)
    store = Store(
        tenant_id=tenant.id,
        id=new_id(),
        handle=handle,
        name=name,
        locale=locale,
        currency=currency,
        theme=theme,
        preset=look.check(look.bundled(theme), ThemeChoice(handle=theme, preset=preset)),
        settings={},
        templates={},
        profile={},
    )
    look.check_profile(store_facts(store))
    try:
        with session.begin_nested():
            session.add(store)
            session.flush()
            session.add(StoreHost(tenant_id=tenant.id, host=own_host(store), store_id=store.id))
    except IntegrityError as error:
        raise HandleTaken(handle=handle) from error
    details = {"handle": handle, "theme": theme}
    audit.record(
        session, party_id=tenant.id, action="store.opened", subject="store", subject_id=store.id, details=details
    )
    history.record(session, store)
    publish.request_build(session, tenant_id=tenant.id, store_id=store.id, reason="store.opened")
    return store


def update_store(
    session: Session, *, store_id: uuid.UUID, changes: Mapping[str, Any], version: int | None = None
) -> Store:
    """Set some of name, locale, status, theme, preset, settings, templates, profile; `version`: the one the caller saw.

    `settings`, `templates` and `profile` replace the old ones as a whole. Another theme starts from its own preset,
    values and layouts where none are given; another version of the same one keeps the owner's as far as it knows them.
    Another look is a line of the history, and a draft that nobody had changed follows. Requests a build.
    Raises NotFound, VersionMismatch, ThemeUnknown, LookInvalid, ProfileInvalid.
    """
    if unknown := changes.keys() - CHANGEABLE:
        raise ValueError(f"not changeable: {sorted(unknown)}")
    store = get_store(session, store_id=store_id, lock=True)
    if version is not None and version != store.version:
        raise VersionMismatch(extra={"version": store.version})
    worn, dressing = look.choice_of(store), bool(changes.keys() & {*LOOK})
    if dressing:
        changes = {**_start(session, store, changes.get("theme") or store.theme), **changes}
    before = {name: getattr(store, name) for name in changes}
    for name, value in changes.items():
        setattr(store, name, value)
    with session.no_autoflush:
        if dressing:
            theme = look.theme_of(session, tenant_id=store.tenant_id, handle=store.theme)
            store.preset = look.check(theme, look.choice_of(store))
        look.check_profile(store_facts(store))
    store.version += 1
    session.flush()
    if look.choice_of(store) != worn:
        history.record(session, store, instead_of=worn)
    audit.record(
        session,
        party_id=store.tenant_id,
        action="store.changed",
        subject="store",
        subject_id=store.id,
        details={"before": before, "after": dict(changes)},
    )
    publish.request_build(session, tenant_id=store.tenant_id, store_id=store.id, reason="store.changed")
    return store


def _start(session: Session, store: Store, theme: str) -> dict[str, Any]:
    """What to begin with in another theme; in another version of the one that is worn, or that of today, the parts it
    would refuse, as it can wear them: a change of one must not fail by another.
    """
    old = look.theme_of(session, tenant_id=store.tenant_id, handle=store.theme)
    new = look.theme_of(session, tenant_id=store.tenant_id, handle=theme)
    if old.handle != new.handle:
        return {"preset": None, "settings": {}, "templates": {}}
    worn, now = look.choice_of(store), look.carried(new, look.choice_of(store))
    parts = ("preset", "settings", "templates")
    return {name: getattr(now, name) for name in parts if getattr(now, name) != getattr(worn, name)}


def first_store(session: Session, tenant_id: uuid.UUID) -> Store | None:
    """The store a tenant opened first."""
    return session.scalar(select(Store).where(Store.tenant_id == tenant_id).order_by(Store.id).limit(1))
