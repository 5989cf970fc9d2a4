"""Processor time of a process and all its descendants: on a machine that others use too it says more than the clock."""

import os
from collections.abc import Iterator
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")


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
