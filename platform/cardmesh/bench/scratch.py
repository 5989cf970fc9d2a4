"""Where benches write what they throw away."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder in memory where there is one: a disk's journal would be most of what is measured."""
    shelf = MEMORY if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=shelf) as folder:
        yield Path(folder)
