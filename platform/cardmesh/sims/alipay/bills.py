"""The bill of a day's trades: a zip of two sheets in GBK, remarks before and after, cells that end in tabs."""

import io
import zipfile
from collections.abc import Sequence

from ..till.books import CHARGE, yuan
from ..till.kept import Doc

TITLES = (
    "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）,"
    "商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,"
    "商家红包消费金额（元）,卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注"
)
SUMS = "门店编号,门店名称,交易订单总笔数,退款订单总笔数,订单金额（元）,商家实收（元）,服务费（元）,实收净额（元）"
RULE = "-" * 40


def packed(rows: Sequence[Doc], seller: str, day: str) -> bytes:
    """Of the account's movements on `day`."""
    period = f"#起始日期：[{day} 00:00:00]   终止日期：[{day} 24:00:00]"
    head = ["#支付宝业务明细查询", f"#账号：[{seller}0156]", period]
    lines = [*head, f"#{RULE}业务明细列表{RULE}", TITLES, *map(_line, rows), f"#{RULE}业务明细列表结束{RULE}"]
    paid = [row for row in rows if row["kind"] == CHARGE]
    total, fees = sum(row["fen"] for row in rows), -sum(row["fee"] for row in rows)
    counts = f"{len(paid)},{len(rows) - len(paid)}"
    sums = [*head, SUMS, f"合计,,{counts},{yuan(total)},{yuan(total)},{yuan(fees)},{yuan(total + fees)}"]
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in (("业务明细(汇总)", sums), ("业务明细", lines)):
            body = "".join(f"{line}\r\n" for line in text).encode("gbk")
            archive.writestr(f"{seller}0156_{day.replace('-', '')}_{name}.csv", body)
    return file.getvalue()


def _line(row: Doc) -> str:
    kind = {"charge": "交易", "refund": "退款"}.get(row["kind"], "其它")
    fen = yuan(row["fen"])
    cells = [f"{row['trade']}\t", f"{row['ours']}\t", f"{kind}\t", row["name"], row["at"], row["at"], *["\t"] * 4]
    cells += ["*户(159****5620)\t", fen, fen, *["0.00"] * 5, "", "0.00\t", "0.00"]
    return ",".join([*cells, f"{row['key']}\t", yuan(-row["fee"]), "0.00", ""])
