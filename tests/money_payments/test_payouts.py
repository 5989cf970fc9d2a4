"""Payout runs: two people, each line paid once whatever breaks, what fails comes back."""

import csv
import io
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError, ProgrammingError

from cardmesh.identity.models import Party
from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.errors import Forbidden, ValidationFailed
from cardmesh.kit.ids import public_id
from cardmesh.money.models import WithdrawalStatus
from cardmesh.money.payments.errors import GatewayUnavailable
from cardmesh.money.payouts import batch, execution, runs, schedule, terms
from cardmesh.money.payouts.errors import MethodNotLicensed, RunDecided, RunEmpty, RunNotApproved, SamePerson
from cardmesh.money.payouts.models import Method, PayoutRun, Schedule
from cardmesh.money.payouts.providers.base import PayoutFacts, PayoutStatus
from cardmesh.money.payouts.rules import Payee, period
from cardmesh.money.withdrawals import service as withdrawals
from cardmesh.money.withdrawals.errors import WithdrawalDecided
from tests.fixtures.market import StripeDesk
from tests.money.books import answers, together
from tests.money_payments.treasury import CNY, REFUSING_BANK, Treasury
from tests.sims.desk import control

BANK, STRIPE = Method.BANK, Method.STRIPE


@pytest.fixture
def treasury(app: Flask, stripe_desk: StripeDesk) -> Treasury:
    return Treasury(stripe_desk.url)


@pytest.fixture
def bank_run(treasury: Treasury) -> tuple[Treasury, PayoutRun, list[UUID]]:
    """An approved run of three suppliers with 30.00 each."""
    treasury.license()
    owners = [treasury.party() for _ in range(3)]
    for owner in owners:
        treasury.by_bank(owner)
        treasury.ask(owner, 30_00)
    return treasury, treasury.approve(treasury.make(BANK)), owners


def results(run: PayoutRun, treasury: Treasury, *words: tuple[str, str]) -> bytes:
    refs = [public_id("pay", line.id) for line in treasury.lines(run)]
    rows = [f"{ref},{word},{why}" for ref, (word, why) in zip(refs, words, strict=False)]
    return "\r\n".join(["流水号,结果,原因", *rows]).encode()


def read(treasury: Treasury, run: PayoutRun, content: bytes) -> batch.Imported:
    with transaction(treasury.as_person(treasury.maker)) as session:
        return batch.import_results(session, run_id=run.id, content=content)


def test_a_run_takes_what_was_asked_before_today_and_says_what_it_leaves(treasury: Treasury) -> None:
    treasury.license()
    old, young, elsewhere, nowhere, stripe = (treasury.party() for _ in range(5))
    for owner in (old, young):
        treasury.by_bank(owner)
    treasury.choose(elsewhere, Method.ALIPAY, payee=Payee("李雷", "", "13800000000"))
    with transaction(tenancy.supplier(stripe)) as session:
        terms.use_stripe(session, party=Party.SUPPLIER, owner_id=stripe, currency=CNY, account="acct_1")
    asked = {owner: treasury.ask(owner, 10_00, days_ago=0 if owner == young else 1)
             for owner in (old, young, elsewhere, nowhere, stripe)}  # fmt: skip
    with transaction(tenancy.platform()) as session:
        seen = runs.preview(session, method=BANK, currency=CNY)
        by_stripe = runs.preview(session, method=STRIPE, currency=CNY)
    assert [one.withdrawal.owner_id for one in seen.taken] == [old] and seen.total_minor == 10_00
    assert {one.withdrawal.owner_id: one.obstacle for one in seen.left} == {
        young: "too_young", elsewhere: "other_method", nowhere: "no_terms", stripe: "other_method",
    }  # fmt: skip
    assert {one.withdrawal.owner_id: one.obstacle for one in by_stripe.left}[stripe] == "not_ready"
    run = treasury.make(BANK)
    assert (run.lines, run.total_minor, treasury.status(asked[old])) == (1, 10_00, "processing")
    with pytest.raises(WithdrawalDecided), transaction(tenancy.supplier(old)) as session:
        withdrawals.decide(session, withdrawal_id=asked[old], outcome=WithdrawalStatus.CANCELED)
    with pytest.raises(RunEmpty):
        treasury.make(BANK)


