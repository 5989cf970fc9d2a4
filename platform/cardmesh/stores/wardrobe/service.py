"""Upload a theme, have it checked, take it away. Versions are immutable: another package is another version."""

import hashlib
import json
import logging
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy.orm import Session

from site_builder.apart import Inspected, inspect_apart
from site_builder.check import Finding
from site_builder.package import MAX_PACKAGE

from ...identity.audit import service as audit
from ...kit import clock, runtime, tenancy
from ...kit.db import transaction
from ...kit.ids import new_id, public_id
from ...kit.jobs import outbox
from ...kit.tenancy import Actor
from .. import queries as stores
from . import queries
from .errors import PackageTooLarge, ThemeLimit, ThemeWorn
from .models import ThemeStatus, UploadedTheme

log = logging.getLogger("cardmesh.stores")

MOST_THEMES = 60
GRAVE = ("fatal", "error")
MOST_FINDINGS = 500


def upload(*, tenant_id: uuid.UUID, package: bytes, actor: Actor) -> UploadedTheme:
    """Keep a package and have it checked. Opens its own transaction; stores the object before it.

    Raises PackageTooLarge, ThemeLimit, Unavailable.
    """
    if len(package) > MAX_PACKAGE:
        raise PackageTooLarge(megabytes=MAX_PACKAGE // 1024 // 1024)
    theme_id = new_id()
    runtime.current().storage.put(object_key(tenant_id, theme_id), package, "application/zip")
    with transaction(tenancy.tenant(tenant_id, actor)) as session:
        if queries.count(session, tenant_id=tenant_id) >= MOST_THEMES:
            raise ThemeLimit(most=MOST_THEMES)
        digest = hashlib.sha256(package).hexdigest()
        row = UploadedTheme(
            tenant_id=tenant_id, id=theme_id, status=ThemeStatus.CHECKING, sha256=digest, size=len(package)
        )
        session.add(row)
        session.flush()
        outbox.send(session, "themes.check", tenant_id=tenant_id, theme_id=theme_id)
        _record(session, row, "uploaded")
    return row


def run_check(*, tenant_id: uuid.UUID, theme_id: uuid.UUID) -> UploadedTheme | None:
    """Check what was uploaded, in a child with limits; None when that was done, or the theme is gone."""
    with transaction(tenancy.tenant(tenant_id)) as session:
        row = session.get(UploadedTheme, (tenant_id, theme_id))
        if row is None or row.status != ThemeStatus.CHECKING:
            return None
    seen = inspect_apart(package_of(row))
    with transaction(tenancy.tenant(tenant_id)) as session:
        row = session.get(UploadedTheme, (tenant_id, theme_id), with_for_update=True)
        if row is None or row.status != ThemeStatus.CHECKING:
            return None
        _close(session, row, seen)
    log.info("theme %s of tenant %s: %s, %s findings", theme_id, tenant_id, row.status, len(row.findings))
    return row


def remove(*, tenant_id: uuid.UUID, theme_id: uuid.UUID, actor: Actor) -> None:
    """Raises NotFound, ThemeWorn."""
    with transaction(tenancy.tenant(tenant_id, actor)) as session:
        row = queries.get_theme(session, tenant_id=tenant_id, theme_id=theme_id)
        if stores.wearers(session, tenant_id=tenant_id, theme=public_id("thm", theme_id)):
            raise ThemeWorn
        _record(session, row, "removed")
        session.delete(row)
    runtime.current().storage.delete(object_key(tenant_id, theme_id))


def package_of(row: UploadedTheme) -> bytes:
    """What was uploaded. Call outside any transaction. Raises FileNotFoundError for contents that are not those."""
    package = runtime.current().storage.get(object_key(row.tenant_id, row.id))
    if package is None or hashlib.sha256(package).hexdigest() != row.sha256:
        raise FileNotFoundError(object_key(row.tenant_id, row.id))
    return package


def object_key(tenant_id: uuid.UUID, theme_id: uuid.UUID) -> str:
    return f"themes/{public_id('ten', tenant_id)}/{public_id('thm', theme_id)}.zip"


def _close(session: Session, row: UploadedTheme, seen: Inspected) -> None:
    """What was found, and whether it may be worn."""
    manifest = _manifest(seen.contract)
    row.handle, row.version = _plain(seen.handle, 40), _plain(manifest.get("version", ""), 40)
    named = manifest.get("name")
    row.name = {_plain(k, 10): _plain(v, 80) for k, v in named.items()} if isinstance(named, Mapping) else {}
    findings = [*seen.findings]
    if queries.passed(session, tenant_id=row.tenant_id, handle=row.handle, version=row.version):
        findings.append(
            Finding("error", "manifest", "theme.json", 0, f"version {row.version} was uploaded before",
                    "raise `version` in theme.json")
        )  # fmt: skip
    refused = any(finding.level in GRAVE for finding in findings)
    row.findings = _kept(findings)
    row.contract = {} if refused else seen.contract
    row.status, row.checked_at = (ThemeStatus.REFUSED if refused else ThemeStatus.PASSED), clock.now()
    session.flush()


def _kept(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    rows = [asdict(finding) for finding in findings[:MOST_FINDINGS]]
    return [
        {key: _plain(value, 1000) if isinstance(value, str) else value for key, value in row.items()} for row in rows
    ]


def _plain(value: object, most: int) -> str:
    """A stranger's text as the database can hold it: without NUL and half characters."""
    return str(value).replace("\x00", "").encode("utf-8", "replace").decode()[:most]


def _manifest(contract: Mapping[str, str]) -> Mapping[str, Any]:
    """theme.json, of a theme that may be anything."""
    try:
        found = json.loads(contract.get("theme.json", "{}"))
    except ValueError:
        found = {}
    return found if isinstance(found, dict) else {}


def _record(session: Session, row: UploadedTheme, verb: str) -> None:
    audit.record(
        session,
        party_id=row.tenant_id,
        action=f"theme.{verb}",
        subject="theme",
        subject_id=row.id,
        details={"handle": row.handle, "version": row.version, "size": row.size, "sha256": row.sha256},
    )
