"""Processor time of a process and all its descendants: on a machine that others use too it says more than the clock."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")
IDLE_SHARE = 0.05
SETTLE_SECONDS = 1800


PARTS = {"gunicorn": "web", "postgres": "database"}
REST = "rest"


def seconds(root: int) -> dict[str, float]:
    """Spent so far by `root` and its living descendants, with what their ended children spent: web, database, rest."""
    parents: dict[int, int] = {}
    spent: dict[int, int] = {}
    for pid, fields in _processes():
        parents[pid] = int(fields[1])
        spent[pid] = sum(int(ticks) for ticks in fields[11:15])
    family = {root}
    while found := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= found
    total = dict.fromkeys((*PARTS.values(), REST), 0.0)
    for pid in family:
        total[_part(pid)] += spent.get(pid, 0) / _TICK
    return total


def settle(root: int) -> None:
    """Until `root` and its descendants rest: what a bench has set up (stores to build, keys to log) is done with.

    Raises TimeoutError when they are still busy after half an hour.
    """
    until = time.monotonic() + SETTLE_SECONDS
    rests = 0
    while rests < 2:
        if time.monotonic() > until:
            raise TimeoutError("the installation did not come to rest")
        before = sum(seconds(root).values())
        time.sleep(1)
        rests = rests + 1 if sum(seconds(root).values()) - before < IDLE_SHARE else 0


def _part(pid: int) -> str:
    try:
        command = Path(f"/proc/{pid}/cmdline").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return REST
    return next((part for name, part in PARTS.items() if name in command), REST)


def _processes() -> Iterator[tuple[int, list[str]]]:
    """Process ids with their fields of /proc/PID/stat from the state on, which follows the name in parentheses."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                stat = (folder / "stat").read_text()
            except (FileNotFoundError, ProcessLookupError):  # it ended meanwhile
                continue
            yield int(folder.name), stat.rpartition(")")[2].split()
