"""Every gateway behind one set of buttons: what a buyer does, what it tells us, and how a thief would bend that."""

import urllib.parse
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlencode

from sqlalchemy import select

from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction
from cardmesh.money.models import PLATFORM_OWNER, Payment
from cardmesh.money.payments.merchants import service as merchants
from cardmesh.money.payments.rules import channel
from cardmesh.sims.alipay import AlipaySim
from cardmesh.sims.till import keys
from cardmesh.sims.till.books import Books
from cardmesh.sims.till.faults import Fault
from cardmesh.sims.till.kept import Doc
from cardmesh.sims.wechat import WechatSim
from cardmesh.sims.wechat.app import Merchant as WechatMerchant
from tests.fixtures.market import StripeDesk, signed
from tests.sims.desk import control, visit

Letter = tuple[Mapping[str, str], bytes]
"""Headers and body of a notification."""


class Till(Protocol):
    """One gateway with one account of ours, and one way of paying."""

    method: str
    phone: bool
    channel: str
    too_old: timedelta
    """Later than this, a letter written now is refused."""

    def pay(self, payment: Payment) -> bool:
        """As the buyer, on whatever page or code there is; whether it went through."""
        ...

    def letters(self, payment: Payment) -> list[Letter]:
        """What the gateway tells of it, signed at this moment."""
        ...

    def bent(self, payment: Payment, **change: Any) -> Letter:
        """A letter the gateway itself might sign: with another `amount` (minor units) or `currency`."""
        ...

    def foreign(self, payment: Payment) -> Letter:
        """The same, rightly signed, about another merchant's payment with our number."""
        ...

    def forged(self, payment: Payment) -> Letter:
        """Signed by somebody else."""
        ...

    def cut_refunds(self, when: str) -> None:
        """No refund's answer arrives until `heal`."""
        ...

    def heal(self) -> None: ...

    def refunded(self, payment: Payment) -> list[int]:
        """What the gateway has given back, refund by refund."""
        ...

    def balance(self) -> int:
        """What the gateway holds for us, fees taken."""
        ...


def payment_of(order_id: object) -> Payment:
    with transaction(tenancy.platform()) as session:
        return session.scalars(select(Payment).where(Payment.order_id == order_id)).one()


def connect(gateway: str, credentials: Mapping[str, str], owner: uuid.UUID = PLATFORM_OWNER) -> str:
    """Connect and use an account, the platform's or a tenant's; its channel."""
    scope = tenancy.platform() if owner == PLATFORM_OWNER else tenancy.tenant(owner)
    row = merchants.connect(scope, owner_id=owner, gateway=gateway, fields=credentials)
    with transaction(scope) as session:
        merchants.activate(session, owner_id=owner, merchant_id=row.id)
    return channel(gateway, row.id)


@dataclass
class StripeTill:
    desk: StripeDesk
    method: str = "card"
    phone: bool = False
    channel: str = "stripe"
    too_old: timedelta = timedelta(minutes=6)

    def pay(self, payment: Payment) -> bool:
        return self.desk.pay(payment.url or "") == 303

    def _event(self, payment: Payment) -> dict[str, Any]:
        told = self.desk.events("checkout.session.completed")
        return next(one for one in told if one["data"]["object"]["client_reference_id"] == str(payment.id))

    def letters(self, payment: Payment) -> list[Letter]:
        return [signed(self._event(payment))]

    def bent(self, payment: Payment, **change: Any) -> Letter:
        event = self._event(payment)
        event["id"] += "bent"
        names = {"amount": "amount_total", "currency": "currency"}
        event["data"]["object"] |= {names[name]: value for name, value in change.items()}
        return signed(event)

    def foreign(self, payment: Payment) -> Letter:
        return signed({**self._event(payment), "id": "evt_foreign", "account": "acct_other"})

    def forged(self, payment: Payment) -> Letter:
        return signed(self._event(payment), secret="whsec_of_another")

    def cut_refunds(self, when: str) -> None:
        control(self.desk.url, "/faults", {"match": "POST /v1/refunds", "times": 99, "when": when, "how": "cut"})

    def heal(self) -> None:
        control(self.desk.url, "/faults", method="DELETE")

    def refunded(self, payment: Payment) -> list[int]:
        found = self.desk.get(f"/v1/refunds?limit=100&payment_intent={payment.intent_ref}")["data"]
        return sorted(one["amount"] for one in found)

    def balance(self) -> int:
        held = self.desk.get("/v1/balance")
        return sum(part["amount"] for side in ("available", "pending") for part in held[side])


