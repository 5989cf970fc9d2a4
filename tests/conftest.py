"""What every test stands on: no network but loopback, no services but its own, shared fixtures by name."""

import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
"""A slow machine is no defect: speed belongs in `cardmesh bench`."""

FOREIGN = (
    "DATABASE_URL",
    "APP_DATABASE_URL",
    "REDIS_URL",
    "S3_ENDPOINT",
    "S3_BUCKET",
    "STRIPE_API_KEY",
    "STRIPE_API_BASE",
    "SMTP_URL",
)
HERE = Path(__file__).parent

pytest_plugins = [f"tests.fixtures.{path.stem}" for path in sorted((HERE / "fixtures").glob("[!_]*.py"))]
pytest.register_assert_rewrite(*pytest_plugins)  # fixtures import each other, in whatever order


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--faults", action="store_true", help="run what is marked `faults` too: kills, floods, races")
    parser.addoption("--long", action="store_true", help="random histories of money take 50,000 steps instead of 400")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with the most patient test first: a file keeps to one core, and a long one begun last would run alone."""
    patience: dict[Path, float] = {}
    for item in items:
        marker = item.get_closest_marker("timeout")
        patience[item.path] = max(patience.get(item.path, 0), float(marker.args[0]) if marker else 0)
    items.sort(key=lambda item: -patience[item.path])


@pytest.fixture(scope="session", autouse=True)
def _no_foreign_services() -> Iterator[None]:
    """A developer's own DATABASE_URL must never meet a test that drops tables."""
    with pytest.MonkeyPatch.context() as patch:
        for name in FOREIGN:
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(scope="session", autouse=True)
def _interruptible() -> None:
    """In the background or under nohup we are deaf to signals, and so would be the processes that tests interrupt.

    A signal that is handled, not ignored, comes to them as usual.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, lambda *_: None)


@pytest.fixture(scope="session")
def python() -> str:
    """The interpreter for tests that start a process of their own."""
    return sys.executable