def test_those_that_cannot_be_paid_stand_in_nobodys_way(treasury: Treasury, monkeypatch: pytest.MonkeyPatch) -> None:
    """More wait than a run takes, older ones, of parties that never said where to."""
    monkeypatch.setattr(runs, "MOST", 1)
    treasury.license()
    nowhere, owner = treasury.party(), treasury.party()
    treasury.by_bank(owner)
    treasury.ask(nowhere, 10_00)
    treasury.ask(owner, 20_00)
    assert treasury.make(BANK).total_minor == 20_00


def test_two_people_or_nothing(treasury: Treasury) -> None:
    treasury.license()
    owner = treasury.party()
    treasury.by_bank(owner)
    asked = treasury.ask(owner, 10_00)
    with pytest.raises(Forbidden), transaction(tenancy.platform()) as session:
        runs.make(session, method=BANK, currency=CNY)
    run = treasury.make(BANK)
    with pytest.raises(SamePerson), transaction(treasury.as_person(treasury.maker)) as session:
        runs.approve(session, run_id=run.id)
    with pytest.raises(RunNotApproved), transaction(treasury.as_person(treasury.maker)) as session:
        batch.batch_file(session, run_id=run.id)
    ids = {"run": run.id, "who": run.made_by}
    with pytest.raises(IntegrityError, match="two_people"):
        treasury.sql("update payout_runs set status = 'approved', approved_by = :who where id = :run", **ids)
    with pytest.raises(IntegrityError, match="append-only"):
        treasury.sql("update payout_runs set made_by = gen_random_uuid() where id = :run", run=run.id)
    with pytest.raises(IntegrityError, match="append-only"):
        treasury.sql("update payout_lines set amount_minor = 1 where run_id = :run", run=run.id)
    with pytest.raises(ProgrammingError, match="permission denied"):
        treasury.sql("delete from payout_runs")
    with transaction(treasury.as_person(treasury.maker)) as session:
        runs.cancel(session, run_id=run.id, reason="wrong day")
    assert treasury.status(asked) == "requested"
    again = treasury.make(BANK)
    treasury.approve(again)
    with pytest.raises(RunDecided):
        treasury.approve(again)


def test_batch_files_are_for_the_licensed(treasury: Treasury) -> None:
    owner = treasury.party()
    with pytest.raises(MethodNotLicensed):
        treasury.by_bank(owner)
    treasury.license()
    for wrong in (Payee("", "工商银行", "6222020200001234567"), Payee("王小明", "工商银行", "12-34")):
        with pytest.raises(ValidationFailed):
            treasury.choose(owner, BANK, payee=wrong)


def test_a_batch_file_holds_what_was_approved_and_no_formula(treasury: Treasury) -> None:
    treasury.license()
    owner = treasury.party()
    treasury.by_bank(owner, name='=HYPERLINK("x")', account="6222020200001234567")
    treasury.ask(owner, 30_00)
    run = treasury.make(BANK)
    treasury.by_bank(owner, name="Mallory", account="6222029999999999999")  # after the run was made: too late
    treasury.approve(run)
    with transaction(treasury.as_person(treasury.approver)) as session:
        first = batch.batch_file(session, run_id=run.id)
    with transaction(treasury.as_person(treasury.maker)) as session:
        assert batch.batch_file(session, run_id=run.id) == first
    head, line = csv.reader(io.StringIO(first.decode("utf-8-sig")))
    assert head[:5] == ["流水号", "收款户名", "收款账号", "开户行", "金额"]
    assert line[0] == public_id("pay", treasury.lines(run)[0].id)
    assert line[1].startswith("'=") and line[2] == "6222020200001234567" and line[4] == "30.00"
    assert [one.status for one in treasury.lines(run)] == ["sent"]
    stored = repr([(line.payee, line.payee_hint) for line in treasury.lines(run)])
    assert "…4567" in stored and "6222" not in stored


