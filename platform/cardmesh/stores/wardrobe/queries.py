"""Selects of uploaded themes."""

import uuid
from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, undefer

from ...kit.errors import NotFound
from .models import ThemeStatus, UploadedTheme


def list_themes(session: Session, *, tenant_id: uuid.UUID) -> Sequence[UploadedTheme]:
    """All of a tenant's, the newest first."""
    which = select(UploadedTheme).where(UploadedTheme.tenant_id == tenant_id)
    return session.scalars(which.order_by(UploadedTheme.id.desc())).all()


def count(session: Session, *, tenant_id: uuid.UUID) -> int:
    return session.scalar(select(func.count()).where(UploadedTheme.tenant_id == tenant_id)) or 0


def get_theme(session: Session, *, tenant_id: uuid.UUID, theme_id: uuid.UUID) -> UploadedTheme:
    """Raises NotFound."""
    if (found := session.get(UploadedTheme, (tenant_id, theme_id))) is None:
        raise NotFound
    return found


def wearable(session: Session, *, tenant_id: uuid.UUID, theme_id: uuid.UUID) -> UploadedTheme | None:
    """One that passed its check, with its contract."""
    which = select(UploadedTheme).where(
        UploadedTheme.tenant_id == tenant_id, UploadedTheme.id == theme_id, UploadedTheme.status == ThemeStatus.PASSED
    )
    return session.scalar(which.options(undefer(UploadedTheme.contract)))


def newest(session: Session, *, tenant_id: uuid.UUID) -> Sequence[UploadedTheme]:
    """Of each theme that passed its check the version uploaded last, with its contract."""
    which = select(UploadedTheme).where(
        UploadedTheme.tenant_id == tenant_id, UploadedTheme.status == ThemeStatus.PASSED
    )
    which = which.ext(distinct_on(UploadedTheme.handle)).order_by(UploadedTheme.handle, UploadedTheme.id.desc())
    return session.scalars(which.options(undefer(UploadedTheme.contract))).all()


def passed(session: Session, *, tenant_id: uuid.UUID, handle: str, version: str) -> bool:
    """Whether this version of this theme is there already."""
    which = select(UploadedTheme.id).where(
        UploadedTheme.tenant_id == tenant_id,
        UploadedTheme.handle == handle,
        UploadedTheme.version == version,
        UploadedTheme.status == ThemeStatus.PASSED,
    )
    return session.scalar(which) is not None
