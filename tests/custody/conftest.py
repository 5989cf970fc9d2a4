"""A market on a database of its own, and the command of the owner beside it, in a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from cardmesh.app import create_app
from cardmesh.kit.db import db
from cardmesh.settings import Settings

ROOT = Path(__file__).parents[2]
KeysCommand = Callable[..., Any]


def environment(settings: Settings) -> dict[str, str]:
    """What another process of the same installation is started with."""
    given = {
        "DATABASE_URL": settings.database_url,
        "APP_DATABASE_URL": settings.app_database_url or "",
        "DATA_DIR": str(settings.data_dir),
        "SECRET_KEY": settings.secret_key,
        "KMS_KEY_ID": settings.kms_key_id or "",
        "PATH": os.environ["PATH"],
    }
    return {name: value for name, value in given.items() if value}


@contextmanager
def running(settings: Settings) -> Iterator[Flask]:
    """Another application of the same installation; its context is pushed, its connections are closed at the end."""
    app = create_app(settings)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def as_owner(settings: Settings, **more: str) -> Settings:
    """Of the application that may rotate keys."""
    return replace(settings, app_database_url=settings.database_url, kms_key_id=more.get("kms_key_id"))


@pytest.fixture
def keys_command(settings: Settings) -> KeysCommand:
    """`cardmesh keys …` as its operator runs it; what it prints, as data. Another exit code than 0 fails the test."""

    def run(*arguments: str, expect: int = 0) -> Any:
        command = [sys.executable, "-P", "-m", "cardmesh", "keys", *arguments]
        done = subprocess.run(
            command, env=environment(settings), cwd=ROOT, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == expect, done.stderr
        return json.loads(done.stdout) if done.stdout else done.stderr

    return run