def test_results_are_applied_once_however_often_they_come(bank_run: tuple[Treasury, PayoutRun, list[UUID]]) -> None:
    treasury, run, (paid, refused, silent) = bank_run
    answer = results(run, treasury, ("成功", ""), ("失败", "账号不存在"))
    done = read(treasury, run, answer)
    assert (done.paid, done.failed, done.repeated) == (1, 1, False)
    purses = [treasury.purse(owner) for owner in (paid, refused, silent)]
    assert [(one.available, one.in_transit) for one in purses] == [(70_00, 0), (100_00, 0), (70_00, 30_00)]
    assert read(treasury, run, answer).repeated
    other_bytes = answer + b"\r\n"
    assert read(treasury, run, other_bytes).known == 2
    assert [treasury.purse(owner) for owner in (paid, refused, silent)] == purses
    assert treasury.run_status(run) == "approved"
    last = results(run, treasury, ("paid", ""), ("paid", ""), ("paid", ""))
    done = read(treasury, run, last)
    assert (done.paid, len(done.odd)) == (1, 1), "paid after failed is shown, never booked"
    assert treasury.run_status(run) == "done" and treasury.purse(refused) == purses[1]


def test_what_the_bank_sends_back_is_available_again(bank_run: tuple[Treasury, PayoutRun, list[UUID]]) -> None:
    treasury, run, owners = bank_run
    read(treasury, run, results(run, treasury, ("paid", "")))
    assert treasury.purse(owners[0]).available == 70_00
    assert read(treasury, run, results(run, treasury, ("退票", "户名不符"))).failed == 1
    assert (treasury.purse(owners[0]).available, treasury.purse(owners[0]).in_transit) == (100_00, 0)


@pytest.mark.parametrize("content", ["a,b\r\n1,2", "流水号,结果\r\npay_x,成功", "流水号,结果\r\n{ref},大概"])
def test_a_file_that_makes_no_sense_changes_nothing(
    bank_run: tuple[Treasury, PayoutRun, list[UUID]], content: str
) -> None:
    treasury, run, owners = bank_run
    ref = public_id("pay", treasury.lines(run)[0].id)
    with pytest.raises(batch.ResultUnreadable):
        read(treasury, run, content.replace("{ref}", ref).encode())
    assert [treasury.purse(owner).in_transit for owner in owners] == [30_00] * 3


def test_one_file_read_at_once_is_read_once(app: Flask, bank_run: tuple[Treasury, PayoutRun, list[UUID]]) -> None:
    treasury, run, owners = bank_run
    content = results(run, treasury, ("paid", ""), ("failed", "no"), ("paid", ""))
    done, _ = answers(together(app, [lambda: read(treasury, run, content)] * 6), Exception)
    assert sorted(one.repeated for one in done) == [False, *[True] * 5]
    assert [treasury.purse(owner).available for owner in owners] == [70_00, 100_00, 70_00]


def test_stripe_pays_and_its_end_is_asked_for(treasury: Treasury) -> None:
    api, owner = treasury.fund_gateway(), treasury.party()
    account = treasury.by_stripe(owner)
    asked = treasury.ask(owner, 40_00)
    run = treasury.approve(treasury.make(STRIPE))
    (line,) = treasury.lines(run)
    assert execution.execute(line_id=line.id) is PayoutStatus.PROCESSING
    assert (treasury.purse(owner).in_transit, treasury.status(asked)) == (40_00, "processing")
    treasury.wait(line)
    assert (treasury.purse(owner).total, treasury.status(asked)) == (60_00, "paid")
    assert treasury.run_status(run) == "done"
    assert execution.execute(line_id=line.id) is PayoutStatus.PAID, "paid: only asked again"
    (transfer,) = api.v1.transfers.list({}).data
    assert (transfer.amount, transfer.destination) == (40_00, account)
    assert len(api.v1.payouts.list({}, {"stripe_account": account}).data) == 1


def test_what_the_bank_refuses_is_reversed_first_and_given_back_then(treasury: Treasury) -> None:
    api, owner = treasury.fund_gateway(), treasury.party()
    treasury.by_stripe(owner, bank=REFUSING_BANK)
    asked = treasury.ask(owner, 40_00)
    (line,) = treasury.lines(treasury.approve(treasury.make(STRIPE)))
    treasury.wait(line)
    assert (treasury.purse(owner).available, treasury.status(asked)) == (100_00, "failed")
    (transfer,) = api.v1.transfers.list({}).data
    assert transfer.reversed and treasury.purse(owner).in_transit == 0
    assert [one.told for one in treasury.lines(treasury_run(treasury, line.run_id))] == ["no_account"]


def treasury_run(treasury: Treasury, run_id: UUID) -> PayoutRun:
    with transaction(tenancy.platform()) as session:
        return session.get_one(PayoutRun, run_id)


