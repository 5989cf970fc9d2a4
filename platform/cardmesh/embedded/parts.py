"""Our own processes: the simulators, the web server, the workers, and the tasks that run once before them."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from cardmesh.embedded.processes import Process
from cardmesh.embedded.sockets import answers, http_status

PYTHON = [sys.executable, "-P", "-m"]  # -P: never import from the working directory
WEB_PROCESSES = 2
WEB_THREADS = 64
"""As many as may work, wait and be refused at once: see `cardmesh.web.admission.THREADS`."""


class Parts:
    """Makes the processes of one installation; every one works in the data folder and logs to its `logs`."""

    def __init__(self, data: Path, environment: Mapping[str, str]) -> None:
        self._data = data
        self._environment = environment
        self._port = int(environment["PUBLIC_PORT"])

    def task(self, *command: str) -> Process:
        """`cardmesh COMMAND…`, to be run to its end."""
        return self._process(command[0], [*PYTHON, "cardmesh", *command])

    def simulators(self, ports: Mapping[str, int], *, stripe: bool) -> Process:
        """Gateways and mail servers on loopback `ports`; with `stripe`, events come to our own `/hooks/stripe`.

        Without, only the mail server is used: Stripe's stand-in must not know the real key then.
        """
        options = [f"--{name}-port={port}" for name, port in ports.items()]
        hook = f"http://127.0.0.1:{self._port}/hooks/stripe"
        options.append(f"--webhook-url={hook}" if stripe else "--stripe-key=sk_test_unused")
        process = self._process("sims", [*PYTHON, "cardmesh.sims", *options])
        process.ready = lambda: all(answers(port) for port in ports.values())
        return process

    def web(self) -> Process:
        """gunicorn on 127.0.0.1:PORT; ready once database, Redis and storage are."""
        serve = ["--bind", f"127.0.0.1:{self._port}", "--worker-class", "gthread", "--graceful-timeout", "5"]
        size = ["--workers", str(WEB_PROCESSES), "--threads", str(WEB_THREADS), "--timeout", "120"]
        scratch = ["--worker-tmp-dir", "/dev/shm"] if os.access("/dev/shm", os.W_OK) else []  # noqa: S108 - heartbeats
        process = self._process(
            "web", [*PYTHON, "gunicorn", "--no-control-socket", *serve, *size, *scratch, "cardmesh.app:create_wsgi()"]
        )
        process.ready_seconds = 180  # a first import on a busy or cold machine
        host = {"Host": f"{self._environment['BASE_HOST']}:{self._port}"}
        process.ready = lambda: http_status(self._port, "/readyz", host) == 200
        return process

    def worker(self) -> Process:
        """`cardmesh worker`: queues, sweeper and clockwork."""
        process = self._process("worker", [*PYTHON, "cardmesh", "worker"])
        process.grace_seconds = 20  # a job may finish; one that does not is run again by its lease
        return process

    def _process(self, name: str, argv: list[str]) -> Process:
        log = self._data / "logs" / f"{name}.log"
        return Process(name=name, argv=argv, log=log, env=self._environment, cwd=self._data)
