"""One arena for all kills of a run; a database and a Valkey of its own."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

from cardmesh.app import create_app
from cardmesh.embedded.valkey import Valkey
from cardmesh.kit.db import db
from cardmesh.settings import Settings
from tests.fixtures.database import Databases
from tests.fixtures.receiver import Receiver, running_receiver

from .arena import Arena, running_arena


@pytest.fixture
def app(paying: Settings) -> Iterator[Flask]:
    """An installation without processes that collects through the simulator; its application context is pushed."""
    made = create_app(paying)
    with made.app_context():
        yield made
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="module")
def arena(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    name, folder = databases.create(), tmp_path_factory.mktemp("arena")
    settings = replace(databases.settings(name), data_dir=folder)
    with Valkey(folder, persistent=False) as valkey, running_arena(settings, valkey.url()) as made:
        yield made
    databases.drop(name)


@pytest.fixture(scope="module")
def program() -> Iterator[Receiver]:
    """A distributor's own program that takes events."""
    with running_receiver() as kept:
        yield kept
