"""Places for services to listen: Unix sockets in private folders, loopback ports for the rest."""

import os
import socket
import tempfile
from pathlib import Path

LONGEST_SOCKET_PATH = 107
"""Bytes in `sockaddr_un` less the final zero; the kernel refuses longer ones."""


def socket_folder(preferred: Path, longest_name: str) -> Path:
    """A folder only we may enter: `preferred` when a socket fits there, else a fresh one in the temp folder."""
    if len(os.fsencode(preferred.absolute() / longest_name)) <= LONGEST_SOCKET_PATH:
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


def answers(port: int) -> bool:
    """True when something on this machine accepts connections on the loopback port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
