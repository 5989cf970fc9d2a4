"""The composition root: settings in; a Flask application, and the WSGI callable that gunicorn serves, out."""

import logging
from pathlib import Path
from typing import TypeVar

from apiflask import APIFlask
from flask import Flask
from sqlalchemy.exc import OperationalError

from . import tables
from .kit import failpoints, logs, runtime
from .kit.crypto.master import open_keyring
from .kit.crypto.vault import Vault
from .kit.db import db, follow_its_clock, ping_the_idle
from .kit.migrate import driver_url
from .kit.storage import open_storage
from .settings import APP_ROLE, Settings

log = logging.getLogger("cardmesh.app")

AppType = TypeVar("AppType", bound=Flask)


def create_app(settings: Settings | None = None) -> Flask:
    """The application without its web faces: database, vault, storage. Workers and commands run in its context."""
    return _equip(Flask("cardmesh", root_path=str(Path(__file__).parent), static_folder=None), settings)


def create_web(settings: Settings | None = None) -> APIFlask:
    """The application with every face. Workers and commands never import one."""
    from .web import faces
    from .web.admission import Admission
    from .web.hosts import HostSwitch
    from .web.tls_ask import TlsAsk

    settings = settings or Settings.from_env()
    app = APIFlask(
        "cardmesh",
        root_path=str(Path(__file__).parent / "web"),
        title="Cardmesh API",
        version="2026-11-22",
        spec_path="/v1/openapi.json",
        docs_path=None,
        json_errors=False,
    )
    _equip(app, settings)
    faces.register(app, settings)
    switched = Admission(HostSwitch(app.wsgi_app, settings, app.app_context))
    app.wsgi_app = TlsAsk(switched, settings.tls_ask_secret, app.app_context)
    return app


def create_wsgi() -> APIFlask:
    """What gunicorn serves."""
    app = create_web()
    with app.app_context():
        follow_its_clock()
        _learn_hosts()
    return app


def _learn_hosts() -> None:
    """A distributor's own domain is answered from the first request on; without a database, from when it is back."""
    from .stores import directory

    try:
        directory.learn_custom_hosts()
    except OperationalError:
        log.warning("the database is away: stores on domains of their own wait for it")


def _equip(app: AppType, settings: Settings | None) -> AppType:
    settings = settings or Settings.from_env()
    failpoints.arm_process(settings.fail_points, production=settings.env == "production")
    logs.configure()
    tables.load()
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=driver_url(settings.app_database_url or settings.database_url),
        SQLALCHEMY_ENGINE_OPTIONS=_engine_options(settings),
        MAX_CONTENT_LENGTH=1024 * 1024,
        MAX_FORM_MEMORY_SIZE=1024 * 1024,
    )
    app.json.sort_keys = False  # pyright: ignore[reportAttributeAccessIssue] - the default provider has it
    app.json.ensure_ascii = False  # pyright: ignore[reportAttributeAccessIssue]
    db.init_app(app)
    with app.app_context():
        ping_the_idle(db.engine)
    runtime.install(
        runtime.Runtime(settings=settings, vault=Vault(open_keyring(settings)), storage=open_storage(settings))
    )
    return app


def _engine_options(settings: Settings) -> dict[str, object]:
    """Serve as the app's role even when only the owner's URL is known: the connection gives up its rights.

    An error's text never quotes what a statement was given: it ends in logs and in the outbox. The connection used last
    is used next: its backend's plans are still in the processor's cache.
    """
    connect_args = {} if settings.app_database_url else {"options": f"-c role={APP_ROLE}"}
    pool: dict[str, object] = {"pool_size": 16, "max_overflow": 16, "pool_use_lifo": True}
    return pool | {"connect_args": connect_args, "hide_parameters": True}
