"""The WSGI application: API, pages and control around one simulator."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask

from . import api, control
from .config import SimConfig
from .pages import authorise, onboard, pay
from .pages.common import HERE
from .sim import Sim

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

LARGEST_REQUEST = 1_000_000


class StripeSim:
    """Callable as WSGI. Its threads deliver webhooks and do what is due until `close()`."""

    def __init__(self, config: SimConfig) -> None:
        self.sim = Sim(config)
        self._flask = _flask(self.sim)
        self.sim.start()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        return self._flask(environ, start_response)

    def close(self) -> None:
        self.sim.stop()


def _flask(sim: Sim) -> Flask:
    app = Flask("cardmesh_stripe_sim", root_path=str(HERE), static_url_path="/assets")
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_REQUEST
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    for part in (api, control, pay, authorise, onboard):
        app.register_blueprint(part.blueprint(sim))
    return app
