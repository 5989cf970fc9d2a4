"""The WSGI application: the API under `/v3`, the cashier's pages, and control."""

import hashlib
import json
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Flask, Response, jsonify, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from ..till import keys, pages
from ..till.faults import Fault, Faults, cut
from ..till.kept import Doc, Kept
from ..till.notices import Letter, Notice, Notices
from . import signing
from .orders import NOT_PAID, PAID, Orders, Refusal, said
from .signing import PUBLIC_KEY_ID, Seals

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

BRAND = "wechat"


@dataclass(frozen=True)
class Merchant:
    """What WeChat knows of a merchant: its certificate's serial and public key, and the APIv3 key it chose."""

    appid: str
    serial: str
    public_key: str
    api_v3_key: str


class WechatApp:
    """Callable as WSGI. `refunds_wait`: refunds stay PROCESSING until `settle`."""

    def __init__(self, private_key: str, path: Path | None, *, deliver: bool) -> None:
        self._merchants = dict[str, Merchant]()
        self._kept, self.faults, self.seals = Kept(path), Faults(), Seals(private_key)
        self.notices = Notices(lambda status, _: status in (200, 204), deliver=deliver)
        self.orders = Orders(self._kept)
        self.refunds_wait, self.public_mode = False, True
        self._flask = self._routes(pages.application("cardmesh_wechat_sim"))

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        return self._flask(environ, start_response)

    def admit(self, mchid: str, merchant: Merchant) -> None:
        self._merchants[mchid] = merchant

    def close(self) -> None:
        self.notices.stop()
        self._kept.close()

    def _routes(self, app: Flask) -> Flask:
        app.add_url_rule("/v3/<path:path>", view_func=self.call, methods=["GET", "POST"])
        app.add_url_rule("/pay", "pay", lambda: self.show(request.args.get("code", "").rpartition("pr=")[2]))
        app.add_url_rule("/h5/<code>", "h5", self.show)
        app.add_url_rule("/cashier/<code>", view_func=self.cashier, methods=["POST"])
        app.add_url_rule("/_sim/faults", view_func=self.order_fault, methods=["POST"])
        return app

    # --- for programs ---
    def call(self, path: str) -> Response:
        asked = signing.claims(request.headers.get("Authorization", ""))
        mchid = asked.get("mchid", "")
        if not self._is_signed(asked):
            return Response('{"code":"SIGN_ERROR","message":"sign"}', 401, mimetype="application/json")
        name = f"{request.method} /v3/{path}"
        fault = self.faults.take(name)
        if fault and fault.when == "before":
            return self._struck(fault)
        try:
            with self._kept.turn():
                status, content = self._answer(mchid, path)
        except Refusal as refusal:
            status, content = refusal.status, {"code": refusal.code, "message": refusal.code}
        return self._struck(fault) if fault else self._signed(status, content)

    def _is_signed(self, asked: dict[str, str]) -> bool:
        merchant = self._merchants.get(asked.get("mchid", ""))
        if merchant is None or asked.get("serial_no") != merchant.serial:
            return False
        if abs(time.time() - int(asked.get("timestamp", "0"))) > signing.FRESH_SECONDS:
            return False
        target = f"{request.path}{'?' + request.query_string.decode() if request.query_string else ''}"
        said_so = (request.method, target, asked["timestamp"], asked["nonce_str"], request.get_data(as_text=True))
        return keys.is_signed(merchant.public_key, signing.lines(*said_so), asked.get("signature", ""))

    def _answer(self, mchid: str, path: str) -> tuple[int, object]:
        wish = request.get_json(silent=True) or {}
        match [request.method, *path.split("/")]:
            case ["GET", "certificates"]:
                return 200, {"data": self.seals.certificates(self._merchants[mchid].api_v3_key)}
            case ["POST", "pay", "transactions", "native"]:
                order = self.orders.begin(mchid, wish, kind="native")
                return 200, {"code_url": f"weixin://wxpay/bizpayurl?pr={order['code']}"}
            case ["POST", "pay", "transactions", "h5"]:
                order = self.orders.begin(mchid, wish, kind="h5")
                return 200, {"h5_url": f"{request.host_url}h5/{order['code']}?package=1037687096"}
            case ["GET", "pay", "transactions", "out-trade-no", no]:
                return 200, said(self.orders.existing(mchid, no))
            case ["POST", "pay", "transactions", "out-trade-no", no, "close"]:
                self.orders.close(mchid, no)
                return 204, None
            case ["POST", "refund", "domestic", "refunds"]:
                return 200, self._refund(mchid, wish)
            case ["GET", "refund", "domestic", "refunds", no]:
                return 200, self.orders.find_refund(mchid, no)
            case ["GET", "bill", "tradebill" | "fundflowbill" as kind]:
                return 200, self._bill_link(mchid, kind)
            case ["GET", "billdownload", "file"]:
                return 200, self.orders.bill(mchid, self._merchants[mchid].appid, request.args.get("token", ""))
            case _:
                raise Refusal(404, "RESOURCE_NOT_EXISTS")

    def _refund(self, mchid: str, wish: dict[str, object]) -> Doc:
        refund = self.orders.refund(mchid, wish, status="PROCESSING" if self.refunds_wait else "SUCCESS")
        if refund["status"] == "SUCCESS":
            self._tell_refund(mchid, refund)
        return refund

    def _bill_link(self, mchid: str, kind: str) -> Doc:
        token = self.orders.bill_link(mchid, kind, request.args.get("bill_date", ""))
        file = self.orders.bill(mchid, self._merchants[mchid].appid, token)
        return {
            "hash_type": "SHA1",
            "hash_value": hashlib.sha1(file, usedforsecurity=False).hexdigest(),
            "download_url": f"{request.host_url}v3/billdownload/file?token={token}",
        }

    def _signed(self, status: int, content: object) -> Response:
        if isinstance(content, bytes):  # files are not signed
            return Response(content, status, mimetype="application/octet-stream")
        body = b"" if content is None else json.dumps(content, ensure_ascii=False).encode()
        asked_for = request.headers.get("Wechatpay-Serial") == PUBLIC_KEY_ID
        headers = self.seals.headers(body, public_mode=asked_for and self.public_mode)
        return Response(body, status, headers, mimetype="application/json")

    def _struck(self, fault: Fault) -> Response:
        if fault.how == "cut":
            cut()
        return self._signed(500, {"code": "SYSTEM_ERROR", "message": "system"})

    # --- for browsers ---
    def show(self, code: str) -> AnyResponse:
        with self._kept.turn():
            order = self.orders.by_code(code)
        if order is None or order["state"] != NOT_PAID:
            return pages.over(BRAND)
        fen, what = order["wish"]["amount"]["total"], order["wish"]["description"]
        back = request.args.get("redirect_url", "")
        action = f"/cashier/{code}" + (f"?{request.query_string.decode()}" if back else "")
        return pages.page("till_pay.html", BRAND, amount=f"{fen // 100}.{fen % 100:02}", what=what, action=action)

    def cashier(self, code: str) -> AnyResponse:
        with self._kept.turn():
            order = self.orders.by_code(code)
            if order is None or order["state"] != NOT_PAID:
                return pages.over(BRAND)
            if request.form.get("answer") == "pay":
                order = self.orders.pay(order)
                self._tell(order["mchid"], order["wish"]["notify_url"], "TRANSACTION.SUCCESS", said(order))
        back = request.args.get("redirect_url", "")
        if urlsplit(back).scheme in ("http", "https"):
            return redirect(back, 303)
        return pages.paid(BRAND) if order["state"] == PAID else pages.over(BRAND)

    # --- notifications and control ---
    def settle(self, mchid: str, out_refund_no: str, status: str = "SUCCESS") -> None:
        """A refund that waits is done, or has failed (ABNORMAL)."""
        with self._kept.turn():
            self._tell_refund(mchid, self.orders.settle_refund(mchid, out_refund_no, status))

    def _tell_refund(self, mchid: str, refund: Doc) -> None:
        amount = {name: value for name, value in refund["amount"].items() if name != "currency"}
        about = {**refund, "mchid": mchid, "refund_status": refund["status"], "amount": amount}
        about.pop("status")
        self._tell(mchid, about.pop("notify_url"), f"REFUND.{refund['status']}", about)

    def _tell(self, mchid: str, url: str, event: str, about: dict[str, object]) -> None:
        if url:
            id = secrets.token_hex(18)
            no = str(about["out_trade_no"])
            self.notices.add(Notice(url, no, lambda: self.letter(mchid, id=id, event=event, about=about)))

    def letter(self, mchid: str, *, id: str, event: str, about: dict[str, object]) -> Letter:
        """A notification about this, sealed and signed as of now."""
        body = signing.notification(self._merchants[mchid].api_v3_key, id=id, event=event, resource=about)
        headers = self.seals.headers(body, public_mode=self.public_mode)
        return Letter({**headers, "Content-Type": "application/json"}, body)

    def order_fault(self) -> Response:
        self.faults.order(Fault(**request.get_json()))
        return jsonify(ordered=True)
