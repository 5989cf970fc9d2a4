"""Which store answers for a host: exact names only, remembered for two seconds.

The answer to an unknown host is remembered as well, so that guessing names costs the database little.
"""

import re
import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from ..identity.models import Tenant
from ..kit import runtime, tenancy
from ..kit.db import transaction
from ..kit.runtime import Runtime
from . import queries
from .models import Store, StoreHost

REMEMBER_SECONDS = 2.0
REMEMBER_HOSTS = 20_000
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class StoreRef:
    """What a request on a store's host needs to know. `primary_host`: where its pages are read, when not here."""

    tenant_id: uuid.UUID
    store_id: uuid.UUID
    handle: str
    name: str
    currency: str
    locale: str
    status: str
    tenant_status: str
    primary_host: str | None = None
    embed_origins: Sequence[str] = ()
    """Sites that may frame the store's widget."""


class _Memory:
    """Answers of one installation, the least recently asked forgotten first. Thread-safe."""

    def __init__(self, owner: Runtime) -> None:
        self.owner = owner
        self.custom: frozenset[str] = frozenset()
        self.custom_until = 0.0
        self._answers: OrderedDict[str, tuple[float, StoreRef | None]] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, host: str) -> tuple[StoreRef | None, bool]:
        """(answer, whether there was one young enough)."""
        with self._lock:
            until, ref = self._answers.get(host, (0.0, None))
            return ref, until > time.monotonic()

    def keep(self, host: str, ref: StoreRef | None) -> None:
        with self._lock:
            self._answers[host] = time.monotonic() + REMEMBER_SECONDS, ref
            self._answers.move_to_end(host)
            while len(self._answers) > REMEMBER_HOSTS:
                self._answers.popitem(last=False)


    def take_renewal(self) -> bool:
        """Whether the proven domains were read too long ago; whoever hears so reads them, the others do not wait."""
        with self._lock:
            old = self.custom_until <= time.monotonic()
            if old:
                self.custom_until = time.monotonic() + REMEMBER_SECONDS
            return old


_memories: list[_Memory] = []


def resolve(host: str) -> StoreRef | None:
    """The store on exactly this host (lower case, no port), or None. Call outside any transaction."""
    memory = _memory()
    ref, known = memory.find(host)
    if known:
        return ref
    with transaction(tenancy.public()) as session:
        ref = lookup(session, host)
        if memory.custom_until <= time.monotonic():
            _learn_custom_hosts(session, memory)
    memory.keep(host, ref)
    return ref


def recall(host: str) -> tuple[bool, StoreRef | None]:
    """(whether there is a young answer about this host, the answer). Never asks the database."""
    ref, known = _memory().find(host)
    return known, ref


def lookup(session: Session, host: str) -> StoreRef | None:
    """`resolve` without the memory, in the caller's transaction."""
    row = session.execute(
        select(
            Store.tenant_id,
            Store.id,
            Store.handle,
            Store.name,
            Store.currency,
            Store.locale,
            Store.status,
            Tenant.status,
            Store.primary_host,
            Store.embed_origins,
        )
        .join(StoreHost, (StoreHost.tenant_id == Store.tenant_id) & (StoreHost.store_id == Store.id))
        .join(Tenant, Tenant.id == Store.tenant_id)
        .where(StoreHost.host == host)
    ).one_or_none()
    return StoreRef(*row) if row else None


def is_subdomain(host: str) -> bool:
    """Whether this is one label below our own name, so that it may be a store's."""
    label, _, rest = host.partition(".")
    return rest == _memory().owner.settings.base_host and _LABEL.fullmatch(label) is not None


def is_custom_host(host: str) -> bool:
    """Whether a distributor has proven this domain. Answers from memory alone, so an unknown host costs nothing.

    The memory is renewed by any store's request, and by `renew`; `learn_custom_hosts` fills it when a process starts.
    """
    return host in _memory().custom


def renew() -> None:
    """Read the proven domains again if that is two seconds ago: one question for all unknown hosts of that time.

    So a domain that was just proven is answered by every process. Call outside any transaction.
    """
    if _memory().take_renewal():
        with suppress(SQLAlchemyError):  # without a database what is remembered goes on
            learn_custom_hosts()


def learn_custom_hosts() -> None:
    """Read the proven domains now. Call outside any transaction."""
    with transaction(tenancy.public()) as session:
        _learn_custom_hosts(session, _memory())


def _learn_custom_hosts(session: Session, memory: _Memory) -> None:
    memory.custom = frozenset(queries.hosts_beside(session, memory.owner.settings.base_host))
    memory.custom_until = time.monotonic() + REMEMBER_SECONDS


def _memory() -> _Memory:
    """The memory of the installed runtime; another runtime starts with an empty one."""
    owner = runtime.current()
    if not _memories or _memories[0].owner is not owner:
        _memories[:] = [_Memory(owner)]
    return _memories[0]
