"""The data folder of one installation: recognised by a marker, held by one `cardmesh up` at a time.

DATA_DIR/.cardmesh          the marker, also the lock
DATA_DIR/pgdata valkey s3   what the services keep
DATA_DIR/secrets            made once (0700, files 0600)
DATA_DIR/logs run           logs by process; sockets
DATA_DIR/dev-credentials.json
"""

import contextlib
import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cardmesh.embedded.errors import DataFolderBusy, DataFolderUnusable

MARKER = ".cardmesh"
MARKER_TEXT = "The data of one Cardmesh installation. `cardmesh up --fresh` may delete this folder.\n"
PATIENCE_SECONDS = 20
"""How long the children of a killed `cardmesh up` may take to end before a new one gives up."""


@contextmanager
def held(folder: Path) -> Iterator[Path]:
    """Claim the folder for this process and its children; yields its absolute path.

    Raises `DataFolderUnusable` when it belongs to something else or cannot be written, `DataFolderBusy` when another
    `cardmesh up` runs on it.
    """
    folder = folder.expanduser().absolute()
    _claim(folder)
    with (folder / MARKER).open("r+") as marker:
        _lock(marker.fileno(), folder)
        marker.truncate()
        marker.write(f"{MARKER_TEXT}{os.getpid()}\n")
        marker.flush()
        os.set_inheritable(marker.fileno(), True)
        yield folder


def empty(folder: Path) -> None:
    """Delete everything in a held folder but the marker, which is our claim on it."""
    for entry in folder.iterdir():
        if entry.name == MARKER:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def _claim(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if (folder / MARKER).exists():
            return
        if any(folder.iterdir()):
            raise DataFolderUnusable(
                f"{folder} has files in it and is not a Cardmesh data folder (it has no {MARKER}). "
                "Choose an empty or a new folder with --data."
            )
        (folder / MARKER).write_text(MARKER_TEXT)
    except OSError as error:
        raise DataFolderUnusable(
            f"{folder} cannot be used as data folder: {error.strerror}. Choose another one with --data."
        ) from error


def _lock(descriptor: int, folder: Path) -> None:
    """Take the lock; children of a killed run hold it until the last of them has ended, so wait for those."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        with contextlib.suppress(BlockingIOError):
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        holder = _holder(folder)
        if (holder and _runs(holder)) or time.monotonic() > deadline:
            raise DataFolderBusy(
                f"{folder} is in use by another `cardmesh up` (process {holder or 'unknown'}). "
                "Stop it, or choose another folder with --data and another --port."
            )
        time.sleep(0.1)


def _holder(folder: Path) -> int | None:
    lines = (folder / MARKER).read_text().splitlines()
    return int(lines[-1]) if len(lines) > 1 and lines[-1].isdigit() else None


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    stat = Path(f"/proc/{pid}/stat")
    with contextlib.suppress(OSError):
        return stat.read_text().rpartition(")")[2].split()[0] != "Z"
    return True
