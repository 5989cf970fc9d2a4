"""An installation that pays through a simulated Stripe and posts to a mail server that keeps what it is given."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

from cardmesh.app import create_web
from cardmesh.kit.db import db
from cardmesh.settings import Settings
from cardmesh.sims.mail import MailSim, running_mail


@pytest.fixture
def mail() -> Iterator[MailSim]:
    with running_mail() as mail:
        yield mail


@pytest.fixture
def app(paying: Settings, mail: MailSim) -> Iterator[Flask]:
    made = create_web(replace(paying, smtp_url=f"smtp://127.0.0.1:{mail.smtp_port}"))
    with made.app_context():
        yield made
        db.session.remove()
        db.engine.dispose()
