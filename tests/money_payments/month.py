"""A calendar month of a busy market: a clock that all follow, and what each of its days brings."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import psycopg
import time_machine

from cardmesh.kit import clock, tenancy
from cardmesh.kit.days import start_of
from cardmesh.kit.db import transaction
from cardmesh.kit.ids import public_id
from cardmesh.kit.sheets.writer import write_csv
from cardmesh.money.closes import service as closes
from cardmesh.money.payouts import batch
from cardmesh.money.payouts.errors import RunEmpty
from cardmesh.money.payouts.models import Method
from cardmesh.settings import Settings
from cardmesh.trade.coupons import service as coupons
from cardmesh.trade.coupons.errors import CouponUsedUp
from cardmesh.trade.coupons.service import CouponDraft
from cardmesh.trade.settlement.service import settle_tenant
from tests.fixtures.market import StripeDesk, deliver
from tests.money_payments.busy import CNY, Busy
from tests.money_payments.treasury import Treasury
from tests.sims.desk import control

FIRST = date(2026, 10, 1)
DAYS = 31
COUPON = "OCTOBER"
_INSTALL = """
create table almanac as select interval '0' as ahead;
create function almanac_now() returns timestamptz language sql security definer
    return pg_catalog.clock_timestamp() + (select ahead from almanac);
do $$
declare one record;
begin
    for one in select table_name, column_name from information_schema.columns
        where table_schema = 'public' and column_default = 'clock_timestamp()'
    loop
        execute format('alter table %I alter column %I set default almanac_now()', one.table_name, one.column_name);
    end loop;
end $$;
"""


class Almanac:
    """Python's, the simulators' and the database's time, all the same: what a row's column says by itself too."""

    def __init__(self, settings: Settings) -> None:
        self._owner = psycopg.connect(settings.database_url.replace("+psycopg", ""), autocommit=True)
        self._owner.execute(_INSTALL)

    @contextmanager
    def at(self, day: date, hour: int) -> Iterator[None]:
        """It is that hour of a business day, and time passes."""
        moment = start_of(day) + timedelta(hours=hour)
        self._owner.execute("update almanac set ahead = %s - clock_timestamp()", [moment])
        with time_machine.travel(moment, tick=True):
            yield

    def close(self) -> None:
        self._owner.close()


@dataclass
class Month(Busy):
    """Each day: the night's settlement and close, payouts of what was asked for before, then trade."""

    desk: StripeDesk = field(kw_only=True)
    almanac: Almanac = field(kw_only=True)
    treasury: Treasury = field(default_factory=Treasury)
    told: set[str] = field(default_factory=set)
    disputed: list[str] = field(default_factory=list)

    def live(self) -> Iterator[date]:
        """The days, each when it is over."""
        for number in range(DAYS):
            day = FIRST + timedelta(days=number)
            with self.almanac.at(day, 3):
                self._begin(number)
            with self.almanac.at(day, 14):
                self._trade(number)
            yield day

    def _begin(self, number: int) -> None:
        if number == 0:
            self.open()
            self._open_more()
            return
        assert closes.close_due() == 1, "yesterday"
        self.settle()
        self.pay_out()

    def _open_more(self) -> None:
        place = {"tenant_id": self.market.tenant_id, "store_id": self.market.store.store_id}
        with transaction(tenancy.tenant(self.market.tenant_id)) as session:
            draft = CouponDraft(code=COUPON, amount_minor=300, most_uses=6)
            coupons.create(session, **place, currency=CNY, draft=draft)
        self.treasury.license()
        for number, supplier in enumerate(self.market.suppliers):
            self.treasury.by_bank(supplier.id, account=f"622202000123456{number}")

    def _trade(self, number: int) -> None:
        verbs = (self.sell, self.sell, self.give_back, self.withdraw, self.deposit, self.advance)
        self.attempt(verbs, 6)
        self.attempt((self.sell_for_money,), 1)
        if number % 7 == 3:
            self.attempt((self.bank_takes_back,), 1)
        if number % 7 == 6:
            self.attempt((self.bank_decides,), 1)
        self.market.run_refunds()
        self.hear()

    def settle(self) -> int:
        """What is due by the clock."""
        with transaction(tenancy.trade(self.market.tenant_id)) as session:
            done = settle_tenant(session, tenant_id=self.market.tenant_id, at=clock.now()).units
        self.done["settle"] += done
        return done

    def pay_out(self) -> None:
        """T+1: made, approved by another, carried to the bank, which pays most of it; some it sends back later."""
        try:
            run = self.treasury.make(Method.BANK)
        except RunEmpty:
            return
        self.treasury.approve(run)
        answers = [
            (public_id(batch.PREFIX, line.id), self.dice.choice(("paid", "paid", "failed")), "account closed")
            for line in self.treasury.lines(run)
        ]
        with transaction(tenancy.platform()) as session:
            batch.batch_file(session, run_id=run.id)
            made = batch.import_results(
                session, run_id=run.id, content=write_csv(answers, ("line", "result", "reason"))
            )
        self.done["paid"] += made.paid
        self.done["failed"] += made.failed

    def sell_for_money(self) -> bool:
        """In the store, half of the time with a coupon, as long as it lasts."""
        item = (self.dice.choice(self.skus), 1)
        try:
            placed = self.market.order(item, coupon=COUPON if self.dice.random() < 0.5 else None)
        except CouponUsedUp:
            self.refused["coupon"] += 1
            placed = self.market.order(item)
        self.done["coupon"] += placed.order.coupon_code is not None
        assert self.desk.pay(self.market.checkout(placed)) == 303
        self.hear()
        return True

    def bank_takes_back(self) -> bool:
        charges = [one for one in self.desk.get("/v1/charges?limit=100")["data"] if not one["disputed"]]
        charges = [one for one in charges if not one["amount_refunded"]]
        made = control(self.desk.url, "/disputes", {"charge": self.dice.choice(charges)["id"]})
        self.disputed.append(made["id"])
        self.hear()
        return True

    def bank_decides(self) -> bool:
        if not self.disputed:
            return False
        verdict = self.dice.choice(("won", "lost"))
        control(self.desk.url, f"/disputes/{self.disputed.pop()}/{verdict}", {})
        self.hear()
        self.done[verdict] += 1
        return True

    def hear(self) -> None:
        """Every message of the gateway's that was not told yet."""
        for event in self.desk.events():
            if event["id"] not in self.told:
                self.told.add(event["id"])
                assert deliver(event) in ("applied", "ignored"), event["type"]


def bounds() -> tuple[datetime, datetime]:
    """The month, by the business's midnights."""
    return start_of(FIRST), start_of(FIRST + timedelta(days=DAYS))
