"""One thing the checker found, and how a list of them reads."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Level = Literal["fatal", "error", "warning", "suggestion"]
LEVELS: tuple[Level, ...] = ("fatal", "error", "warning", "suggestion")


@dataclass(frozen=True, slots=True)
class Finding:
    """`line` is 1-based, 0 when the fault is the file's as a whole. `fix` says what to do about it."""

    level: Level
    family: str
    file: str
    line: int
    message: str
    fix: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{self.level:10} {self.family:12} {place}: {self.message}" + (f" → {self.fix}" if self.fix else "")


def report(findings: Iterable[Finding]) -> str:
    """All findings, gravest first, and a closing line with the counts."""
    rows = sorted(findings, key=lambda f: (LEVELS.index(f.level), f.family, f.file, f.line))
    counts = {level: sum(f.level == level for f in rows) for level in LEVELS}
    closing = ", ".join(f"{count} {level}" for level, count in counts.items() if count) or "no findings"
    return "\n".join([*map(str, rows), closing])


def line_of(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1
