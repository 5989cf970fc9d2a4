"""The clocks of web and worker are twenty minutes apart: nothing expires early, nothing waits, nothing comes twice."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import text

from cardmesh.embedded.valkey import Valkey
from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction
from tests.fixtures.database import Databases
from tests.fixtures.promises import Promise

from . import stories
from .arena import Arena, running_arena
from .children import WEB, WORKER
from .skew import NOTE
from .stories import until

MINUTES = 10


@pytest.fixture(params=[pytest.param(-1, id="web-slow"), pytest.param(1, id="web-fast", marks=pytest.mark.faults)])
def apart(
    request: pytest.FixtureRequest, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Arena]:
    skew = request.param * MINUTES * 60
    name, folder = databases.create(), tmp_path_factory.mktemp("skewed")
    settings = replace(databases.settings(name), data_dir=folder)
    with Valkey(folder, persistent=False) as valkey, running_arena(settings, valkey.url(), skews=(skew, -skew)) as made:
        yield made
    databases.drop(name)


def test_wrong_clocks(apart: Arena, promise: Promise) -> None:
    stage = apart.stage()
    stories.goods(stage)
    left = stories.order(stage, buyer="b1")["order"]["number"]
    minutes = "select extract(epoch from expires_at - now()) / 60 from orders where number = :number"
    with transaction(tenancy.platform()) as session:
        assert 13 < float(session.scalar(text(minutes), {"number": left}) or 0) <= 15
    stories.buy(stage)
    codes = stories.seen(stage)["codes"]
    until(lambda: not any(stage.market.jobs(f"mail.order_{told}") for told in ("placed", "delivered")), "the letters")
    ran = "select count(*) from ledger_fold where folded_at > now() - interval '1 minute'"
    until(lambda: _count(ran) == 1, "the fold")
    assert _count("select count(*) from orders where status = 'canceled'") == 0, "let go before its time"
    letters = apart.mail.store.search(to=f"@{stage.market.store.handle}.test", limit=50)
    assert len(letters) == 3, "two for the order that was paid, one for the other"
    stories.let_go_of(stage, left)
    until(lambda: _count("select count(*) from orders where status = 'canceled'") == 1, "the release in time")
    assert stories.seen(stage)["codes"] == codes and stage.market.books()["platform gateway"] == -stories.RETAIL
    wrong = {(apart.folder(role) / NOTE).read_text() for role in (WEB, WORKER)}
    assert wrong == {str(MINUTES * 60), str(-MINUTES * 60)}
    promise(
        f"clocks of web and worker {2 * MINUTES} minutes apart",
        demanded="leases and expiry right, nothing delivered twice",
        seen="expiry after 15 min, webhooks taken, 3 letters for 3 occasions",
        faults=len(wrong),
    )


def _count(query: str) -> int:
    with transaction(tenancy.platform()) as session:
        return session.scalar(text(query)) or 0
