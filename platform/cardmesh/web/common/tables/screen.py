"""A list as an answer: its page, or the file that the address asks for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from ....kit.db import transaction
from ....kit.tenancy import Scope
from ..assets import with_args
from ..console import may, render, scope
from . import files
from .columns import Column
from .filters import Options
from .table import Asked, Bulk, Table

More = Callable[[Session, "Shown"], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Shown:
    """One page of a list as the template draws it."""

    table: Table
    asked: Asked
    rows: Sequence[Any]
    above: str | None
    below: str | None
    options: Mapping[str, Options]

    @property
    def columns(self) -> Sequence[Column]:
        return [one for one in self.table.columns if not one.only_file]

    @property
    def narrowed(self) -> bool:
        return bool(self.asked.values)

    @property
    def bulk(self) -> Bulk | None:
        """What this person may do to many of these rows."""
        bulk = self.table.bulk
        return bulk if bulk and self.rows and may(*bulk.roles) else None

    @property
    def inside(self) -> bool:
        """Not on the first page."""
        return self.asked.after is not None or self.asked.before is not None

    def at(self, **changes: str | None) -> str:
        """The address of this screen with some of the list's parameters changed; None drops one."""
        return with_args(**{self.table.prefix + name: value for name, value in changes.items()})

    def by(self, column: Column) -> str:
        """The address of this list in the order of a column; of one that it is in order of, the other way round."""
        here = self.asked.sort == column.name
        sort = column.name if here and self.asked.descending else f"-{column.name}"
        return self.at(sort=sort, after=None, before=None)


def show(session: Session, table: Table) -> Shown:
    """One page of a list, as the address asks. Raises ValidationFailed for a cursor that is none of its."""
    asked = table.asked()
    found = table.source(session, table, asked, table.page)
    options = {one.name: one.options(session) for one in table.filters if one.options}
    return Shown(table, asked, table.dress(session, found.rows), found.above, found.below, options)


def screen(
    *tables: Table,
    template: str = "common/list.html",
    more: More | None = None,
    reader: Scope | None = None,
    **context: Any,
) -> ResponseReturnValue:
    """A page of one or more lists, or the file of the one whose `format` is asked. `more` reads what else it shows.

    In the template the first list is `shown`, all of them are `lists` by name. `reader`: whose rows, when they are not
    those of the signed-in person's own scope.
    """
    reader = reader or scope()
    for table in tables:
        if kind := table.file():
            with transaction(reader) as session:
                return files.answer(session, table, kind)
    with transaction(reader) as session:
        shown = [show(session, table) for table in tables]
        besides = dict(more(session, shown[0])) if more else {}
    return render(
        template, shown=shown[0], lists={one.table.name: one for one in shown}, **context, **besides
    )
