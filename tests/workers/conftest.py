"""Fixtures of the run loop: an application with a table of effects, and loops that are stopped at the end."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import psycopg
import pytest
from flask import Flask

from cardmesh.settings import Settings
from workers.pace import Pace
from workers.run import serve

from .jobs import GRANT, JOBS, TABLE

FAST = Pace(lease=1.0, sweep=0.2, poll=0.05, lost=0.5, grace=5.0)

Start = Callable[..., threading.Event]


@pytest.fixture
def effects_table(settings: Settings) -> Settings:
    with psycopg.connect(settings.database_url, autocommit=True) as connection:
        connection.execute(TABLE)
        connection.execute(GRANT)
    return settings


@pytest.fixture
def world(effects_table: Settings, app: Flask) -> Settings:
    """Settings of a fresh installation whose app context is pushed."""
    return effects_table


@pytest.fixture
def start(world: Settings) -> Iterator[Start]:
    """`start(redis_url=…, lanes=…)` runs a whole worker in threads; the event stops it."""
    running: list[tuple[threading.Thread, threading.Event]] = []

    def start_worker(redis_url: str | None = None, *, lanes: int = 1, pace: Pace = FAST) -> threading.Event:
        stopping = threading.Event()
        keywords = {"lanes": lanes, "pace": pace, "stopping": stopping, "schedule": ()}
        thread = threading.Thread(target=serve, args=(replace(world, redis_url=redis_url), JOBS), kwargs=keywords)
        thread.start()
        running.append((thread, stopping))
        return stopping

    yield start_worker
    for thread, stopping in running:
        stopping.set()
        thread.join()
