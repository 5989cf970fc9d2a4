"""A payout run whose file is fetched again while the bank's answers are read."""

from cardmesh.kit.db import transaction
from cardmesh.kit.ids import public_id
from cardmesh.kit.sheets.writer import write_csv
from cardmesh.money.payouts import batch
from cardmesh.money.payouts.models import Method
from tests.fixtures.market import Market
from tests.money_payments.treasury import Treasury

from .interleave import Race, between


@between(("results", "withdrawal.decided", "download"))
def test_results_are_read_while_the_file_is_fetched(race: Race, market: Market) -> None:
    """Both hold the run before its lines: one waits for the other, and never in a circle."""
    treasury, supplier = Treasury(), market.suppliers[0].id
    treasury.license()
    treasury.give(supplier, 100_00)
    treasury.by_bank(supplier)
    treasury.ask(supplier, 30_00)
    run = treasury.approve(treasury.make(Method.BANK))
    [line] = treasury.lines(run)
    answers = write_csv([(public_id(batch.PREFIX, line.id), "paid", "")], ("line", "result", "reason"))

    def read() -> int:
        with transaction(treasury.as_person(treasury.maker)) as session:
            return batch.import_results(session, run_id=run.id, content=answers).paid

    def fetch() -> int:
        with transaction(treasury.as_person(treasury.maker)) as session:
            return batch.batch_file(session, run_id=run.id).count(b"pay_")

    assert race.run(results=read, download=fetch) == {"results": 1, "download": 1} and race.waited
    assert treasury.run_status(run) == "done" and treasury.purse(supplier).in_transit == 0
