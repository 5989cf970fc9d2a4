"""A wallet's statement as a list: the same for both consoles and, as a file, for programs."""

import uuid
from collections.abc import Callable, Sequence

from sqlalchemy.orm import Session

from ...kit.i18n import Text
from ...kit.keyset import Slice
from ...kit.money import Money
from ...money.wallets import service as wallets
from ...money.wallets.rules import StatementLine
from .names import entry_name, reference
from .tables import Asked, Table, columns, empty, filters, whole


def _amount(name: str) -> Callable[[StatementLine], Money]:
    return lambda line: Money(getattr(line, f"{name}_minor"), line.currency)


COLUMNS = (
    columns.time("at", "时间", "Time", lambda line: line.at),
    columns.text("kind", "类型", "Kind", lambda line: entry_name(line.kind)),
    columns.prose("reference", "说明", "Reference", lambda line: reference(line.reference)),
    columns.money("amount", "变动", "Change", _amount("amount")),
    columns.money("available", "其中可用", "Of it available", _amount("available")),
    columns.money("pending", "其中待结算", "Of it pending", _amount("pending"), only_file=True),
    columns.money("held", "其中冻结", "Of it held", _amount("held"), only_file=True),
    columns.money("in_transit", "其中在途", "Of it in transit", _amount("in_transit"), only_file=True),
    columns.money("deposit", "其中保证金", "Of it deposit", _amount("deposit"), only_file=True),
    columns.money("advance", "其中预支", "Of it advanced", _amount("advance"), only_file=True),
    columns.money("balance", "余额", "Balance", _amount("balance")),
    columns.money("available_balance", "可用余额", "Available balance", _amount("available_balance"), only_file=True),
)
EMPTY = empty(
    "还没有资金变动",
    "No movements yet",
    "每一笔收入、结算与提现都会列在这里。",
    "Every income, settlement and withdrawal will be listed here.",
)


def lines_of(name: str, lines: Sequence[StatementLine]) -> Table:
    """Lines that were read already, as a file of this name."""
    return Table(
        name=name, title=Text("对账单", "Statement"), source=whole(lambda *_: lines), columns=COLUMNS, empty=EMPTY
    )


def statement_of(owner: Callable[[], uuid.UUID]) -> Table:
    """The statement of whoever asks, newest first; `?currency=` narrows it to one."""

    def read(session: Session, _table: Table, asked: Asked, limit: int) -> Slice:
        page = wallets.statement(
            session, owner_id=owner(), currency=asked.get("currency"), after=asked.after, limit=limit
        )
        return Slice(page.lines, below=page.next_cursor)

    def currencies(session: Session) -> list[tuple[str, str]]:
        return [(row.currency, row.currency) for row in wallets.wallet(session, owner_id=owner())]

    return Table(
        name="statement",
        title=Text("对账单", "Statement"),
        source=read,
        columns=COLUMNS,
        filters=(filters.choice("currency", "币种", "Currency", currencies),),
        empty=EMPTY,
    )
