"""A whole installation to measure: `cardmesh up` on a folder, with all its parts in their own processes."""

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from ..app import create_app
from ..embedded import environment
from ..embedded.processes import Process
from ..embedded.sockets import free_ports, http_status
from ..settings import Settings

READY_SECONDS = 300
SERVICES = ("DATABASE_URL", "APP_DATABASE_URL", "REDIS_URL", "S3_BUCKET", "STRIPE_API_KEY", "SMTP_URL", "DATA_DIR")


@dataclass(frozen=True)
class Installation:
    """What runs, how to reach it, and an application in this process that shares its database."""

    pid: int
    port: int
    settings: Settings
    app: Flask


@contextlib.contextmanager
def installation(data: Path | None) -> Iterator[Installation]:
    """Start one on `data`, or on a folder that is thrown away; stopped at the end."""
    with contextlib.ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder = (data or scratch / "data").absolute()
        port = free_ports(1)[0]
        process = _process(folder, port, scratch / "up.log")
        process.start()
        stack.callback(process.stop)
        settings = Settings.from_env(environment.running(folder))
        app = create_app(settings)
        with app.app_context():
            yield Installation(process.pid or 0, port, settings, app)


def _process(folder: Path, port: int, log: Path) -> Process:
    command = ["cardmesh", "up", "--no-demo", "--port", str(port), "--data", str(folder)]
    return Process(
        name="cardmesh up",
        argv=[sys.executable, "-P", "-m", *command],
        log=log,
        env={name: value for name, value in os.environ.items() if name not in SERVICES},
        ready=lambda: http_status(port, "/readyz", {"Host": f"localhost:{port}"}) == 200,
        ready_seconds=READY_SECONDS,
        grace_seconds=90,
    )
