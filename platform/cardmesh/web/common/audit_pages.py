"""The audit trail, the same list in every console."""

import json

from flask import Blueprint
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from ...identity.audit import service as audit
from ...identity.models import AuditRecord
from ...kit.i18n import Text
from ...kit.tenancy import SYSTEM
from .console import person
from .names import actor_name
from .tables import Table, columns, empty, filters, listed, screen
from .trail import deed, thing
from .trail_details import pairs


def _about(action: str) -> ColumnElement[bool]:
    """A noun, or a whole `noun.verbed`."""
    below = AuditRecord.action.startswith(f"{action}.", autoescape=True)
    return or_(AuditRecord.action == action, below)


def _nouns(session: Session) -> list[tuple[str, str]]:
    return [(noun, thing(noun)) for noun in audit.nouns(session, person().party_id)]


def _who(row: AuditRecord) -> str:
    return actor_name(row.actor_kind) if row.actor_name in ("", SYSTEM.name) else row.actor_name


def _details(row: AuditRecord) -> str:
    return json.dumps(row.details, ensure_ascii=False, sort_keys=True) if row.details else ""


AUDIT = Table(
    name="audit",
    title=Text("操作记录", "Audit trail"),
    source=listed(lambda: select(AuditRecord).where(AuditRecord.party_id == person().party_id), AuditRecord.id),
    columns=(
        columns.time("at", "时间", "Time", lambda row: row.at, sort=AuditRecord.id),
        columns.text("kind", "身份", "Kind of actor", lambda row: actor_name(row.actor_kind), only_file=True),
        columns.text("who", "谁", "Who", _who),
        columns.text("deed", "做了什么", "Did what", lambda row: deed(row.action)),
        columns.code("action", "代码", "Code", lambda row: row.action, only_file=True),
        columns.text("subject", "对象", "To what", lambda row: row.subject, only_file=True),
        columns.text("subject_id", "对象编号", "Its id", lambda row: row.subject_id, only_file=True),
        columns.own("details", "详情", "Details", _details),
        columns.prose("reason", "原因", "Why", lambda row: row.reason),
        columns.text("ip", "IP 地址", "Address", lambda row: row.ip, roomy=True),
    ),
    filters=(
        filters.choice("action", "关于", "About", _nouns, _about),
        filters.words("who", "谁", "Who", lambda who: AuditRecord.actor_name.icontains(who, autoescape=True)),
        *filters.days(AuditRecord.at),
    ),
    empty=empty(
        "还没有记录",
        "Nothing recorded yet",
        "价格、权限与资金的每次变动都会留下记录。",
        "Every change of price, right and money leaves a record.",
    ),
)


def add_audit_pages(blueprint: Blueprint) -> None:
    """`/audit`."""

    @blueprint.get("/audit")
    def audit_list() -> ResponseReturnValue:
        return screen(AUDIT, template="common/audit.html", pairs=pairs)