@pytest.mark.parametrize("call", ["POST /v1/transfers", "POST /v1/payouts"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_cut_answer_is_settled_by_asking(treasury: Treasury, call: str, when: str) -> None:
    api, owner = treasury.fund_gateway(), treasury.party()
    account = treasury.by_stripe(owner)
    treasury.ask(owner, 40_00)
    (line,) = treasury.lines(treasury.approve(treasury.make(STRIPE)))
    control(treasury.url, "/faults", {"match": call, "times": 3, "when": when, "how": "cut"})
    for _ in range(3):
        try:
            execution.execute(line_id=line.id)
        except GatewayUnavailable:
            assert treasury.purse(owner).in_transit == 40_00
    treasury.wait(line)
    assert treasury.purse(owner).total == 60_00
    assert len(api.v1.transfers.list({}).data) == 1
    assert len(api.v1.payouts.list({}, {"stripe_account": account}).data) == 1


def test_a_gateway_without_money_keeps_the_line_waiting(treasury: Treasury) -> None:
    owner = treasury.party()
    treasury.by_stripe(owner)
    treasury.ask(owner, 40_00)
    (line,) = treasury.lines(treasury.approve(treasury.make(STRIPE)))
    with pytest.raises(GatewayUnavailable):
        execution.execute(line_id=line.id)
    assert treasury.purse(owner).in_transit == 40_00
    treasury.fund_gateway()
    treasury.wait(line)
    assert treasury.purse(owner).total == 60_00


def test_a_run_that_is_not_approved_pays_nothing(treasury: Treasury) -> None:
    treasury.fund_gateway()
    owner = treasury.party()
    treasury.by_stripe(owner)
    treasury.ask(owner, 40_00)
    (line,) = treasury.lines(treasury.make(STRIPE))
    assert execution.execute(line_id=line.id) is None and treasury.purse(owner).in_transit == 40_00


def test_paid_after_failed_is_not_booked(treasury: Treasury) -> None:
    treasury.license()
    owner = treasury.party()
    treasury.by_bank(owner)
    treasury.ask(owner, 40_00)
    (line,) = treasury.lines(treasury.approve(treasury.make(BANK)))
    told = [PayoutStatus.FAILED, PayoutStatus.PAID, PayoutStatus.FAILED]
    new = []
    for status in told:
        with transaction(tenancy.platform()) as session:
            new.append(execution.settle(session, line_id=line.id, facts=PayoutFacts(status=status)))
    assert new == [True, False, False] and treasury.purse(owner).available == 100_00


def test_a_schedule_asks_once_for_each_period(treasury: Treasury) -> None:
    treasury.license()
    daily, weekly, poor = treasury.party(), treasury.party(), treasury.party()
    treasury.choose(daily, BANK, Schedule.DAILY)
    treasury.choose(weekly, BANK, Schedule.WEEKLY, minimum=50_00)
    treasury.choose(poor, BANK, Schedule.MONTHLY, minimum=100_01)
    monday = datetime(2026, 11, 23, 1, tzinfo=UTC)
    assert schedule.request_due(monday) == 2 and schedule.request_due(monday) == 0
    assert [treasury.purse(one).in_transit for one in (daily, weekly, poor)] == [100_00, 100_00, 0]
    for owner in (daily, weekly):
        treasury.give(owner, 60_00)
    assert schedule.request_due(monday + timedelta(days=1)) == 1, "a new day, the same week"
    assert [treasury.purse(one).in_transit for one in (daily, weekly)] == [160_00, 100_00]


def test_periods_begin_at_the_platforms_midnight() -> None:
    late, early = datetime(2026, 11, 22, 15, 59, tzinfo=UTC), datetime(2026, 11, 22, 16, tzinfo=UTC)
    assert [period("daily", at) for at in (late, early)] == ["2026-11-22", "2026-11-23"]
    assert [period("weekly", at) for at in (late, early)] == ["2026-W47", "2026-W48"]
    assert (period("monthly", early), period("manual", early)) == ("2026-11", None)


def test_racing_schedules_ask_once(app: Flask, treasury: Treasury) -> None:
    treasury.license()
    owner = treasury.party()
    treasury.choose(owner, BANK, Schedule.DAILY)
    at = datetime(2026, 11, 23, 1, tzinfo=UTC)
    counts, _ = answers(together(app, [lambda: schedule.request_due(at)] * 6), Exception)
    assert sum(counts) == 1 and treasury.purse(owner).in_transit == 100_00
