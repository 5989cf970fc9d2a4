"""Looking at processes and sockets from outside, through /proc: what a stranger on the machine would see."""

import contextlib
import ipaddress
import os
import re
import time
from collections.abc import Callable, Iterable
from pathlib import Path

LISTENING = "0A"


def eventually(condition: Callable[[], bool], seconds: float = 30) -> bool:
    """Poll until true; False only after far longer than it should ever take."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def runs(pid: int) -> bool:
    """False for the dead and for zombies that wait for a parent."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def descendants(pid: int) -> set[int]:
    """`pid` and everything it started that still runs under it."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    try:
        found = {int(child) for child in children.read_text().split()}
    except (FileNotFoundError, ProcessLookupError):
        return set()
    return {pid}.union(*(descendants(child) for child in found))


def listening(pids: Iterable[int]) -> set[tuple[str, int]]:
    """The addresses and ports on which these processes accept TCP connections."""
    inodes = {inode for pid in pids for inode in _socket_inodes(pid)}
    return {address for inode, address in _listeners() if inode in inodes}


def _socket_inodes(pid: int) -> set[str]:
    with contextlib.suppress(FileNotFoundError):  # the process ended meanwhile
        links = [_target(f"/proc/{pid}/fd/{number}") for number in os.listdir(f"/proc/{pid}/fd")]  # noqa: PTH208 - not paths
        return {found[1] for link in links if (found := re.fullmatch(r"socket:\[(\d+)\]", link))}
    return set()


def _target(link: str) -> str:
    """Where it points, or nothing: a busy process closes files between our list and our look."""
    try:
        return os.readlink(link)  # noqa: PTH115 - not paths
    except FileNotFoundError:
        return ""


def _listeners() -> Iterable[tuple[str, tuple[str, int]]]:
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == LISTENING:
                words, _, port = fields[1].partition(":")
                yield fields[9], (_address(words), int(port, 16))


def _address(words: str) -> str:
    """`/proc/net/tcp` writes each 32-bit word in the machine's (little-endian) order."""
    packed = b"".join(bytes.fromhex(words[at : at + 8])[::-1] for at in range(0, len(words), 8))
    return str(ipaddress.ip_address(packed))
