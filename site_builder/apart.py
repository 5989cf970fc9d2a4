"""The theme check in a process with limits: a stranger's theme may loop, but only there and not for long."""

import json
import os
import resource
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from site_builder.check import Finding, check

SECONDS = 60
MEMORY = 1024 * 1024 * 1024


def check_apart(folder: Path, *, seconds: int = SECONDS, memory: int = MEMORY) -> list[Finding]:
    """`check(folder)` by a child that may use `seconds` of processor and `memory` bytes, and can write no file.

    A child that dies of its limits is a fatal finding. Its environment is empty: no secret of ours is near it.
    """
    command = [sys.executable, "-m", "site_builder.apart", str(folder.resolve()), str(seconds), str(memory)]
    root = Path(__file__).resolve().parent.parent
    environment = {"PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        answer = subprocess.run(command, capture_output=True, env=environment, cwd=root, timeout=3 * seconds)
    except subprocess.TimeoutExpired:
        return [_fatal(f"the check did not end within {3 * seconds} seconds")]
    if answer.returncode:
        return [_fatal(f"the check needs more than {seconds} s of processor or {memory // 1024 // 1024} MB of memory")]
    return [Finding(**row) for row in json.loads(answer.stdout)]


def _fatal(message: str) -> Finding:
    return Finding("fatal", "render", "theme", 0, message, "shorten loops and what they write")


def _limit(seconds: int, memory: int) -> None:
    for what, most in (
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        resource.setrlimit(what, (most, most))


def main(arguments: list[str]) -> int:
    """The child: folder, seconds, bytes. Limits first, the theme after."""
    folder, seconds, memory = arguments
    _limit(int(seconds), int(memory))
    os.nice(10)
    sys.stdout.write(json.dumps([asdict(finding) for finding in check(Path(folder))]))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
