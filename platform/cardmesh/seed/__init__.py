"""The demo world: what `examples/` describes, brought in through the same verbs that people and programs use.

Every step looks for what is there already, so that a run which was interrupted is finished by the next one.
"""

from pathlib import Path

from ..app import create_app
from ..settings import Settings
from . import gateways, operator, world
from .credentials import Credentials

EXAMPLES = Path(__file__).parents[3] / "examples"


def run(settings: Settings, *, demo: bool = True) -> None:
    """The operator's account and the categories; with `demo`, suppliers, goods and stores too."""
    with create_app(settings).app_context():
        credentials = Credentials.load(settings)
        operator.prepare(credentials)
        if demo:
            world.build(credentials, EXAMPLES)
            gateways.connect(settings)
        credentials.save()
