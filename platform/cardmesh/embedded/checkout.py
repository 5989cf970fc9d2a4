"""What only makes sense in a checkout of the project: its tests."""

import subprocess
import sys
from pathlib import Path

from cardmesh.embedded.errors import EmbeddedError

ROOT = Path(__file__).resolve().parents[3]


def test(arguments: list[str]) -> int:
    """The whole of `python3 run.py test`, which also installs what the tests need."""
    if not (ROOT / "run.py").exists():
        raise EmbeddedError("The tests come with a checkout of the project, not with the installed package.")
    return subprocess.run([sys.executable, str(ROOT / "run.py"), "test", *arguments]).returncode
