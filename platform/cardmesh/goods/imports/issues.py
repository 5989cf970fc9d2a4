"""Refused lines: recorded up to a bound, shown in both languages."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ...kit.errors import MeshError
from ...kit.i18n import Text
from ...kit.sheets import errors as sheet_errors
from ..catalog import errors as catalog_errors
from ..inventory import errors as inventory_errors
from ..models import ImportIssue
from ..offers import errors as offer_errors
from . import errors, problems

MAX_ISSUES = 10_000
"""Lines recorded of one import; the rest is counted."""

KEY_DUPLICATE = "import_key_duplicate"
_TEXTS: dict[str, Text] = {
    KEY_DUPLICATE: Text("卡密重复：已上传过", "A duplicate: this key has been uploaded before"),
}


def _known() -> dict[str, type[MeshError]]:
    """Every refusal of the verbs an import calls, by code."""
    found: dict[str, type[MeshError]] = {}
    for module in (sheet_errors, catalog_errors, inventory_errors, offer_errors, errors):
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, MeshError):
                found.setdefault(value.code, value)
    return found


_REFUSALS = _known()


@dataclass(frozen=True, slots=True)
class Issue:
    """What is wrong with one line; `params` fill the message and never hold a key."""

    line: int
    code: str
    params: Mapping[str, object]

    def message(self, locale: str) -> str:
        return render(self.code, self.params, locale)


def render(code: str, params: Mapping[str, object], locale: str) -> str:
    """The message of a stored code; an unknown code (of an older version) is shown as it is."""
    if text := _TEXTS.get(code):
        return text.render(locale, **params)
    if code in problems.TEXTS:
        return problems.render(code, params, locale)
    refusal = _REFUSALS.get(code)
    return refusal.text.render(locale, **params) if refusal else code


def of_refusal(line: int, refusal: MeshError) -> Issue:
    """A verb's refusal as a line's issue."""
    return Issue(line, refusal.code, {name: _plain(value) for name, value in refusal.params.items()})


def _plain(value: object) -> object:
    return value if isinstance(value, (str, int)) else str(value)


def record(session: Session, supplier_id: uuid.UUID, import_id: uuid.UUID, issues: Iterable[Issue]) -> None:
    """Store issues; the same code twice on a line is one."""
    key = {"supplier_id": supplier_id, "import_id": import_id}
    rows = [key | {"line": one.line, "code": one.code, "params": dict(one.params)} for one in issues]
    if rows:
        session.execute(insert(ImportIssue).on_conflict_do_nothing(), rows)


def listed(session: Session, *, import_id: uuid.UUID, after_line: int = -1, limit: int = 100) -> Sequence[Issue]:
    """Recorded issues by line, from behind `after_line`. Line 0 is about the file as a whole."""
    query = select(ImportIssue).where(ImportIssue.import_id == import_id, ImportIssue.line > after_line)
    rows = session.scalars(query.order_by(ImportIssue.line, ImportIssue.code).limit(limit)).all()
    return [Issue(row.line, row.code, row.params) for row in rows]
