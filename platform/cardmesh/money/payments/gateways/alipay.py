"""Alipay directly: page, phone page and QR code, refunds, notifications. RSA2 both ways.

https://opendocs.alipay.com/open/270/105899 (page), /open/194/106078 (code), /common/02mriz (signing a request),
/common/02mse7 (verifying a notification). The library of the gateway's makers wants its keys in files; the protocol is
small.
"""

import json
import logging
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode

from ....kit import clock
from ..errors import AnswerUnsigned, GatewayRefused, GatewayUnavailable, PaymentMethodUnavailable, SignatureRefused
from . import alipay_bills, bills, facts, http, rsa
from . import alipay_objects as objects
from .base import CheckoutRequest, Movement, RawEvent, RefundFacts, RefundRequest, RefundStatus, SessionFacts, Told, Way

log = logging.getLogger(__name__)

BASE = "https://openapi.alipay.com/gateway.do"
OLDEST = timedelta(hours=26)
"""A notification is repeated for 25 hours; which of them carry a new time is not promised."""
FUTURE = timedelta(minutes=5)
UNKNOWN = ("ACQ.SYSTEM_ERROR", "AQC.SYSTEM_ERROR", "isp.unknow-error", "aop.ACQ.SYSTEM_ERROR")
ABSENT = "ACQ.TRADE_NOT_EXIST"
NO_BILL = "bill_not_exist"


