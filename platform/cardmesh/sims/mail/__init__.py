"""A mail server that keeps what it is given: an SMTP sink, and an outbox page for people and JSON for tests.

Owns receiving, storing and showing; nothing is ever sent on.

    with running_mail() as mail:
        smtplib.SMTP("127.0.0.1", mail.smtp_port).send_message(message)
        mail.store.search(to="buyer@example.com")
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..serve import LoopbackServer
from .app import create_outbox
from .sink import Sink
from .store import MailStore

__all__ = ["MailSim", "create_outbox", "running_mail"]


@dataclass(frozen=True)
class MailSim:
    """A running simulator: where to send, where to look."""

    smtp_port: int
    url: str
    store: MailStore


@contextmanager
def running_mail(data_dir: Path | None = None, smtp_port: int = 0, http_port: int = 0) -> Iterator[MailSim]:
    """Receive and show mail on loopback while the block runs; without `data_dir` in memory only."""
    store = MailStore(data_dir / "sims" / "mail.sqlite" if data_dir else None)
    sink = Sink(store, smtp_port)
    web = LoopbackServer(create_outbox(store), http_port)
    sink.start()
    web.start()
    try:
        yield MailSim(sink.port, web.url, store)
    finally:
        web.stop()
        sink.stop()
        store.close()
