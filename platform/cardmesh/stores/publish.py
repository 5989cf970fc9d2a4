"""Pages made and switched: request a build, run it, go back to an earlier one.

One build of a store at a time, by an advisory lock held outside any transaction. What is requested while one waits
joins it; what is requested while one runs gets a build of its own, for the running one may have read too early.
"""

import logging
import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from sqlalchemy.orm import Session

from site_builder.apart import Budget, build_apart
from site_builder.build import BuildResult, Progress, Stats, build
from site_builder.errors import InputError, MissingBuild, RenderError
from site_builder.manifest import Manifest
from site_builder.memory import Memory
from site_builder.snapshot import Snapshot
from site_builder.target import Draft, Site

from ..identity.audit import service as audit
from ..kit import clock, runtime, tenancy
from ..kit.db import transaction
from ..kit.failpoints import reach
from ..kit.ids import new_id, parse_id, public_id
from ..kit.jobs import outbox
from ..kit.jobs.errors import RetryLater
from ..kit.locks import only_one
from ..kit.storage import ObjectStorage
from ..kit.tenancy import Actor
from . import look, queries
from .errors import NothingToRollBackTo
from .models import Build, BuildStatus
from .snapshot import snapshot
from .wardrobe import service as wardrobe
from .wardrobe.models import UploadedTheme

log = logging.getLogger("cardmesh.stores")

KEEP_BUILDS = 10
TURN_SECONDS = 1.0
PROGRESS_SECONDS = 1.0
MEND = "storage.mended"
"""The reason of a build that borrows nothing from the one before."""
PROCESSES = min(4, os.cpu_count() or 1)
APART = Budget(seconds=120)
"""What one build of a distributor's own theme may use."""
_memory = Memory()
"""One for all builds of this process."""


def site_of(store_id: uuid.UUID) -> Site:
    """The published pages of a store in the installation's storage."""
    return Site(runtime.current().storage, f"sites/{public_id('sto', store_id)}")


@lru_cache(maxsize=64)
def _working_site(storage: ObjectStorage, store_id: uuid.UUID) -> Site:
    """The site that builds of this process go to: it remembers the records it wrote, and what it found whole."""
    return Site(storage, f"sites/{public_id('sto', store_id)}")


def request_build(session: Session, *, tenant_id: uuid.UUID, store_id: uuid.UUID, reason: str) -> Build:
    """A build that will see what this transaction writes: the one that waits already, or a new one."""
    waiting = queries.lock_build(session, store_id=store_id, status=BuildStatus.QUEUED)
    if waiting is None:
        waiting = Build(tenant_id=tenant_id, id=new_id(), store_id=store_id, status=BuildStatus.QUEUED, reason=reason)
        session.add(waiting)
        session.flush()
    outbox.send(session, "stores.build", tenant_id=tenant_id, dedupe_key=f"stores.build:{store_id}", store_id=store_id)
    reach("build.requested")
    return waiting


def run_build(*, tenant_id: uuid.UUID, store_id: uuid.UUID) -> Build | None:
    """Make and publish what was requested; None when an earlier run did so already.

    Raises RetryLater while another build of the store runs, and what the storage raises; a theme or a snapshot that
    cannot be built is the build's own failure, kept in its row.
    """
    with _our_turn(store_id):
        with transaction(tenancy.tenant(tenant_id)) as session:
            row = _take(session, store_id)
            if row is None:
                return None
        try:
            reach("build.taken")
            stats = _make(row)
        except (InputError, RenderError) as error:
            return _close(row, BuildStatus.FAILED, failure=str(error)[:1000])
        except MissingBuild as error:
            return _mend(row, error)
        return _close(row, BuildStatus.PUBLISHED, stats=stats)


def rollback(*, tenant_id: uuid.UUID, store_id: uuid.UUID, to: str | None = None, actor: Actor = tenancy.SYSTEM) -> str:
    """Serve the build before the current one, or build `to`, at once. → its id.

    The next change of the catalog builds anew: a roll-back mends a page, a setting is mended in the settings.
    Raises NotFound, NothingToRollBackTo.
    """
    with transaction(tenancy.tenant(tenant_id)) as session:
        queries.get_store(session, store_id=store_id)
    if to is not None:
        parse_id("bld", to)
    try:
        current = site_of(store_id).rollback(to)
    except MissingBuild as error:
        raise NothingToRollBackTo from error
    with transaction(tenancy.tenant(tenant_id, actor)) as session:
        details = {"build": current}
        audit.record(
            session,
            party_id=tenant_id,
            action="store.rolled_back",
            subject="store",
            subject_id=store_id,
            details=details,
        )
    return current


