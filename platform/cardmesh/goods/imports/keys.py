"""Keys out of rows: by header (key, number + password, account + password), or a bare list without one."""

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from ...kit.sheets import Cursor, Header, Row, clean_cell, find_header
from ...kit.sheets.columns import fold_header
from ..inventory.credentials import Credential, Form
from .amounts import read_date
from .cells import Cells
from .columns import CREDENTIAL_COLUMNS, KEY_ALIASES
from .credentials import check_chars, name_parts, split_key
from .problems import CellRefused, LineError
from .records import KeyRecord, OfferRecord

_PARTS = {
    "card_number": ("code", "卡号"),
    "account": ("account", "账号"),
    "password": ("password", "密码"),
    "pin": ("pin", "PIN码"),
    "link": ("link", "兑换链接"),
    "email": ("account", "邮箱"),
}


class KeyLayout(NamedTuple):
    """How a sheet of keys is laid out; keep it with a resumed import. Without columns every row is one key.

    `label` is the supplier's own word for the key (激活码, 兑换码): the buyer reads it too.
    """

    columns: dict[str, int]
    label: str = "卡密"


def find_key_layout(rows: Iterator[Row]) -> tuple[KeyLayout, Iterator[Row]]:
    """The layout, and the rows below it. Raises ColumnDuplicate."""
    header, rest = find_header(rows, KEY_ALIASES)
    layout = key_columns(header) if header else None
    return layout or KeyLayout({}), rest


def find_key_start(rows: Iterator[Row]) -> tuple[KeyLayout, Cursor]:
    """The layout, and where the rows below it start: for who reads them in blocks. Raises ColumnDuplicate."""
    header, _ = find_header(rows, KEY_ALIASES)
    layout = key_columns(header) if header else None
    return layout or KeyLayout({}), header.row.next if header else Cursor(1)


def key_columns(header: Header) -> KeyLayout | None:
    """The columns of a header that hold parts of keys; None when there is none."""
    names = (*CREDENTIAL_COLUMNS, "expires_on")
    columns = {name: header.columns[name] for name in names if name in header.columns}
    if not columns.keys() & set(CREDENTIAL_COLUMNS):
        return None
    title = clean_cell(header.row.cells[columns["key"]]) if "key" in columns else ""
    plain = title and not title.isascii() and fold_header(title) == title.casefold()
    return KeyLayout(columns, title if plain else "卡密")


def read_keys(rows: Iterator[Row], layout: KeyLayout, *, today: date) -> Iterator[KeyRecord | LineError]:
    """One key or one LineError for each row; `today` decides what has expired."""
    for row in rows:
        try:
            yield read_key(row, layout, today)
        except CellRefused as refusal:
            yield LineError(row.line, refusal.code, refusal.params)


def read_key(row: Row, layout: KeyLayout, today: date, offer: OfferRecord | None = None) -> KeyRecord:
    """The key of one row. Raises CellRefused."""
    if row.marks and not row.cells:
        raise CellRefused(row.marks[0])
    if not layout.columns:
        return KeyRecord(row.line, _bare(row), None, offer)
    cells = Cells(row, layout.columns)
    return KeyRecord(row.line, _credentials(cells, layout), _expiry(cells, today), offer)


def key_form(layout: KeyLayout) -> tuple[list[int], Form] | None:
    """Where the values of a key stand, and its form when all of them are there and plain; None when that is no key.

    Found by reading one such row with care: the fast way through a sheet cannot differ from the slow one.
    """
    places = sorted(layout.columns[name] for name in CREDENTIAL_COLUMNS if name in layout.columns) or [0]
    try:
        sample = Row(1, [f"plain{place}" for place in range(places[-1] + 1)])
        fields = read_key(sample, layout._replace(columns=_without_expiry(layout)), date.min).credentials
    except CellRefused:
        return None
    return [int(one.value.removeprefix("plain")) for one in fields], Form(fields)


def _without_expiry(layout: KeyLayout) -> dict[str, int]:
    return {name: place for name, place in layout.columns.items() if name != "expires_on"}


def _bare(row: Row) -> tuple[Credential, ...]:
    if row.marks:
        raise CellRefused(next(iter(row.marks.values())))
    parts = [text for cell in row.cells if (text := clean_cell(cell))]
    if not parts:
        raise CellRefused("import_key_missing")
    return name_parts(parts)


def _credentials(cells: Cells, layout: KeyLayout) -> tuple[Credential, ...]:
    """A key alone may hold several parts in its cell; beside a number or an account it is their password."""
    found = {name: text for name in CREDENTIAL_COLUMNS if name in layout.columns and (text := cells.text(name))}
    if _lone(found, layout):
        return split_key(next(iter(found.values())), layout.label)
    named = {"card_number", "account"} & found.keys()
    secret = {"key", "password"} & found.keys()
    if not (named or {"key", "link"} & found.keys()):
        raise CellRefused("import_key_missing")
    if named and not secret and {"key", "password"} & layout.columns.keys():
        raise CellRefused("import_key_missing")
    check_chars(*found.values())
    parts = {**_PARTS, "key": ("password" if named else "code", layout.label)}
    return tuple(Credential(*parts[name], text) for name, text in found.items())


def _lone(found: dict[str, str], layout: KeyLayout) -> bool:
    """One cell is filled and it is the key; in a sheet with nothing else, a column called 密码 is one too."""
    if list(found) == ["password"]:
        return not {"card_number", "account", "key"} & layout.columns.keys()
    return list(found) == ["key"]


def _expiry(cells: Cells, today: date) -> date | None:
    try:
        text = cells.text("expires_on")
        expires_on = read_date(text) if text else None
    except CellRefused as refusal:
        raise CellRefused(refusal.code, column="expires_on", **refusal.params) from refusal
    if expires_on and expires_on < today:
        raise CellRefused("import_key_expired", date=expires_on.isoformat())
    return expires_on
