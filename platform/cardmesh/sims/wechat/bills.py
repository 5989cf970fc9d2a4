"""The two bills of a day: of trades, and of the funds that moved the account. A backquote before every cell."""

from collections.abc import Iterable, Sequence

from ..till.books import CHARGE, REFUND, yuan
from ..till.kept import Doc

TRADES = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,"
    "应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,"
    "费率,订单金额,申请退款金额,费率备注"
)
TRADE_SUMS = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
FUNDS = (
    "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),资金变更提交申请人,备注,"
    "业务凭证号"
)
FUND_SUMS = "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额"
_NAMES = {"charge": "交易", "refund": "退款", "refund_failure": "退款"}


def trades(rows: Sequence[Doc], appid: str) -> bytes:
    told = [row for row in rows if row["kind"] in (CHARGE, REFUND)]
    paid = sum(row["fen"] for row in told if row["kind"] == CHARGE)
    back = -sum(row["fen"] for row in told if row["kind"] == REFUND)
    fees = sum(row["fee"] for row in told)
    sums = [str(len(told)), yuan(paid), yuan(back), "0.00", f"{yuan(fees)}000", yuan(paid), yuan(back)]
    return _file(TRADES, [_trade(row, appid) for row in told], TRADE_SUMS, sums)


def _trade(row: Doc, appid: str) -> list[str]:
    back, amount = row["kind"] == REFUND, yuan(abs(row["fen"]))
    paid, given = ("0.00", amount) if back else (amount, "0.00")
    number, key, *way = [row["number"], row["key"], "ORIGINAL", "SUCCESS"] if back else ["0", "0", "", ""]
    return [
        row["at"], appid, row["account"], "0", "", row["trade"], row["ours"], "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o", "NATIVE",
        "REFUND" if back else "SUCCESS", "OTHERS", "CNY", paid, "0.00", number, key, given, "0.00", *way, row["name"],
        "", f"{yuan(row['fee'])}000", "0.60%", paid, given, "",
    ]  # fmt: skip


def funds(rows: Sequence[Doc]) -> bytes:
    lines = [line for row in rows for line in _funds(row)]
    plus = [line for line in lines if line[5] == "收入"]
    minus = [line for line in lines if line[5] == "支出"]
    return _file(FUNDS, lines, FUND_SUMS, [f"{len(lines)}.0", f"{len(plus)}.0", "0.00", f"{len(minus)}.0", "0.00"])


def _funds(row: Doc) -> Iterable[list[str]]:
    name = _NAMES.get(row["kind"], str(row["kind"]))
    yield _fund(row, row["id"], name, row["fen"])
    if row["fee"]:
        yield _fund(row, f"{row['id']}1", "扣除交易手续费" if row["fee"] > 0 else "退回交易手续费", -row["fee"])


def _fund(row: Doc, id: str, name: str, fen: int) -> list[str]:
    side = "收入" if fen > 0 else "支出"
    return [row["at"], row["number"], id, name, name, side, yuan(abs(fen)), "0.00", "system", "", row["ours"]]


def _file(titles: str, lines: Iterable[list[str]], sum_titles: str, sums: list[str]) -> bytes:
    text = [titles, *(_cells(line) for line in lines), sum_titles, _cells(sums)]
    return "\ufeff".encode() + "".join(f"{line}\r\n" for line in text).encode()


def _cells(cells: Iterable[str]) -> str:
    return ",".join(f"`{cell}" for cell in cells)
