"""The journal as accounting programs take it: one line a posting, accounts by number and name, debit and credit."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from ...kit.days import ZONE
from ...kit.i18n import Text
from ...kit.ids import public_id
from ...kit.money import to_major
from ...kit.sheets.writer import Cell, Column, iter_csv
from ..models import AccountKind
from ..wallets.kinds import kind_text
from . import queries

_STREAM = 5_000
CHART = {
    AccountKind.GATEWAY: ("1012", Text("其他货币资金—支付通道", "Cash held by the gateway")),
    AccountKind.DISPUTED: ("1221", Text("其他应收款—争议款", "Receivable: disputed")),
    AccountKind.ADVANCE: ("1123", Text("预付账款—预支货款", "Advances to suppliers")),
    AccountKind.PAID_OUT: ("1002", Text("银行存款—已打款", "Bank: paid out")),
    AccountKind.CLEARING: ("2203", Text("预收账款—待交付", "Received, not delivered")),
    AccountKind.PENDING: ("2202.01", Text("应付账款—待结算", "Payable: pending")),
    AccountKind.AVAILABLE: ("2202.02", Text("应付账款—可用", "Payable: available")),
    AccountKind.HELD: ("2202.03", Text("应付账款—冻结", "Payable: held")),
    AccountKind.IN_TRANSIT: ("2202.04", Text("应付账款—提现中", "Payable: in transit")),
    AccountKind.DEPOSIT: ("2241", Text("其他应付款—保证金", "Deposits")),
    AccountKind.REVENUE: ("6001", Text("主营业务收入—佣金与服务费", "Revenue")),
    AccountKind.FEES: ("6603", Text("财务费用—通道手续费", "Gateways' fees")),
    AccountKind.ADJUSTMENT: ("6711", Text("营业外支出—手工调整", "Manual adjustments")),
}
"""Numbers and names after the Chinese standard chart of accounts (企业会计准则应用指南)."""
_TITLES = (
    (Text("日期（UTC+8）", "Date (UTC+8)"), 20),
    (Text("凭证号", "Entry"), 32),
    (Text("摘要", "Text"), 28),
    (Text("单据", "Reference"), 28),
    (Text("科目编码", "Account"), 10),
    (Text("科目名称", "Account's name"), 26),
    (Text("往来单位", "Party"), 20),
    (Text("币种", "Currency"), 8),
    (Text("借方", "Debit"), 14),
    (Text("贷方", "Credit"), 14),
)


def journal_csv(session: Session, *, since: datetime, until: datetime, locale: str) -> Iterator[bytes]:
    """Every posting of `since` ≤ t < `until`, in order of the entries, piece by piece. Scope: PLATFORM."""
    columns = [Column(title.render(locale), width) for title, width in _TITLES]
    values = {"since": since, "until": until}
    rows = session.execute(queries.JOURNAL, values, execution_options={"yield_per": _STREAM})
    return iter_csv((_row(row._mapping, locale) for row in rows), columns)


def _row(row: Mapping[Any, Any], locale: str) -> list[Cell]:
    number, name = CHART[AccountKind(row["kind"])]
    amount = to_major(abs(row["amount_minor"]), row["currency"])
    debit = row["amount_minor"] > 0
    return [
        f"{row['at'].astimezone(ZONE):%Y-%m-%d %H:%M:%S}",
        public_id("led", row["entry_id"]),
        kind_text(row["entry_kind"]).render(locale),
        row["reference"],
        number,
        name.render(locale),
        row["owner"],
        row["currency"],
        amount if debit else None,
        None if debit else amount,
    ]
