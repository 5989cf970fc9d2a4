"""Secrets of one data folder: made once, kept in files that only their owner can read."""

import os
import secrets
from pathlib import Path


def secret_file(folder: Path, name: str, *, prefix: str = "", size_bytes: int = 32) -> Path:
    """The file `folder/name`; made on first use with `prefix` and random hex (0600 in a 0700 folder)."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    path = folder / name
    if not path.exists():
        write_private(path, prefix + secrets.token_hex(size_bytes))
    return path


def secret(folder: Path, name: str, *, prefix: str = "", size_bytes: int = 32) -> str:
    """The text of `secret_file`."""
    return secret_file(folder, name, prefix=prefix, size_bytes=size_bytes).read_text()


def write_private(path: Path, text: str) -> None:
    """Write whole or not at all, readable by the owner from the first byte on."""
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)
