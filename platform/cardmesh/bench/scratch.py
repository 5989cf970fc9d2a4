"""Where benches write what they throw away."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it


@contextmanager
def scratch(room: int = 0) -> Iterator[Path]:
    """A folder in memory where so many bytes are free: a disk's journal would be most of what is measured."""
    roomy = os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= room
    shelf = MEMORY if roomy else None
    with tempfile.TemporaryDirectory(dir=shelf) as folder:
        yield Path(folder)
