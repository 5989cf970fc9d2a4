"""A dump restored into another server: the step before every start sees it, and books and log simply go on."""

import subprocess
from pathlib import Path

from cardmesh.app import create_app
from cardmesh.insight.verify import command
from cardmesh.kit import migrate, runtime, tenancy
from cardmesh.kit.db import db, transaction
from cardmesh.money.ledger import service as ledger
from cardmesh.provenance.verify import verify
from tests.custody.conftest import environment
from tests.fixtures.market import Market
from tests.fixtures.restore import age, newest_transaction, restored
from tests.provenance.conftest import logged


def test_a_restored_installation_goes_on_by_itself(market: Market, tmp_path: Path, python: str) -> None:
    here = runtime.current().settings
    age(here)
    market.fund(1_000_000)
    sku = market.sell(keys=3)
    market.wallet_order((sku, 1))
    logged()
    with transaction(tenancy.platform()) as session:
        ledger.fold(session)
    market.wallet_order((sku, 1))  # in the dump, but not in the log yet
    assert not migrate.is_restored(here)
    with restored(here, tmp_path) as there:
        assert migrate.is_restored(there)
        step = [python, "-P", "-m", "cardmesh", "migrate"]
        told = subprocess.run(step, env=environment(there), cwd=tmp_path, capture_output=True, text=True)
        assert told.returncode == 0 and "postings folded" in told.stdout, told.stderr
        assert not migrate.is_restored(there)
        with create_app(there).app_context():
            age(there, newest_transaction(here) - newest_transaction(there) + 1)  # past every id of the dump
            market.wallet_order((sku, 1))
            assert len([leaf for leaf in logged() if leaf.event == "sold"]) == 3
            with transaction(tenancy.platform()) as session:
                assert verify(session).defects == []
            with transaction(tenancy.platform()) as session:
                assert ledger.fold(session) > 0 and ledger.prove(session).sound
            assert command.main([]) == 0
            db.session.remove()
            db.engine.dispose()
