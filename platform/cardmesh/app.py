"""The composition root: settings in; a Flask application, and the WSGI callable that gunicorn serves, out."""

from pathlib import Path

from flask import Flask

from . import tables
from .kit import runtime
from .kit.crypto.master import open_master_key
from .kit.crypto.vault import Vault
from .kit.db import db
from .kit.migrate import driver_url
from .kit.storage import open_storage
from .settings import APP_ROLE, Settings


def create_app(settings: Settings | None = None) -> Flask:
    """The application without its web faces: database, vault, storage. Workers and commands run in its context."""
    settings = settings or Settings.from_env()
    tables.load()
    app = Flask("cardmesh", root_path=str(Path(__file__).parent), static_folder=None)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=driver_url(settings.app_database_url or settings.database_url),
        SQLALCHEMY_ENGINE_OPTIONS=_engine_options(settings),
    )
    db.init_app(app)
    runtime.install(
        runtime.Runtime(
            settings=settings, vault=Vault(open_master_key(settings)), storage=open_storage(settings)
        )
    )
    return app


def _engine_options(settings: Settings) -> dict[str, object]:
    """Serve as the app's role even when only the owner's URL is known: the connection gives up its rights."""
    connect_args = {} if settings.app_database_url else {"options": f"-c role={APP_ROLE}"}
    return {"pool_size": 16, "max_overflow": 16, "pool_pre_ping": True, "connect_args": connect_args}