@dataclass
class AlipayTill:
    sim: AlipaySim
    channel: str
    phone: bool = False
    method: str = "alipay"
    too_old: timedelta = timedelta(hours=27)

    def pay(self, payment: Payment) -> bool:
        page = payment.url or ""
        if payment.code:
            page = f"{self.sim.url}/pay?{urlencode({'code': payment.code})}"
        return _at_the_cashier(self.sim.url, page)

    def _fields(self, payment: Payment) -> dict[str, str]:
        return {name: value for name, value in parse_qsl(self.letters(payment)[0][1].decode()) if name[:4] != "sign"}

    def letters(self, payment: Payment) -> list[Letter]:
        found = [one.write() for one in self.sim.app.notices.all if one.about == payment.id.hex]
        return [(letter.headers, letter.body) for letter in found]

    def bent(self, payment: Payment, **change: Any) -> Letter:
        """It knows one currency: another is an amount that is none."""
        total = "1.999" if "currency" in change else f"{change['amount'] / 100:.2f}"
        return self._letter({**self._fields(payment), "total_amount": total, "notify_id": "bent"})

    def foreign(self, payment: Payment) -> Letter:
        return self._letter({**self._fields(payment), "app_id": "2021000000009999"})

    def forged(self, payment: Payment) -> Letter:
        headers, body = self.letters(payment)[0]
        return headers, body.replace(b"trade_status=TRADE_SUCCESS", b"trade_status=TRADE_FINISHED")

    def _letter(self, fields: Mapping[str, str]) -> Letter:
        letter = self.sim.app.sealed(fields)
        return letter.headers, letter.body

    def cut_refunds(self, when: str) -> None:
        self.sim.app.faults.order(Fault("alipay.trade.refund", 99, when))

    def revoke(self) -> None:
        """Our key is taken back."""
        self.sim.app.admit(self.sim.credentials["app_id"], self.sim.credentials["alipay_public_key"])

    def heal(self) -> None:
        self.sim.app.faults.clear()
        self.sim.app.admit(self.sim.credentials["app_id"], keys.public_of(self.sim.credentials["private_key"]))

    def refunded(self, payment: Payment) -> list[int]:
        trade = self.sim.app.trade(payment.id.hex)
        return sorted(round(float(amount) * 100) for amount in trade["refunds"].values())

    @property
    def moved(self) -> list[Doc]:
        return self.books.all(self.sim.credentials["app_id"])

    @property
    def books(self) -> Books:
        return self.sim.app.books

    def balance(self) -> int:
        return sum(one["fen"] - one["fee"] for one in self.moved)


@dataclass
class WechatTill:
    sim: WechatSim
    channel: str
    phone: bool = False
    method: str = "wechat_pay"
    too_old: timedelta = timedelta(minutes=6)

    @property
    def mchid(self) -> str:
        return self.sim.credentials["mchid"]

    def pay(self, payment: Payment) -> bool:
        page = payment.url or ""
        if payment.code:
            page = f"{self.sim.url}/pay?{urlencode({'code': payment.code})}"
        return _at_the_cashier(self.sim.url, page)

    def letters(self, payment: Payment) -> list[Letter]:
        found = [one.write() for one in self.sim.app.notices.all if one.about == payment.id.hex]
        return [(letter.headers, letter.body) for letter in found]

    def _about(self, payment: Payment, **change: Any) -> dict[str, Any]:
        said = {
            "mchid": self.mchid,
            "appid": self.sim.credentials["appid"],
            "out_trade_no": payment.id.hex,
            "transaction_id": "4200000000000000000000000001",
            "trade_state": "SUCCESS",
            "amount": {"total": payment.amount_minor, "currency": "CNY"},
        }
        said["amount"] |= {{"amount": "total"}.get(name, name): value for name, value in change.items()}
        return said

    def bent(self, payment: Payment, **change: Any) -> Letter:
        return self._letter(self.mchid, self._about(payment, **change))

    def foreign(self, payment: Payment) -> Letter:
        """The same WeChat key signs for all merchants; only the APIv3 key and the number inside tell them apart."""
        return self._letter(self.mchid, self._about(payment) | {"mchid": "1900009999"})

    def forged(self, payment: Payment) -> Letter:
        headers, body = self.letters(payment)[0]
        return headers, body.replace(b"TRANSACTION.SUCCESS", b"TRANSACTION.SUCCES5")

    def sealed_for_another(self, payment: Payment) -> Letter:
        """Sealed with another merchant's APIv3 key."""
        self.sim.app.admit("1900009999", WechatMerchant("wx", "s", "", "k" * 32))
        return self._letter("1900009999", self._about(payment))

    def _letter(self, mchid: str, about: dict[str, Any]) -> Letter:
        letter = self.sim.app.letter(mchid, id="bent", event="TRANSACTION.SUCCESS", about=about)
        return letter.headers, letter.body

    def cut_refunds(self, when: str) -> None:
        self.sim.app.faults.order(Fault("POST /v3/refund/*", 99, when))

    def revoke(self) -> None:
        """Our key is taken back."""
        self._admit("another")

    def heal(self) -> None:
        self.sim.app.faults.clear()
        self._admit(self.sim.credentials["serial"])

    def _admit(self, serial: str) -> None:
        held = self.sim.credentials
        public = keys.public_of(held["private_key"])
        self.sim.app.admit(self.mchid, WechatMerchant(held["appid"], serial, public, held["api_v3_key"]))

    def refunded(self, payment: Payment) -> list[int]:
        order = self.sim.app.orders.find(self.mchid, payment.id.hex) or {}
        return sorted(order.get("refunds", {}).values())

    @property
    def moved(self) -> list[Doc]:
        return self.books.all(self.mchid)

    @property
    def books(self) -> Books:
        return self.sim.app.orders.books

    def balance(self) -> int:
        return sum(one["fen"] - one["fee"] for one in self.moved)


@contextmanager
def counter(sim: AlipaySim | WechatSim, owner: uuid.UUID = PLATFORM_OWNER) -> Iterator[AlipayTill | WechatTill]:
    """A simulator's account, connected and in use, with empty books: the simulators outlive a test."""
    if isinstance(sim, AlipaySim):
        made = AlipayTill(sim, connect("alipay", sim.credentials, owner))
    else:
        made = WechatTill(sim, connect("wechat", sim.credentials, owner))
    for moved in made.moved:
        made.books.lose(moved)
    yield made
    made.heal()


def _at_the_cashier(base: str, page: str) -> bool:
    """Open the page, press the button; whether there was one, and it worked."""
    shown = visit(page)
    if shown.status != 200:
        return False
    action = shown.text.partition('action="')[2].partition('"')[0].replace("&amp;", "&")
    done = visit(urllib.parse.urljoin(base, action), {"answer": "pay"})
    return done.status in (200, 303)
