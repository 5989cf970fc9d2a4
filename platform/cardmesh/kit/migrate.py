"""Bring the schema up to date, as the owner role."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, text

import migrations

from ..settings import Settings


def owner_engine(settings: Settings) -> Engine:
    """A short-lived engine of the role that owns the schema; never used to serve requests."""
    return create_engine(driver_url(settings.database_url), pool_size=1)


def driver_url(url: str) -> str:
    """A `postgres://` or `postgresql://` URL with our driver named."""
    scheme, _, rest = url.partition("://")
    return f"postgresql+psycopg://{rest}" if scheme in ("postgres", "postgresql") else url


def config() -> Config:
    folder = Path(migrations.__file__).parent
    built = Config()
    built.set_main_option("script_location", str(folder).replace("%", "%%"))
    return built


def upgrade(settings: Settings, revision: str = "head") -> None:
    """Run all pending migrations in one transaction; two starts at once take turns on an advisory lock."""
    engine = owner_engine(settings)
    try:
        with engine.begin() as connection:
            connection.execute(text("select pg_advisory_xact_lock(hashtext('cardmesh migrate'))"))
            alembic = config()
            alembic.attributes["connection"] = connection
            command.upgrade(alembic, revision)
    finally:
        engine.dispose()


def is_restored(settings: Settings) -> bool:
    """Whether balances or log were kept by a server whose transaction ids this one has yet to come to (a restore)."""
    engine = owner_engine(settings)
    try:
        with engine.connect() as connection:
            return bool(connection.execute(text(_RESTORED)).scalar_one())
    finally:
        engine.dispose()


_RESTORED = """
select greatest(f.upto, s.upto) > pg_snapshot_xmax(pg_current_snapshot()) from ledger_fold f, log_state s
"""
