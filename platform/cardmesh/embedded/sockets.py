"""Places for services to listen: Unix sockets in private folders, loopback ports for the rest."""

import contextlib
import http.client
import json
import os
import socket
import tempfile
from collections.abc import Mapping
from pathlib import Path

LONGEST_SOCKET_PATH = 107
"""Bytes in `sockaddr_un` less the final zero; the kernel refuses longer ones."""


def socket_folder(preferred: Path, longest_name: str) -> Path:
    """A folder only we may enter: `preferred` when a socket fits there, else a fresh temporary one.

    A comma does not fit either: libpq takes it for the end of a host name.
    """
    address = os.fsencode(preferred.absolute() / longest_name)
    if len(address) <= LONGEST_SOCKET_PATH and b"," not in address:
        preferred.mkdir(mode=0o700, parents=True, exist_ok=True)
        preferred.chmod(0o700)
        return preferred.absolute()
    for base in (tempfile.gettempdir(), "/tmp"):  # noqa: S108 - mkdtemp makes it private
        if len(os.fsencode(base)) + len("/cardmesh-12345678/") + len(longest_name) <= LONGEST_SOCKET_PATH:
            break
    return Path(tempfile.mkdtemp(prefix="cardmesh-", dir=base))


def free_ports(count: int) -> list[int]:
    """Loopback ports that nobody listens on now, all different."""
    held = [socket.socket() for _ in range(count)]
    try:
        for one in held:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in held]
    finally:
        for one in held:
            one.close()


def bindable(port: int) -> bool:
    """True when we may listen on the loopback port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def answers(port: int) -> bool:
    """True when something on this machine accepts connections on the loopback port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def lasting_ports(file: Path, names: list[str]) -> dict[str, int]:
    """A loopback port per name, the same at every start as long as nobody else took one meanwhile.

    Kept as JSON in `file`: addresses that clients or stored state remember stay true over a restart.
    """
    known: dict[str, int] = json.loads(file.read_text()) if file.exists() else {}
    if sorted(known) != sorted(names) or any(answers(port) for port in known.values()):
        known = dict(zip(names, free_ports(len(names)), strict=True))
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.write_text(json.dumps(known))
    return known


def http_status(port: int, path: str, headers: Mapping[str, str] | None = None) -> int | None:
    """The status of a GET on the loopback port, None when nobody answers in HTTP."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    with contextlib.closing(connection):
        try:
            connection.request("GET", path, headers=dict(headers or {}))
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return None
