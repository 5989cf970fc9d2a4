"""The files of the project: what git tracks or would track, or in an export every file outside the made folders."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MADE = {".git", ".venv", "var", "node_modules", "__pycache__", ".pytest_cache", ".ruff_cache"}
CODE = ("platform/cardmesh", "site_builder", "workers")


def files() -> list[Path]:
    """Relative paths, sorted."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True
    )
    if listed.returncode == 0:
        names = {Path(name) for name in listed.stdout.decode().split("\0") if name}
        return sorted(name for name in names if (ROOT / name).is_file())
    found = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
    return sorted(path for path in found if not MADE & set(path.parts))


def texts() -> dict[Path, str]:
    """Every file that is text, by its relative path."""
    found: dict[Path, str] = {}
    for path in files():
        raw = (ROOT / path).read_bytes()
        if b"\0" not in raw:
            found[path] = raw.decode("utf-8", errors="replace")
    return found
