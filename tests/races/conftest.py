"""Every race runs on an installation that collects through a simulated Stripe; afterwards every law holds."""

from collections.abc import Iterator

import pytest
from flask import Flask

from cardmesh.app import create_app
from cardmesh.insight.verify.service import DATA, verify
from cardmesh.kit import tenancy
from cardmesh.kit.db import db, transaction
from cardmesh.money.ledger import service as ledger
from cardmesh.provenance import sequencer
from cardmesh.settings import Settings

from .interleave import Race


@pytest.fixture
def app(paying: Settings) -> Iterator[Flask]:
    made = create_app(paying)
    with made.app_context():
        yield made
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def race(request: pytest.FixtureRequest, app: Flask) -> Iterator[Race]:
    """The interleaving of this run, which must really have come about."""
    made = Race(app, *request.param)
    yield made
    assert made.happened, "nothing was interleaved"
    assert broken_laws() == {}


def broken_laws() -> dict[str, object]:
    """What `cardmesh verify` finds once balances are folded and the public log has caught up."""
    with transaction(tenancy.platform()) as session:
        ledger.fold(session)
    sequencer.catch_up()
    with transaction(tenancy.platform()) as session:
        return {finding.check.name: list(finding.defects) for finding in verify(session, DATA) if finding.defects}
