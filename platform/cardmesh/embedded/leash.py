"""Run a command that dies with its parent: `python leash.py SIGNAL PARENT_PID COMMAND…`.

A process of its own instead of a `preexec_fn`, because Python code between fork and exec may deadlock in a
parent with threads. The kernel delivers SIGNAL when the parent ends for any reason, `kill -9` included;
elsewhere than on Linux the command simply starts, and the supervisor's own shutdown has to do.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    signal_number, parent, command = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0)
    if os.getppid() != parent:  # it died before the kernel was told
        sys.exit(1)
    os.execvp(command[0], command)  # noqa: S606 - the caller's own argument list, no shell


if __name__ == "__main__":
    main()
