"""Scratch files for secrets on their way: in memory, never on a disk where the system can do that (Linux)."""

import os
import tempfile
from typing import BinaryIO, cast


def scratch_file() -> BinaryIO:
    """A nameless, seekable file that is gone when closed. Elsewhere than on Linux an unlinked temporary file."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("cardmesh"), "w+b")
    return cast(BinaryIO, tempfile.TemporaryFile())
