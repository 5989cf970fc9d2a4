"""People before and behind the door: letters that arrive, links in them, passwords that hold."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from cardmesh.kit import runtime
from cardmesh.kit.jobs import run
from cardmesh.sims.mail import MailSim, running_mail
from cardmesh.sims.mail.store import Mail
from tests.fixtures.shop import Consoles
from workers.registry import JOBS

_LINK = re.compile(r"http://localhost:8000(/\S+)")
LETTERS = {name: job for name, job in JOBS.items() if name.startswith("mail.")}


@dataclass
class Post:
    """The letters that were promised, delivered."""

    sim: MailSim

    def letters(self, to: str) -> list[Mail]:
        """All letters to this address, the newest first, after everything promised was sent."""
        run.drain(LETTERS)
        return [mail for mail in self.sim.store.search() if mail.recipients == (to,)]

    def link(self, to: str) -> str:
        """The path of the newest letter's link."""
        part = self.letters(to)[0].parsed.get_body(("plain",))
        found = _LINK.search(part.get_content()) if part is not None else None
        assert found, "the letter has a link"
        return found[1]


def words(mail: Mail) -> str:
    """What a letter says."""
    part = mail.parsed.get_body(("plain",))
    return part.get_content() if part is not None else ""


@pytest.fixture
def post(consoles: Consoles) -> Iterator[Post]:
    with running_mail() as sim:
        now = runtime.current()
        runtime.install(replace(now, settings=replace(now.settings, smtp_url=f"smtp://127.0.0.1:{sim.smtp_port}")))
        yield Post(sim)
