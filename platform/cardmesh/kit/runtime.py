"""The machinery of this process: installed by the composition root, reached by services without a web framework."""

from dataclasses import dataclass

from ..settings import Settings
from .crypto.vault import Vault
from .storage import ObjectStorage


@dataclass(frozen=True)
class Runtime:
    """What a verb may need besides its session."""

    settings: Settings
    vault: Vault
    storage: ObjectStorage


_installed: list[Runtime] = []


def install(runtime: Runtime) -> None:
    """Make `runtime` the one of this process; the last one installed wins (tests install one per application)."""
    _installed[:] = [runtime]


def current() -> Runtime:
    """The installed runtime. Raises RuntimeError before `cardmesh.app.create_app`."""
    if not _installed:
        raise RuntimeError("no runtime: create the application first")
    return _installed[0]
