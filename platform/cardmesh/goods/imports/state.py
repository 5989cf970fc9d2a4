"""Where a run stands, as stored in `Import.cursor`: enough to go on behind the last batch in another process."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ...kit.sheets import Cursor
from .parse import KeyLayout


@dataclass(slots=True)
class Standing:
    """`line` is the last line that is done, `offset` the byte behind it (csv).

    `today` decides what has expired, the same on every day of a long import. `refused_offers` are lines whose offer
    was refused, so that the keys below them are refused after a resume too. `issues` counts those recorded.
    """

    today: date
    line: int = 0
    offset: int = 0
    layout: KeyLayout | None = None
    refused_offers: list[int] = field(default_factory=list)
    issues: int = 0

    @property
    def cursor(self) -> Cursor | None:
        """Where a reader of keys goes on; None at the start."""
        return Cursor(self.line + 1, self.offset) if self.line else None

    def to_json(self) -> dict[str, Any]:
        layout = {"columns": self.layout.columns, "label": self.layout.label} if self.layout else None
        return {
            "today": self.today.isoformat(),
            "line": self.line,
            "offset": self.offset,
            "layout": layout,
            "refused_offers": self.refused_offers,
            "issues": self.issues,
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any], today: date) -> "Standing":
        """The stored standing; a fresh one from an empty cursor."""
        if not stored:
            return cls(today)
        layout = stored["layout"]
        return cls(
            date.fromisoformat(stored["today"]),
            stored["line"],
            stored["offset"],
            KeyLayout(layout["columns"], layout["label"]) if layout else None,
            list(stored["refused_offers"]),
            stored["issues"],
        )
