"""Another company's website, on an origin of its own: where a store's goods are pasted, to look at and to test with.

Owns one page. What is on sale and in which store is told by its address, as the console's link writes it; without,
it shows the first store of the demo world.

    with running_partner(store="http://star.localhost:8000") as url: ...
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..serve import running
from .app import create_partner

__all__ = ["create_partner", "running_partner"]


@contextmanager
def running_partner(data_dir: Path | None = None, port: int = 0, *, store: str | None = None) -> Iterator[str]:
    """Serve the site on loopback while the block runs, and yield its address."""
    with running(create_partner(data_dir, store), port) as url:
        yield url
