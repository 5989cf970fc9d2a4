"""Spreadsheets in and out, safely: rows from csv and xlsx of unknown origin, xlsx and csv without formulas.

Owns what a file is, how its cells read as text, how a header finds its columns, and what may be written
into a cell. Knows no domain: what a column means, and what a good value is, stays with the caller.
"""

from .columns import Header, find_header, map_columns
from .delimited import Block, Delimited
from .errors import SheetError, cell_text
from .limits import Limits
from .reader import open_delimited, open_rows
from .rows import Cursor, Row
from .text import clean_cell, fold, guard, unguard
from .writer import Column, Sheet, iter_csv, write_csv, write_workbook, write_xlsx

__all__ = [
    "Block",
    "Column",
    "Cursor",
    "Delimited",
    "Header",
    "Limits",
    "Row",
    "Sheet",
    "SheetError",
    "cell_text",
    "clean_cell",
    "find_header",
    "fold",
    "guard",
    "iter_csv",
    "map_columns",
    "open_delimited",
    "open_rows",
    "unguard",
    "write_csv",
    "write_workbook",
    "write_xlsx",
]
