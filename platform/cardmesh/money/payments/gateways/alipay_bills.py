"""Alipay's bill of a day's trades in our words. Pure: the file as it comes in, a zip of sheets in GBK.

https://opendocs.alipay.com/open/204/106262: lines that begin with `#` are remarks, cells end in a tab, nothing is
quoted. Money that left by transfer is in none of these bills.
"""

import io
import zipfile
import zlib
from collections.abc import Iterator, Mapping

from . import bills, facts
from .alipay_objects import moment
from .base import Movement, MovementKind

FIRST, NAME = "支付宝交易号", 3
"""The first title of the sheet that has the trades, one by one; where a trade's name stands, which may hold commas."""
MOST_BYTES = 512 * 1024 * 1024
_KINDS = {"交易": MovementKind.CHARGE, "退款": MovementKind.REFUND}


def movements(packed: bytes) -> Iterator[Movement]:
    """Raises ValueError, ArithmeticError, LookupError for what is no such bill."""
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            if sum(info.file_size for info in archive.infolist()) > MOST_BYTES:
                raise ValueError("too much")
            sheets = [archive.read(info).decode("gb18030") for info in archive.infolist()]
    except (zipfile.BadZipFile, zlib.error) as error:
        raise ValueError("no zip") from error
    found = [sheet for text in sheets if (sheet := _lines(text)) and sheet[0].startswith(FIRST)]
    (trades,) = found
    names = bills.titles(trades[0].split(","))
    for line in trades[1:]:
        yield _movement(dict(zip(names, _cells(line, len(names)), strict=True)))


def _lines(text: str) -> list[str]:
    return [line for line in text.lstrip("\ufeff").splitlines() if line.strip() and not line.startswith("#")]


def _cells(line: str, count: int) -> list[str]:
    cells = [cell.strip() for cell in line.split(",")]
    more = max(len(cells) - count, 0)
    return [*cells[:NAME], ",".join(cells[NAME : NAME + more + 1]), *cells[NAME + more + 1 :]]


def _movement(row: Mapping[str, str]) -> Movement:
    """The merchant's receipt is what moved. Of a refund, the fee comes back; both are told with either sign."""
    kind = _KINDS.get(row["业务类型"], MovementKind.OTHER)
    sign = -1 if kind is MovementKind.REFUND else 1
    trade, ours, key = row[FIRST], row["商户订单号"], row["退款批次号/请求号"]
    amount, fee = bills.fen(row["商家实收"]), bills.fen(row["服务费"])
    return Movement(
        ref=trade if kind is MovementKind.CHARGE else f"{trade}/{key or row['完成时间']}",
        kind=kind,
        source_ref=f"{ours}/{key}" if kind is MovementKind.REFUND else trade,
        currency=facts.CURRENCY,
        amount_minor=amount if kind is MovementKind.OTHER else sign * abs(amount),
        fee_minor=sign * abs(fee),
        fee_currency=facts.CURRENCY,
        at=moment(row["完成时间"]),
        payment_ref=ours,
    )
