"""A trail as a spreadsheet; times are UTC."""

import json
from collections.abc import Iterable, Iterator
from typing import IO

from ...kit.i18n import Text
from ...kit.sheets.writer import Cell, Column, Sheet, iter_csv, write_workbook
from ..models import AuditRecord

_TITLES = (
    (Text("时间（UTC）", "Time (UTC)"), 22),
    (Text("身份", "Kind of actor"), 14),
    (Text("谁", "Who"), 28),
    (Text("做了什么", "Did what"), 24),
    (Text("对象", "To what"), 16),
    (Text("对象编号", "Its id"), 38),
    (Text("详情", "Details"), 60),
    (Text("原因", "Why"), 30),
    (Text("IP", "IP"), 18),
)


def to_csv(rows: Iterable[AuditRecord], *, locale: str) -> Iterator[bytes]:
    """Piece by piece, utf-8 with a byte order mark."""
    return iter_csv((_row(row) for row in rows), _columns(locale))


def to_xlsx(target: IO[bytes], rows: Iterable[AuditRecord], *, locale: str) -> None:
    """A workbook of one sheet, written into `target`."""
    name = Text("操作记录", "Audit trail").render(locale)
    write_workbook(target, [Sheet(name, _columns(locale), (_row(row) for row in rows))])


def _columns(locale: str) -> list[Column]:
    return [Column(title.render(locale), width) for title, width in _TITLES]


def _row(row: AuditRecord) -> list[Cell]:
    return [
        row.at.strftime("%Y-%m-%d %H:%M:%S"),
        row.actor_kind,
        row.actor_name,
        row.action,
        row.subject,
        str(row.subject_id or ""),
        json.dumps(row.details, ensure_ascii=False, sort_keys=True) if row.details else "",
        row.reason,
        row.ip or "",
    ]