def _take(session: Session, store_id: uuid.UUID) -> Build | None:
    """The build that waits, else one whose worker died (we hold the lock, so nobody runs it)."""
    row = queries.lock_build(session, store_id=store_id, status=BuildStatus.QUEUED)
    row = row or queries.lock_build(session, store_id=store_id, status=BuildStatus.RUNNING)
    if row is not None:
        row.status = BuildStatus.RUNNING
        session.flush()
        queries.drop_superseded(session, store_id=store_id, newest=row.id)
    return row


def _make(row: Build) -> Stats:
    """Snapshot, build over the previous build, publish, clear away old ones. No transaction is open while it writes."""
    site, build_id = _working_site(runtime.current().storage, row.store_id), public_id("bld", row.id)
    previous = None if row.reason == MEND else site.record(site.current())
    with transaction(tenancy.tenant(row.tenant_id)) as session:
        store = queries.get_store(session, store_id=row.store_id)
        state = snapshot(session, store=store)
        uploaded = look.uploaded(session, tenant_id=row.tenant_id, handle=state.theme.handle)
    draft = site.draft(build_id, previous)
    told = _Progress(row)
    result = _built(state, uploaded, draft, previous.manifest if previous else None, told)
    draft.finish(result.manifest)
    reach("build.made")
    site.publish(build_id)
    reach("build.published")
    site.prune(KEEP_BUILDS)
    return result.stats


class _Progress:
    """Keeps in the build's row how many files are done, each second: the console shows it meanwhile."""

    def __init__(self, row: Build) -> None:
        self.tenant_id, self.build_id = row.tenant_id, row.id
        self.next = time.monotonic() + PROGRESS_SECONDS

    def __call__(self, done: int, total: int) -> None:
        if time.monotonic() < self.next:
            return
        self.next = time.monotonic() + PROGRESS_SECONDS
        with transaction(tenancy.tenant(self.tenant_id)) as session:
            row = session.get_one(Build, (self.tenant_id, self.build_id))
            row.pages, row.rendered = total, done


def _built(
    state: Snapshot, uploaded: UploadedTheme | None, draft: Draft, previous: Manifest | None, told: Progress
) -> BuildResult:
    """Our own themes run here; a distributor's runs apart, where it can hurt neither us nor another store."""
    if uploaded:
        package = wardrobe.package_of(uploaded)
        return build_apart(state, package, sink=draft, previous=previous, budget=APART, progress=told)
    theme = look.bundled(state.theme.handle)
    return build(state, theme, sink=draft, previous=previous, processes=PROCESSES, memory=_memory, progress=told)


def _mend(row: Build, error: MissingBuild) -> Build:
    """The storage has lost contents that the pages of before lent us: make every page anew. Raises if that fails."""
    if row.reason == MEND:
        raise error
    with transaction(tenancy.tenant(row.tenant_id)) as session:
        request_build(session, tenant_id=row.tenant_id, store_id=row.store_id, reason=MEND)
    return _close(row, BuildStatus.FAILED, failure="contents are missing in the storage")


def _close(row: Build, status: BuildStatus, *, stats: Stats | None = None, failure: str | None = None) -> Build:
    with transaction(tenancy.tenant(row.tenant_id)) as session:
        row = session.get_one(Build, (row.tenant_id, row.id))
        row.status, row.failure, row.finished_at = status, failure, clock.now()
        if stats:
            row.pages, row.rendered = stats.pages, len(stats.made)
    reach("build.closed")
    log.info("build %s of store %s: %s, %s pages, %s files made", row.id, row.store_id, status, row.pages, row.rendered)
    return row


@contextmanager
def _our_turn(store_id: uuid.UUID) -> Iterator[None]:
    with only_one(f"cardmesh build {store_id}") as ours:
        if not ours:
            raise RetryLater(TURN_SECONDS, "another build of this store runs")
        yield
