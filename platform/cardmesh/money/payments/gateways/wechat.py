"""WeChat Pay v3 directly: QR code and phone page, refunds, notifications.

https://pay.weixin.qq.com/doc/v3/merchant/4012791858 (native), 4012791832 (H5), 4012365342 (signing a request),
4013053249 (verifying an answer or notification).
"""

import hashlib
import json
import logging
import re
import secrets
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

from ....kit import clock
from ....kit.errors import invalid
from ..errors import AnswerUnsigned, GatewayRefused, GatewayUnavailable, PaymentMethodUnavailable, SignatureRefused
from . import bills, facts, http, rsa, signatures, wechat_bills
from . import wechat_objects as objects
from .base import CheckoutRequest, Movement, RawEvent, RefundFacts, RefundRequest, SessionFacts, Told, Way
from .wechat_keys import PlatformKeys, opened

log = logging.getLogger(__name__)

BASE = "https://api.mch.weixin.qq.com"
API_V3_KEY_BYTES = 32
PAY, REFUNDS = "/v3/pay/transactions", "/v3/refund/domestic/refunds"
ABSENT = ("ORDER_NOT_EXIST", "ORDERNOTEXIST")
UNKNOWN = ("SYSTEM_ERROR", "SYSTEMERROR", "FREQUENCY_LIMITED", "BANK_ERROR", "STATEMENT_CREATING")
NO_BILL = "NO_STATEMENT_EXIST"


