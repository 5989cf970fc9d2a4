"""Lists: a screen declares columns, a query, filters; the page, sorting, paging and both files follow.

A screen is about ten lines: a `Table` of `columns`, `filters` and a source (`listed` for a select, `whole` for a short
list that is there at once), and a view that returns `screen(TABLE)`. Filters, search, sort, page and the kind of file
live in the address. A template is only needed for what stands above the table or for a cell drawn by hand; it extends
`common/list.html`.
"""

from . import columns, filters
from .screen import Shown, screen, show
from .table import Action, Asked, Bulk, Table, empty, listed, whole

__all__ = [
    "Action",
    "Asked",
    "Bulk",
    "Shown",
    "Table",
    "columns",
    "empty",
    "filters",
    "listed",
    "screen",
    "show",
    "whole",
]