class AlipayGateway:
    """One application (`app_id`) of a merchant, by its private key and Alipay's public key for it."""

    name = "alipay"
    receipt = "success"
    books_after = bills.READY

    def __init__(
        self, *, app_id: str, private_key: str, alipay_public_key: str, hook_url: str, api_base: str | None = None
    ) -> None:
        self.account = app_id
        self.livemode = api_base is None
        self._key = rsa.private_key(private_key)
        self._theirs = rsa.public_key(alipay_public_key, "alipay_public_key")
        self._hook_url = hook_url
        self._base = api_base or BASE

    def open_session(self, request: CheckoutRequest) -> SessionFacts:
        if request.currency != facts.CURRENCY:
            raise PaymentMethodUnavailable
        wish = objects.trade(request)
        if request.way == Way.QR:
            code = self._ask("alipay.trade.precreate", wish, notify=True)["qr_code"]
            return facts.opened(self.account, request, livemode=self.livemode, code=code)
        method, product = objects.PAGES[Way(request.way)]
        fields = self._signed(method, {**wish, "product_code": product}, notify=True, return_url=request.success_url)
        return facts.opened(
            self.account, request, livemode=self.livemode, url=f"{self._base}?{urlencode(fields)}"
        )

    def retrieve(self, session_ref: str) -> SessionFacts:
        try:
            trade = self._ask("alipay.trade.query", {"out_trade_no": session_ref})
        except GatewayRefused as error:
            if error.params.get("reason") != ABSENT:
                raise
            return facts.absent(self.account, session_ref, livemode=self.livemode)
        return objects.session_facts(trade, self.account, livemode=self.livemode)

    def expire(self, session_ref: str) -> SessionFacts:
        """A page that nobody has opened is no trade yet and cannot be closed: it ends by its own time."""
        try:
            self._ask("alipay.trade.close", {"out_trade_no": session_ref})
        except GatewayRefused as error:
            log.info("alipay: close: %s", error.params.get("reason"))
        return self.retrieve(session_ref)

    def refund(self, request: RefundRequest) -> RefundFacts:
        wish = objects.refund(request)
        done = self._ask("alipay.trade.refund", wish)
        ref = f"{request.session_ref}/{request.key}"
        if done.get("fund_change") == "Y":
            return objects.refunded(ref, self.account, request.amount_minor, livemode=self.livemode)
        found = self.retrieve_refund(ref)  # repeated, or not done: only the query tells
        if found.status is not RefundStatus.SUCCEEDED:
            raise GatewayUnavailable
        return found

    def retrieve_refund(self, gateway_ref: str) -> RefundFacts:
        trade, _, key = gateway_ref.partition("/")
        found = self._ask("alipay.trade.fastpay.refund.query", {"out_trade_no": trade, "out_request_no": key})
        return objects.refund_facts(found, gateway_ref, self.account, livemode=self.livemode)

    def parse_webhook(self, headers: Mapping[str, str], body: bytes) -> RawEvent:
        fields = _form(body)
        told = {name: value for name, value in fields.items() if name not in ("sign", "sign_type")}
        if fields.get("sign_type") != "RSA2" or not rsa.is_signed(
            self._theirs, objects.joined(told), fields.get("sign", "")
        ):
            raise SignatureRefused
        if told.get("app_id") != self.account or not told.get("notify_id") or not _fresh(told.get("notify_time", "")):
            raise SignatureRefused
        kept = {name: value for name, value in told.items() if name not in objects.PERSONAL}
        return RawEvent(told["notify_id"], f"trade.{told.get('trade_status', '')}", kept)

    def interpret(self, payload: Mapping[str, Any]) -> Told:
        return objects.told(payload, livemode=self.livemode)

    def list_events_since(self, moment: datetime) -> Iterator[RawEvent]:
        """Alipay keeps no list: what was missed is found by asking for each open trade."""
        return iter(())

    def list_movements(self, since: datetime, until: datetime) -> Iterator[Movement]:
        for day in bills.days(since, until):
            for movement in self._bill(day):
                if since <= movement.at < until:
                    yield movement

    def check(self) -> None:
        """That a trade which never was does not exist is said to nobody but us, signed by nobody but Alipay."""
        self.retrieve("0" * 32)

    def _bill(self, day: date) -> list[Movement]:
        """The bill of the account's trades; there is none of a day without any."""
        wish = {"bill_type": "trade", "bill_date": day.isoformat()}
        try:
            told = self._ask("alipay.data.dataservice.bill.downloadurl.query", wish)
        except GatewayRefused as error:
            if str(error.params.get("reason")).lower().endswith(NO_BILL):
                return []
            raise
        with bills.readable("alipay"):
            file = http.send("GET", told["bill_download_url"], longest=http.LONGEST_FILE)
            if file.status != 200:
                raise GatewayUnavailable
            return list(alipay_bills.movements(file.body))

    def _ask(self, method: str, wish: Mapping[str, object], *, notify: bool = False) -> dict[str, Any]:
        body = urlencode(self._signed(method, wish, notify=notify)).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded;charset=utf-8"}
        answer = http.send("POST", self._base, body=body, headers=headers)
        if answer.status != 200:
            raise GatewayUnavailable
        return self._read(method, answer.body)

    def _read(self, method: str, body: bytes) -> dict[str, Any]:
        """The signed part of an answer. What is not signed by Alipay is as good as no answer."""
        try:
            said = objects.answer(method, body.decode())
        except (ValueError, KeyError):
            raise GatewayUnavailable from None
        content = said.content
        refused = GatewayRefused(reason=str(content.get("sub_code") or content.get("code")))
        if said.is_error:
            raise refused  # of a request that Alipay could not even attribute: it does not sign those
        if not rsa.is_signed(self._theirs, said.signed, said.signature):
            raise AnswerUnsigned
        if content.get("code") == "10000":
            return content
        log.warning("alipay: %s %s %s", method, content.get("code"), content.get("sub_code"))
        if content.get("code") == "20000" or content.get("sub_code") in UNKNOWN:
            raise GatewayUnavailable
        raise refused

    def _signed(
        self, method: str, wish: Mapping[str, object], *, notify: bool = False, return_url: str = ""
    ) -> dict[str, str]:
        fields = {
            "app_id": self.account,
            "method": method,
            "format": "JSON",
            "charset": "utf-8",
            "sign_type": "RSA2",
            "timestamp": objects.beijing(clock.now()),
            "version": "1.0",
            "biz_content": json.dumps(wish, ensure_ascii=False, separators=(",", ":")),
        }
        fields |= {"notify_url": self._hook_url} if notify else {}
        fields |= {"return_url": return_url} if return_url else {}
        return fields | {"sign": rsa.sign(self._key, objects.joined(fields))}


def _form(body: bytes) -> dict[str, str]:
    """Raises SignatureRefused for what is no form, or says a thing twice."""
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True, max_num_fields=200)
    except ValueError:
        raise SignatureRefused from None
    if len(dict(pairs)) != len(pairs):
        raise SignatureRefused
    return dict(pairs)


def _fresh(stamp: str) -> bool:
    try:
        age = clock.now() - objects.moment(stamp)
    except ValueError:
        return False
    return -FUTURE <= age <= OLDEST
