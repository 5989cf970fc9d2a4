"""Every name that is sent anywhere is a job that a worker knows."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from cardmesh.kit.failpoints import POINTS
from workers.periodic import SCHEDULE
from workers.registry import JOBS

ROOT = Path(__file__).parents[2]
LETTER = re.compile(r"mail\.[a-z_]+")
"""A letter's name goes through several hands in trade before it is sent, so it counts wherever it is written."""


def sources() -> Iterator[Path]:
    for folder in ("platform/cardmesh", "workers"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "sims" not in path.parts:
                yield path


def called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def sent_names() -> dict[str, list[str]]:
    """Job names by the places that send them, read off the code."""
    found: dict[str, list[str]] = {}
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text())):
            for name in written(node, registering="topics" in path.parts):
                found.setdefault(name, []).append(f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}")
    return found


def written(node: ast.AST, *, registering: bool) -> Iterator[str]:
    """The names that a call of `send` has among its arguments, and every name of a letter outside the registry.

    A fail point may be called like one.
    """
    if isinstance(node, ast.Call) and called(node) == "send":
        texts = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        yield from (text for text in texts if not LETTER.fullmatch(text))
    elif isinstance(node, ast.Constant) and isinstance(node.value, str) and not registering:
        yield from [node.value] if LETTER.fullmatch(node.value) and node.value not in POINTS else []


def test_every_name_that_is_sent_is_a_known_job() -> None:
    names = {name: places for name, places in sent_names().items() if "." in name and " " not in name}
    assert len(names) >= 8, "the search finds too little to show anything"
    assert {name: places for name, places in names.items() if name not in JOBS} == {}


def test_every_periodic_name_is_a_known_job() -> None:
    assert {every.name for every in SCHEDULE} <= JOBS.keys()


def test_every_known_job_is_sent_by_somebody() -> None:
    assert JOBS.keys() - sent_names().keys() - {every.name for every in SCHEDULE} == set()


def test_a_name_is_written_where_it_is_sent() -> None:
    """A computed name would escape the test above, so there are only these two: a letter's kind, and a schedule's."""
    computed = [
        f"{path.relative_to(ROOT)}"
        for path in sources()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) == "outbox.send"
        and not isinstance(node.args[1], ast.Constant)
    ]
    assert computed == ["platform/cardmesh/trade/delivery/service.py", "workers/periodic.py"]
