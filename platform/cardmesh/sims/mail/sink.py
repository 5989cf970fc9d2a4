"""The SMTP side: accepts anything for anyone, on loopback, up to a size."""

import asyncio
import socket
import threading

from aiosmtpd.smtp import SMTP, Envelope, Session

from ..serve import LOOPBACK
from .store import MailStore

LARGEST_MESSAGE = 10_000_000


class Keeper:
    """aiosmtpd's handler. The answer 250 is given only after the message is stored."""

    def __init__(self, store: MailStore) -> None:
        self._store = store

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        id = await asyncio.to_thread(self._store.add, envelope.mail_from or "", envelope.rcpt_tos, content)
        return f"250 2.0.0 kept as {id}"


class Sink:
    """The server in a thread of its own. The socket is bound at once, so `port` is known before `start`."""

    def __init__(self, store: MailStore, port: int = 0) -> None:
        self._keeper = Keeper(store)
        self._socket = socket.create_server((LOOPBACK, port))
        self.port: int = self._socket.getsockname()[1]
        self._loop = asyncio.new_event_loop()
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sim-smtp", daemon=True)

    def start(self) -> None:
        self._thread.start()
        self._started.wait(timeout=5)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(self._loop.create_server(self._protocol, sock=self._socket))
        self._started.set()
        try:
            self._loop.run_forever()
        finally:
            server.close()
            self._loop.run_until_complete(self._finish())
            self._loop.close()

    def _protocol(self) -> SMTP:
        return SMTP(self._keeper, data_size_limit=LARGEST_MESSAGE, enable_SMTPUTF8=True, hostname="localhost")

    async def _finish(self) -> None:
        """Let go of clients that are still connected."""
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self._loop.shutdown_default_executor()