class WechatGateway:
    """One merchant (`mchid`) with one `appid`, by its API certificate's key and its APIv3 key."""

    name = "wechat"
    receipt = ""
    books_after = bills.READY

    def __init__(
        self,
        *,
        mchid: str,
        appid: str,
        serial: str,
        private_key: str,
        api_v3_key: str,
        hook_url: str,
        public_key_id: str = "",
        public_key: str = "",
        api_base: str | None = None,
    ) -> None:
        self.account, self._appid, self._serial = mchid, appid, serial
        self.livemode = api_base is None
        self._key = rsa.private_key(private_key)
        self._api_v3_key = api_v3_key.encode()
        if len(self._api_v3_key) != API_V3_KEY_BYTES:
            raise invalid("/api_v3_key", "key_length", "APIv3 密钥须为 32 个字符", "An APIv3 key has 32 characters")
        self._hook_url, self._base = hook_url, api_base or BASE
        configured = {public_key_id: rsa.public_key(public_key)} if public_key_id else {}
        self._theirs = PlatformKeys(configured, self._fetch_certificates)

    def open_session(self, request: CheckoutRequest) -> SessionFacts:
        if request.currency != facts.CURRENCY:
            raise PaymentMethodUnavailable
        kind = "h5" if request.way == Way.PHONE else "native"
        wish = objects.order(request, self._appid, self.account, self._hook_url)
        made = self._ask("POST", f"{PAY}/{kind}", wish)
        url = made.get("h5_url")
        if url:
            url = f"{url}{'&' if '?' in url else '?'}redirect_url={quote(request.success_url, safe='')}"
        return facts.opened(self.account, request, livemode=self.livemode, url=url, code=made.get("code_url"))

    def retrieve(self, session_ref: str) -> SessionFacts:
        try:
            found = self._ask("GET", f"{PAY}/out-trade-no/{session_ref}?mchid={self.account}")
        except GatewayRefused as error:
            if error.params.get("reason") not in ABSENT:
                raise
            return facts.absent(self.account, session_ref, livemode=self.livemode)
        return objects.session_facts(found, livemode=self.livemode)

    def expire(self, session_ref: str) -> SessionFacts:
        try:
            self._ask("POST", f"{PAY}/out-trade-no/{session_ref}/close", {"mchid": self.account})
        except GatewayRefused as error:  # paid, or closed before
            log.info("wechat: close: %s", error.params.get("reason"))
        return self.retrieve(session_ref)

    def refund(self, request: RefundRequest) -> RefundFacts:
        done = self._ask("POST", REFUNDS, objects.refund(request, self._hook_url))
        return objects.refund_facts(done, self.account, livemode=self.livemode)

    def retrieve_refund(self, gateway_ref: str) -> RefundFacts:
        found = self._ask("GET", f"{REFUNDS}/{gateway_ref}")
        return objects.refund_facts(found, self.account, livemode=self.livemode)

    def parse_webhook(self, headers: Mapping[str, str], body: bytes) -> RawEvent:
        self._verify({name.lower(): value for name, value in headers.items()}, body)
        try:
            event = json.loads(body)
            resource = json.loads(opened(self._api_v3_key, event["resource"]))
            ref, kind = str(event["id"]), str(event["event_type"])
            mchid = resource["mchid"]
        except (ValueError, KeyError, TypeError):
            raise SignatureRefused from None
        if mchid != self.account or resource.get("appid", self._appid) != self._appid:
            raise SignatureRefused
        kept = {name: value for name, value in resource.items() if name not in objects.PERSONAL}
        return RawEvent(ref, kind, {"id": ref, "event_type": kind, "resource": kept})

    def interpret(self, payload: Mapping[str, Any]) -> Told:
        return objects.told(payload, livemode=self.livemode)

    def list_events_since(self, moment: datetime) -> Iterator[RawEvent]:
        """WeChat keeps no list: what was missed is found by asking for each open order."""
        return iter(())

    def list_movements(self, since: datetime, until: datetime) -> Iterator[Movement]:
        """What moved is the bill of funds; what we know it by, and its fee, is the bill of trades."""
        days = list(bills.days(since, until))
        with bills.readable("wechat"):
            trades = [row for day in days for row in self._bill(f"tradebill?bill_date={day}&bill_type=ALL")]
            funds = [row for day in days for row in self._bill(f"fundflowbill?bill_date={day}")]
            moved = list(wechat_bills.movements(trades, funds))
        yield from (movement for movement in moved if since <= movement.at < until)

    def check(self) -> None:
        """That an order which never was does not exist is said to nobody but us, signed by nobody but WeChat."""
        self.retrieve("0" * 32)

    def _bill(self, asked: str) -> list[dict[str, str]]:
        """The rows of a bill; there is none of a day without any. A file is not signed: the hash that is tells it."""
        try:
            told = self._ask("GET", f"/v3/bill/{asked}")
        except GatewayRefused as error:
            if error.params.get("reason") == NO_BILL:
                return []
            raise
        place = urlsplit(told["download_url"])
        file = self._send("GET", f"{place.path}?{place.query}", longest=http.LONGEST_FILE)
        if file.status != 200 or hashlib.sha1(file.body, usedforsecurity=False).hexdigest() != told["hash_value"]:
            raise GatewayUnavailable
        return list(wechat_bills.rows(file.body))

    def _ask(self, method: str, path: str, wish: Mapping[str, object] | None = None) -> dict[str, Any]:
        answer = self._send(method, path, wish)
        self._verify_answer(answer)
        content = json.loads(answer.body) if answer.body else {}
        if answer.status < 300:
            return content
        raise self._refusal(answer.status, str(content.get("code") or answer.status))

    def _send(
        self, method: str, path: str, wish: Mapping[str, object] | None = None, *, longest: int = http.LONGEST
    ) -> http.Answer:
        body = json.dumps(wish, ensure_ascii=False).encode() if wish is not None else b""
        headers = {
            "Authorization": self._authorization(method, path, body),
            "Accept": "application/json",
            "Content-Type": "application/json",
            "User-Agent": "Cardmesh/1.0",
        }
        if known := self._theirs.configured:
            headers["Wechatpay-Serial"] = known
        return http.send(method, f"{self._base}{path}", body=body or None, headers=headers, longest=longest)

    def _verify_answer(self, answer: http.Answer) -> None:
        """An answer without WeChat's signature is as good as none; but who is not known is refused unsigned."""
        try:
            self._verify(answer.headers, answer.body)
        except SignatureRefused:
            if answer.status == 401:
                raise GatewayRefused(reason="SIGN_ERROR") from None
            raise AnswerUnsigned from None

    @staticmethod
    def _refusal(status: int, code: str) -> GatewayRefused | GatewayUnavailable:
        log.warning("wechat: %s %s", status, code)
        if status == 429 or status >= 500 or code in UNKNOWN:
            return GatewayUnavailable()
        return GatewayRefused(reason=code)

    def _authorization(self, method: str, path: str, body: bytes) -> str:
        parts = urlsplit(f"{self._base}{path}")
        target = f"{parts.path}{'?' + parts.query if parts.query else ''}"
        stamp, nonce = str(int(clock.now().timestamp())), secrets.token_hex(16)
        signature = rsa.sign(self._key, objects.signed(method, target, stamp, nonce, body.decode()))
        told = {
            "mchid": self.account,
            "nonce_str": nonce,
            "signature": signature,
            "timestamp": stamp,
            "serial_no": self._serial,
        }
        return f"{objects.SCHEMA} " + ",".join(f'{name}="{value}"' for name, value in told.items())

    def _verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """Raises SignatureRefused, also for what is not fresh: WeChat signs each repetition anew."""
        stamp, nonce = headers.get("wechatpay-timestamp", ""), headers.get("wechatpay-nonce", "")
        if not re.fullmatch(r"\d{1,12}", stamp, re.ASCII) or not nonce:
            raise SignatureRefused
        signatures.require_fresh(int(stamp))
        key = self._theirs.find(headers.get("wechatpay-serial", ""))
        try:
            message = objects.signed(stamp, nonce, body.decode())
        except UnicodeDecodeError:
            raise SignatureRefused from None
        if key is None or not rsa.is_signed(key, message, headers.get("wechatpay-signature", "")):
            raise SignatureRefused

    def _fetch_certificates(self) -> Mapping[str, str]:
        """Serial → certificate of those in force. The APIv3 key proves them: only WeChat could seal them so."""
        answer = self._send("GET", "/v3/certificates")
        if answer.status != 200:
            raise self._refusal(answer.status, "certificates")
        try:
            rows = json.loads(answer.body)["data"]
            return {row["serial_no"]: opened(self._api_v3_key, row["encrypt_certificate"]).decode() for row in rows}
        except (ValueError, KeyError, TypeError):
            raise GatewayUnavailable from None
