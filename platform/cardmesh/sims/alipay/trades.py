"""Trades and refunds, and what each call answers. https://opendocs.alipay.com/open/194/106078"""

import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from ..till.books import CHARGE, REFUND, Books
from ..till.kept import Doc, Kept
from . import bills, signing

SELLER = "2088000000000001"
WAITING, PAID, CLOSED = "WAIT_BUYER_PAY", "TRADE_SUCCESS", "TRADE_CLOSED"


class Refusal(Exception):
    """A business refusal: `code` 40004 with its `sub_code`."""


class Trades:
    """One merchant's application sees its own trades only. Each verb returns the answer's content."""

    def __init__(self, kept: Kept, base_url: Callable[[], str]) -> None:
        self._kept, self._base_url, self.books = kept, base_url, Books(kept)

    def begin(self, fields: Mapping[str, str], wish: Mapping[str, Any], *, kind: str) -> Doc:
        """A trade as it is asked for: a code or a page, nothing that a query would find before the buyer comes."""
        id = _id(fields["app_id"], wish["out_trade_no"])
        amount = Decimal(str(wish["total_amount"]))
        if amount <= 0 or amount != amount.quantize(Decimal("0.01")) or not wish.get("subject"):
            raise Refusal("ACQ.INVALID_PARAMETER")
        known = self._kept.get("trade", id)
        if known and (known["total_amount"], known["kind"]) != (f"{amount:.2f}", kind):
            raise Refusal("ACQ.CONTEXT_INCONSISTENT")
        if known and known["status"] not in (None, WAITING):
            raise Refusal("ACQ.TRADE_HAS_SUCCESS" if known["status"] == PAID else "ACQ.TRADE_HAS_CLOSE")
        return known or self._new(id, fields, wish, f"{amount:.2f}", kind)

    def _new(self, id: str, fields: Mapping[str, str], wish: Mapping[str, Any], amount: str, kind: str) -> Doc:
        code = secrets.token_hex(10)
        trade = {
            "id": id,
            "app_id": fields["app_id"],
            "kind": kind,
            "out_trade_no": wish["out_trade_no"],
            "total_amount": amount,
            "subject": wish["subject"],
            "time_expire": wish.get("time_expire", ""),
            "notify_url": fields.get("notify_url", ""),
            "return_url": fields.get("return_url", ""),
            "code": f"{self._base_url()}/bax{code}",
            "status": None,
            "trade_no": None,
            "refunds": {},
        }
        self._kept.put("code", code, {"trade": id})
        return self._kept.put("trade", id, trade)

    def by_code(self, text: str) -> Doc | None:
        found = self._kept.get("code", text.rpartition("/bax")[2])
        return self.find(found["trade"]) if found else None

    def find(self, id: str) -> Doc | None:
        """As it is at this moment: one whose time is over is closed."""
        trade = self._kept.get("trade", id)
        if trade and trade["status"] in (None, WAITING) and self._is_over(trade):
            was_begun = trade["status"] is not None
            trade["status"] = CLOSED
            return self._kept.put("trade", id, trade) if was_begun else trade
        return trade

    @staticmethod
    def _is_over(trade: Doc) -> bool:
        return bool(trade["time_expire"]) and signing.moment(trade["time_expire"]) <= datetime.now(UTC)

    def enter(self, trade: Doc) -> Doc:
        """The buyer has come to the cashier: from here on a query finds the trade."""
        if trade["status"] is None:
            trade |= {"status": WAITING, "trade_no": datetime.now(UTC).strftime("%Y%m%d22") + secrets.token_hex(9)}
            self._kept.put("trade", trade["id"], trade)
        return trade

    def pay(self, trade: Doc) -> Doc:
        trade |= {"status": PAID, "gmt_payment": signing.now()}
        self._book(trade, CHARGE, Decimal(trade["total_amount"]), trade["trade_no"])
        return self._kept.put("trade", trade["id"], trade)

    def query(self, fields: Mapping[str, str], wish: Mapping[str, Any]) -> dict[str, object]:
        return said(self._begun(fields, wish))

    def close(self, fields: Mapping[str, str], wish: Mapping[str, Any]) -> dict[str, object]:
        trade = self._begun(fields, wish)
        if trade["status"] == PAID:
            raise Refusal("ACQ.TRADE_STATUS_ERROR")
        trade["status"] = CLOSED
        self._kept.put("trade", trade["id"], trade)
        return {"out_trade_no": trade["out_trade_no"], "trade_no": trade["trade_no"]}

    def refund(self, fields: Mapping[str, str], wish: Mapping[str, Any]) -> dict[str, object]:
        trade, key = self._begun(fields, wish), wish["out_request_no"]
        amount = Decimal(str(wish["refund_amount"]))
        known = trade["refunds"].get(key)
        if known is not None and Decimal(known) != amount:
            raise Refusal("ACQ.DISCORDANT_REPEAT_REQUEST")
        if known is None:
            if trade["status"] != PAID:
                raise Refusal("ACQ.TRADE_STATUS_ERROR")
            if _given_back(trade) + amount > Decimal(trade["total_amount"]) or amount <= 0:
                raise Refusal("ACQ.REFUND_AMT_NOT_EQUAL_TOTAL")
            trade["refunds"][key] = f"{amount:.2f}"
            self._book(trade, REFUND, -amount, trade["trade_no"], key)
            if _given_back(trade) == Decimal(trade["total_amount"]):
                trade["status"] = CLOSED
            self._kept.put("trade", trade["id"], trade)
        back = f"{_given_back(trade):.2f}"
        return said(trade) | {"fund_change": "N" if known else "Y", "refund_fee": back}

    def refund_query(self, fields: Mapping[str, str], wish: Mapping[str, Any]) -> dict[str, object]:
        """A refund that is not there is answered without `refund_status`, not refused."""
        trade, key = self._begun(fields, wish), wish["out_request_no"]
        found: dict[str, object] = {"out_trade_no": trade["out_trade_no"], "trade_no": trade["trade_no"]}
        if key in trade["refunds"]:
            amounts = {"refund_amount": trade["refunds"][key], "total_amount": trade["total_amount"]}
            found |= {"out_request_no": key, "refund_status": "REFUND_SUCCESS", **amounts}
        return found

    def _book(self, trade: Doc, kind: str, yuan: Decimal, number: str, key: str = "") -> None:
        self.books.record(trade["app_id"], kind, int(yuan * 100), number=number, trade=trade["trade_no"],
                          ours=trade["out_trade_no"], key=key, name=trade["subject"])  # fmt: skip

    def bill_link(self, fields: Mapping[str, str], wish: Mapping[str, Any]) -> dict[str, object]:
        """Where the bill of a day that is over can be fetched, for half a minute."""
        try:
            found = self.books.of_day(fields["app_id"], wish["bill_date"])
        except ValueError:
            raise Refusal("isv.invalid-arguments") from None
        if wish.get("bill_type") != "trade" or not found:
            raise Refusal("isp.bill_not_exist")
        token = self.books.link(fields["app_id"], wish["bill_date"], "trade")
        return {"bill_download_url": f"{self._base_url()}/bill?token={token}"}

    def bill(self, token: str) -> bytes | None:
        if (link := self.books.follow(token)) is None:
            return None
        return bills.packed(self.books.of_day(link["account"], link["day"]), SELLER, link["day"])

    def _begun(self, fields: Mapping[str, str], wish: Mapping[str, Any]) -> Doc:
        trade = self.find(_id(fields["app_id"], wish.get("out_trade_no", "")))
        if trade is None or trade["trade_no"] is None:
            raise Refusal("ACQ.TRADE_NOT_EXIST")
        return trade


def said(trade: Doc) -> dict[str, object]:
    """What answers and notifications say of a trade."""
    return {
        "out_trade_no": trade["out_trade_no"],
        "trade_no": trade["trade_no"],
        "trade_status": trade["status"],
        "total_amount": trade["total_amount"],
        "buyer_logon_id": "159****5620",
    }


def _given_back(trade: Doc) -> Decimal:
    return sum((Decimal(amount) for amount in trade["refunds"].values()), Decimal(0))


def _id(app_id: str, out_trade_no: str) -> str:
    return f"{app_id}/{out_trade_no}"
