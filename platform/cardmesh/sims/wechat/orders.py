"""Orders and refunds, and what each call answers. https://pay.weixin.qq.com/doc/v3/merchant/4012791858"""

import secrets
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from ..till.books import BEIJING, CHARGE, REFUND, REFUND_FAILURE, Books
from ..till.kept import Doc, Kept
from . import bills

NOT_PAID, PAID, CLOSED, REFUNDED = "NOTPAY", "SUCCESS", "CLOSED", "REFUND"


class Refusal(Exception):
    """An HTTP status and WeChat's `code`."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


class Orders:
    """One merchant sees its own orders only."""

    def __init__(self, kept: Kept) -> None:
        self._kept, self.books = kept, Books(kept)

    def begin(self, mchid: str, wish: Mapping[str, Any], *, kind: str) -> Doc:
        """The same `out_trade_no` with the same wish is the same order."""
        id, total = f"{mchid}/{wish['out_trade_no']}", wish["amount"]["total"]
        if not isinstance(total, int) or total < 1 or not wish.get("description") or not wish.get("notify_url"):
            raise Refusal(400, "PARAM_ERROR")
        known = self.find(mchid, wish["out_trade_no"])
        if known is None:
            return self._new(id, mchid, wish, kind)
        if known["state"] != NOT_PAID:
            raise Refusal(400, "ORDERPAID" if known["state"] == PAID else "ORDER_CLOSED")
        if (known["wish"], known["kind"]) != (dict(wish), kind):
            raise Refusal(400, "INVALID_REQUEST")
        return known

    def _new(self, id: str, mchid: str, wish: Mapping[str, Any], kind: str) -> Doc:
        code = secrets.token_urlsafe(8)
        self._kept.put("code", code, {"order": id})
        order = {"id": id, "mchid": mchid, "wish": dict(wish), "kind": kind, "code": code, "state": NOT_PAID}
        return self._kept.put("order", id, order)

    def find(self, mchid: str, no: str) -> Doc | None:
        """As it is at this moment: one whose time is over is closed."""
        order = self._kept.get("order", f"{mchid}/{no}")
        ends = str(order["wish"].get("time_expire", "")) if order else ""
        if order and ends and order["state"] == NOT_PAID and datetime.fromisoformat(ends) <= datetime.now(UTC):
            order["state"] = CLOSED
            self._kept.put("order", order["id"], order)
        return order

    def by_code(self, code: str) -> Doc | None:
        found = self._kept.get("code", code)
        return self.find(*found["order"].split("/")) if found else None

    def existing(self, mchid: str, no: str) -> Doc:
        order = self.find(mchid, no)
        if order is None:
            raise Refusal(404, "ORDER_NOT_EXIST")
        return order

    def pay(self, order: Doc) -> Doc:
        now = datetime.now(UTC)
        number = f"4200{now:%Y%m%d}{secrets.randbelow(10**12):012}"
        order |= {"state": PAID, "transaction_id": number, "success_time": now.isoformat(timespec="seconds")}
        self._kept.put("transaction", number, {"order": order["id"]})
        self._book(order, CHARGE, order["wish"]["amount"]["total"], number)
        return self._kept.put("order", order["id"], order)

    def close(self, mchid: str, no: str) -> None:
        order = self.existing(mchid, no)
        if order["state"] in (PAID, REFUNDED):
            raise Refusal(400, "ORDERPAID")
        order["state"] = CLOSED
        self._kept.put("order", order["id"], order)

    def refund(self, mchid: str, wish: Mapping[str, Any], *, status: str) -> Doc:
        """The same `out_refund_no` is the same refund; with other amounts it is refused."""
        key = f"{mchid}/{wish['out_refund_no']}"
        if (known := self._kept.get("refund", key)) is not None:
            if known["amount"]["refund"] != wish["amount"]["refund"]:
                raise Refusal(400, "INVALID_REQUEST")
            return known
        paid = self._kept.get("transaction", wish["transaction_id"])
        order = paid and self._kept.get("order", paid["order"])
        if not order or order["mchid"] != mchid:
            raise Refusal(404, "RESOURCE_NOT_EXISTS")
        back = sum(order.get("refunds", {}).values()) + wish["amount"]["refund"]
        if wish["amount"]["total"] != order["wish"]["amount"]["total"] or back > wish["amount"]["total"]:
            raise Refusal(400, "INVALID_REQUEST")
        order.setdefault("refunds", {})[wish["out_refund_no"]] = wish["amount"]["refund"]
        order["state"] = REFUNDED
        self._kept.put("order", order["id"], order)
        refund = {
            "refund_id": f"5030{secrets.randbelow(10**18):018}",
            "out_refund_no": wish["out_refund_no"],
            "transaction_id": wish["transaction_id"],
            "out_trade_no": order["wish"]["out_trade_no"],
            "amount": {**wish["amount"], "payer_refund": wish["amount"]["refund"]},
            "status": status,
            "notify_url": wish.get("notify_url", ""),
        }
        self._book(order, REFUND, -wish["amount"]["refund"], refund["refund_id"], refund["out_refund_no"])
        return self._kept.put("refund", key, refund)

    def _book(self, order: Doc, kind: str, fen: int, number: str, key: str = "") -> None:
        """The account moves when a refund is taken on, not when the buyer's bank has it."""
        self.books.record(order["mchid"], kind, fen, number=number, trade=order["transaction_id"],
                          ours=order["wish"]["out_trade_no"], key=key, name=order["wish"]["description"])  # fmt: skip

    def find_refund(self, mchid: str, no: str) -> Doc:
        refund = self._kept.get("refund", f"{mchid}/{no}")
        if refund is None:
            raise Refusal(404, "RESOURCE_NOT_EXISTS")
        return refund

    def settle_refund(self, mchid: str, no: str, status: str) -> Doc:
        """The bank has done it (SUCCESS), or cannot (ABNORMAL)."""
        refund: Doc = {**self.find_refund(mchid, no), "status": status}
        if status == "CLOSED":
            order = self.existing(mchid, refund["out_trade_no"])
            self._book(order, REFUND_FAILURE, refund["amount"]["refund"], refund["refund_id"], no)
        return self._kept.put("refund", f"{mchid}/{no}", refund)

    def bill_link(self, mchid: str, kind: str, day: str) -> str:
        """A token for one of the bills of a day, which are written from nine o'clock on the next."""
        try:
            found = self.books.of_day(mchid, day)
        except ValueError:
            raise Refusal(400, "INVALID_REQUEST") from None
        if (datetime.now(BEIJING) - timedelta(days=1, hours=9)).date() < date.fromisoformat(day):
            raise Refusal(400, "STATEMENT_CREATING")
        if not found:
            raise Refusal(400, "NO_STATEMENT_EXIST")
        return self.books.link(mchid, day, kind)

    def bill(self, mchid: str, appid: str, token: str) -> bytes:
        link = self.books.follow(token)
        if link is None or link["account"] != mchid:
            raise Refusal(404, "RESOURCE_NOT_EXISTS")
        rows = self.books.of_day(mchid, link["day"])
        return bills.trades(rows, appid) if link["kind"] == "tradebill" else bills.funds(rows)


def said(order: Doc) -> dict[str, object]:
    """What answers and notifications say of an order."""
    wish = order["wish"]
    told: dict[str, object] = {
        "appid": wish["appid"],
        "mchid": order["mchid"],
        "out_trade_no": wish["out_trade_no"],
        "trade_state": order["state"],
        "trade_type": "MWEB" if order["kind"] == "h5" else "NATIVE",
        "amount": {"total": wish["amount"]["total"], "currency": wish["amount"].get("currency", "CNY")},
    }
    if "transaction_id" in order:
        told |= {
            "transaction_id": order["transaction_id"],
            "success_time": order["success_time"],
            "payer": {"openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"},
        }
    return told
