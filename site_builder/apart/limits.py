"""What a child gives up, and may never have back."""

import ctypes
import os
import resource

PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS = 4, 38
"""Linux, prctl(2)."""
STANDARD = 3
"""Descriptors of a process that has opened nothing: in, out, errors."""


def limit(seconds: int, memory: int) -> None:
    """From now on `seconds` of processor and `memory` bytes, and not a byte of output to any file."""
    for what, most in (
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        resource.setrlimit(what, (most, most))
    os.nice(10)


def lock() -> None:
    """Nothing can be opened any more: no file, no socket, no pipe. Whatever is needed must have been imported."""
    libc = ctypes.CDLL(None)
    if hasattr(libc, "prctl"):  # Linux: no way up by a set-user-id program, no other process may look in
        libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    os.closerange(STANDARD, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    resource.setrlimit(resource.RLIMIT_NOFILE, (STANDARD, STANDARD))
