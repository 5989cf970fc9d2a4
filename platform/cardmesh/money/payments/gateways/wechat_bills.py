"""WeChat Pay's bills of a day in our words: what moved the account (funds), and of which order it was (trades). Pure.

https://pay.weixin.qq.com/doc/v3/merchant/4012084430: cells begin with a backquote, the sums stand at the end.
"""

from collections.abc import Iterable, Iterator, Mapping

from . import bills, facts
from .alipay_objects import moment
from .base import Movement, MovementKind

MARK = "`"
_OWN = ("提现", "充值")
Row = Mapping[str, str]


def rows(body: bytes) -> Iterator[dict[str, str]]:
    """A bill's rows by their titles, without the sums. Raises ValueError for what is no bill."""
    head, *lines = body.decode("utf-8-sig").splitlines()
    names = bills.titles(head.split(","))
    for line in lines:
        if not line.startswith(MARK):
            return
        yield dict(zip(names, line[1:].split(f",{MARK}"), strict=True))
    raise ValueError("a bill ends with its sums")


def movements(trades: Iterable[Row], funds: Iterable[Row]) -> Iterator[Movement]:
    """Fees have rows of their own among the funds, and are told of each trade: those are taken.

    Raises ValueError, ArithmeticError, LookupError for what is no such bill.
    """
    known = {_number(trade): trade for trade in trades}
    for row in funds:
        if "手续费" not in row["业务类型"]:
            yield _movement(row, known.get(row["微信支付业务单号"], {}))


def _number(trade: Row) -> str:
    return trade["微信退款单号"] if trade["交易状态"] == "REFUND" else trade["微信订单号"]


def _movement(row: Row, trade: Row) -> Movement:
    number, income = row["微信支付业务单号"], row["收支类型"] == "收入"
    kind = _kind(row["业务类型"], income=income)
    amount = bills.fen(row["收支金额"]) * (1 if income else -1)
    told, fee = _told(trade)
    of_refund = kind in (MovementKind.REFUND, MovementKind.REFUND_FAILURE)
    return Movement(
        ref=row["资金流水单号"],
        kind=kind,
        source_ref=(trade.get("商户退款单号") or number) if of_refund else number,
        currency=facts.CURRENCY,
        amount_minor=told if trade and amount == told - fee else amount,  # booked net of its fee
        fee_minor=0 if kind is MovementKind.REFUND_FAILURE else fee,
        fee_currency=facts.CURRENCY,
        at=moment(row["记账时间"]),
        payment_ref=trade.get("商户订单号") or number,
    )


def _kind(name: str, *, income: bool) -> MovementKind:
    if name in _OWN:
        return MovementKind.OWN
    if name == "退款":
        return MovementKind.REFUND_FAILURE if income else MovementKind.REFUND
    return MovementKind.CHARGE if name == "交易" else MovementKind.OTHER


def _told(trade: Row) -> tuple[int, int]:
    """What a trade moved, signed, and its fee: of a refund it comes back."""
    if not trade:
        return 0, 0
    fee = abs(bills.fen(trade["手续费"]))
    if trade["交易状态"] == "REFUND":
        return -abs(bills.fen(trade["退款金额"])), -fee
    return bills.fen(trade["应结订单金额"]), fee
