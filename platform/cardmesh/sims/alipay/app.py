"""The WSGI application: `gateway.do` for programs and browsers, the cashier, and control."""

import json
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import Flask, Response, jsonify, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from ..till import keys, pages
from ..till.faults import Fault, Faults, cut
from ..till.kept import Doc, Kept
from ..till.notices import Letter, Notice, Notices
from . import signing
from .trades import CLOSED, PAID, SELLER, Refusal, Trades, said

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

BRAND = "alipay"
PAGES = {"alipay.trade.page.pay": "page", "alipay.trade.wap.pay": "wap"}
FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}


class AlipayApp:
    """Callable as WSGI. `admit` an application before it calls; `close` stops the sending of notifications."""

    def __init__(self, private_key: str, path: Path | None, *, deliver: bool) -> None:
        self._key, self._apps = private_key, dict[str, str]()
        self._kept, self.faults = Kept(path), Faults()
        self.notices = Notices(lambda status, body: status == 200 and body.strip() == b"success", deliver=deliver)
        self._base_url = "http://127.0.0.1"
        self._trades = Trades(self._kept, lambda: self._base_url)
        self.books = self._trades.books
        self._flask = self._routes(pages.application("cardmesh_alipay_sim"))

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        return self._flask(environ, start_response)

    def admit(self, app_id: str, public_key: str) -> None:
        self._apps[app_id] = public_key

    def close(self) -> None:
        self.notices.stop()
        self._kept.close()

    def _routes(self, app: Flask) -> Flask:
        app.add_url_rule("/gateway.do", view_func=self.open_page, methods=["GET"])
        app.add_url_rule("/gateway.do", "call", self.call, methods=["POST"])
        app.add_url_rule("/bax<code>", "scanned", lambda code: self.scanned(f"/bax{code}"))
        app.add_url_rule("/pay", "pay", lambda: self.scanned(request.args.get("code", "")))
        app.add_url_rule("/cashier/<app_id>/<no>", view_func=self.cashier, methods=["POST"])
        app.add_url_rule("/bill", view_func=self.bill)
        app.add_url_rule("/_sim/faults", view_func=self.order_fault, methods=["POST"])
        return app

    # --- for programs ---
    def call(self) -> Response:
        self._base_url = request.host_url.rstrip("/")
        fields = request.form.to_dict()
        method = fields.get("method", "")
        if (complaint := self._complaint(fields)) is not None:
            return _text(json.dumps({"error_response": complaint}))
        fault = self.faults.take(method)
        if fault and fault.when == "before":
            return self._struck(fault, method)
        with self._kept.turn():
            content = self._content(method, fields)
        if fault:
            return self._struck(fault, method)
        return _text(signing.answer(self._key, method, content))

    def _complaint(self, fields: Mapping[str, str]) -> dict[str, str] | None:
        wrong = {"code": "40002", "msg": "Invalid Arguments"}
        public = self._apps.get(fields.get("app_id", ""))
        if public is None:
            return wrong | {"sub_code": "isv.invalid-app-id"}
        signature = fields.get("sign", "")
        if fields.get("sign_type") != "RSA2" or not keys.is_signed(public, signing.joined(fields), signature):
            return wrong | {"sub_code": "isv.invalid-signature"}
        return None

    def _content(self, method: str, fields: Mapping[str, str]) -> dict[str, object]:
        wish: dict[str, Any] = json.loads(fields.get("biz_content") or "{}")
        verbs = {
            "alipay.trade.precreate": self._precreate,
            "alipay.trade.query": self._trades.query,
            "alipay.trade.close": self._trades.close,
            "alipay.trade.refund": self._trades.refund,
            "alipay.trade.fastpay.refund.query": self._trades.refund_query,
            "alipay.data.dataservice.bill.downloadurl.query": self._trades.bill_link,
        }
        if method not in verbs:
            return {"code": "40002", "msg": "Invalid Arguments", "sub_code": "isv.invalid-method"}
        try:
            return {"code": "10000", "msg": "Success", **verbs[method](fields, wish)}
        except Refusal as refusal:
            return {"code": "40004", "msg": "Business Failed", "sub_code": str(refusal)}

    def bill(self) -> Response:
        with self._kept.turn():
            file = self._trades.bill(request.args.get("token", ""))
        return Response(file, mimetype="application/zip") if file else Response(status=403)

    def _precreate(self, fields: Mapping[str, str], wish: Mapping[str, Any]) -> dict[str, object]:
        trade = self._trades.begin(fields, wish, kind="code")
        return {"out_trade_no": trade["out_trade_no"], "qr_code": trade["code"]}

    def _struck(self, fault: Fault, method: str) -> Response:
        if fault.how == "cut":
            cut()
        return _text(signing.answer(self._key, method, {"code": "20000", "msg": "Service Currently Unavailable"}))

    # --- for browsers ---
    def open_page(self) -> AnyResponse:
        self._base_url = request.host_url.rstrip("/")
        fields = request.args.to_dict()
        kind = PAGES.get(fields.get("method", ""))
        if kind is None or self._complaint(fields):
            return pages.over(BRAND)
        with self._kept.turn():
            try:
                trade = self._trades.begin(fields, json.loads(fields["biz_content"]), kind=kind)
            except Refusal:
                return pages.over(BRAND)
            return self._show(self._trades.find(trade["id"]))

    def scanned(self, code: str) -> AnyResponse:
        with self._kept.turn():
            return self._show(self._trades.by_code(code))

    def _show(self, trade: Doc | None) -> AnyResponse:
        if trade is None or trade["status"] in (PAID, CLOSED):
            return pages.over(BRAND)
        trade, action = self._trades.enter(trade), f"/cashier/{trade['id']}"
        return pages.page("till_pay.html", BRAND, amount=trade["total_amount"], what=trade["subject"], action=action)

    def cashier(self, app_id: str, no: str) -> AnyResponse:
        with self._kept.turn():
            trade = self._trades.find(f"{app_id}/{no}")
            if trade is None or trade["status"] in (None, PAID, CLOSED):
                return pages.over(BRAND)
            if request.form.get("answer") == "pay":
                trade = self._trades.pay(trade)
                self._tell(trade)
        if trade["return_url"]:
            return redirect(trade["return_url"], 303)
        return pages.paid(BRAND) if trade["status"] == PAID else pages.over(BRAND)

    # --- notifications and control ---
    def _tell(self, trade: Doc) -> None:
        if trade["notify_url"]:
            notify_id, about = secrets.token_hex(17), dict(trade)
            self.notices.add(Notice(trade["notify_url"], trade["out_trade_no"], lambda: self._letter(about, notify_id)))

    def _letter(self, trade: Doc, notify_id: str) -> Letter:
        fields = {name: str(value) for name, value in said(trade).items()}
        fields |= {
            "notify_type": "trade_status_sync",
            "notify_id": notify_id,
            "notify_time": signing.now(),
            "app_id": trade["app_id"],
            "seller_id": SELLER,
            "subject": trade["subject"],
            "buyer_id": "2088102122524333",
            "gmt_payment": trade.get("gmt_payment", ""),
            "charset": "utf-8",
            "version": "1.0",
        }
        return self.sealed(fields)

    def sealed(self, fields: Mapping[str, str]) -> Letter:
        """A notification with these fields, signed as Alipay signs."""
        sign = keys.sign(self._key, signing.joined(fields, "sign_type"))
        return Letter(FORM, urlencode({**fields, "sign_type": "RSA2", "sign": sign}).encode())

    def trade(self, out_trade_no: str) -> Doc:
        """A trade of whatever application, as it is kept. Raises LookupError."""
        for app_id in self._apps:
            if found := self._kept.get("trade", f"{app_id}/{out_trade_no}"):
                return found
        raise LookupError(out_trade_no)

    def order_fault(self) -> Response:
        self.faults.order(Fault(**request.get_json()))
        return jsonify(ordered=True)


def _text(body: str) -> Response:
    return Response(body, mimetype="text/html")
