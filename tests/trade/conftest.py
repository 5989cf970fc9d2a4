"""Every test here may pay: the installation collects through a simulated Stripe."""

from collections.abc import Iterator

import pytest
from flask import Flask

from cardmesh.app import create_app
from cardmesh.kit.db import db
from cardmesh.settings import Settings


@pytest.fixture
def app(paying: Settings) -> Iterator[Flask]:
    made = create_app(paying)
    with made.app_context():
        yield made
        db.session.remove()
        db.engine.dispose()
