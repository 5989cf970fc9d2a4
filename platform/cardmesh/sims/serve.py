"""Run a WSGI application on loopback in a thread: used by the command, and by tests through `running(...)`."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from wsgiref.types import WSGIApplication

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

LOOPBACK = "127.0.0.1"
log = logging.getLogger("cardmesh.sims")


class QuietHandler(WSGIRequestHandler):
    """One debug line per request instead of werkzeug's coloured ones; a stalled client is let go after a minute."""

    timeout = 60

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        log.debug("%s %s %s", self.command, self.path, code)

    def log(self, type: str, message: str, *args: object) -> None:
        log.debug(message, *args)


class LoopbackServer:
    """A threaded WSGI server bound to 127.0.0.1. `port=0` takes a free port; `url` says which."""

    def __init__(self, app: WSGIApplication, port: int = 0) -> None:
        self._server: BaseWSGIServer = make_server(
            LOOPBACK, port, app, threaded=True, request_handler=QuietHandler
        )
        self.port = self._server.port
        self.url = f"http://{LOOPBACK}:{self.port}"
        self._thread = threading.Thread(target=self._serve, name=f"sim-http-{self.port}", daemon=True)

    def _serve(self) -> None:
        self._server.serve_forever(poll_interval=0.05)  # how long `stop` may have to wait

    def start(self) -> "LoopbackServer":
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop taking requests and free the port; requests in flight run on in daemon threads."""
        self._server.shutdown()
        self._thread.join(timeout=5)
        self._server.server_close()


@contextmanager
def running(app: WSGIApplication, port: int = 0) -> Iterator[str]:
    """Serve `app` while the block runs and yield its base URL."""
    server = LoopbackServer(app, port).start()
    try:
        yield server.url
    finally:
        server.stop()
