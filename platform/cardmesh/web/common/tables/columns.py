"""Columns by what they hold. The value is the same on the page and in the file; only its dress differs."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from ....kit.i18n import Text


class Kind(StrEnum):
    TEXT = "text"
    PROSE = "prose"
    """People's words: they wrap."""
    CODE = "code"
    COUNT = "count"
    """int or Decimal."""
    MONEY = "money"
    """`kit.money.Money`; in a file a decimal number, the currency in a column beside it."""
    TIME = "time"
    """An aware datetime; in a file RFC 3339, UTC."""
    BADGE = "badge"
    """A state by its code, or a `format.Badge`."""
    OWN = "own"
    """Drawn by the screen's template; in a file what `value` gives, left out where there is none."""


@dataclass(frozen=True, slots=True)
class Column:
    """`value` and `href` take a row. `roomy` ones are hidden on a phone. `sort`: a column that an index is in order of
    and that is never null. `apart`: money whose currency may differ from that of the row's other amounts.
    `only_file`: too much for a page.
    """

    kind: Kind
    name: str
    title: Text
    value: Callable[[Any], Any] | None
    href: Callable[[Any], str | None] | None = None
    roomy: bool = False
    sort: Any = None
    apart: bool = False
    only_file: bool = False

    @property
    def right(self) -> bool:
        return self.kind in (Kind.COUNT, Kind.MONEY)

    @property
    def actions(self) -> bool:
        """Buttons: a column without a heading of its own and without a place in the file."""
        return self.kind == Kind.OWN and self.value is None


class _Make(Protocol):
    def __call__(
        self,
        name: str,
        zh: str,
        en: str,
        value: Callable[[Any], Any] | None,
        *,
        href: Callable[[Any], str | None] | None = None,
        roomy: bool = False,
        sort: Any = None,
        apart: bool = False,
        only_file: bool = False,
    ) -> Column: ...


def _maker(kind: Kind) -> _Make:
    def make(name: str, zh: str, en: str, value: Callable[[Any], Any] | None, **options: Any) -> Column:
        return Column(kind, name, Text(zh, en), value, **options)

    return make


text = _maker(Kind.TEXT)
prose = _maker(Kind.PROSE)
code = _maker(Kind.CODE)
count = _maker(Kind.COUNT)
money = _maker(Kind.MONEY)
time = _maker(Kind.TIME)
badge = _maker(Kind.BADGE)
own = _maker(Kind.OWN)


def actions() -> Column:
    """The last column: buttons, drawn by the screen's template under the name `actions`."""
    return own("actions", "操作", "Actions", None)
