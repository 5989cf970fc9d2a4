"""Enough interleavings, each of them really brought about: `race` fails where the first never stood at its point."""

from pathlib import Path
from typing import Any

import pytest

from cardmesh.kit.failpoints import POINTS

from .interleave import UNCOMMITTED

LEAST = 40
HERE = Path(__file__).parent


def test_forty_and_more(request: pytest.FixtureRequest) -> None:
    """Counted are the distinct (who stops, where, who runs meanwhile), by what is raced for."""
    asked = [item for item in request.session.items if item.path.parent == HERE]
    if {item.path for item in asked} != set(HERE.glob("test_*.py")):
        pytest.skip("only some of the races were asked for")
    cases = {(item.path.stem, *_case(item)) for item in asked if _case(item)}
    points = {case[2] for case in cases if not case[2].startswith(UNCOMMITTED)}
    assert points <= set(POINTS)
    named = sum(case[2] in points for case in cases)
    assert named >= LEAST and len(points) >= LEAST, f"{named} interleavings at {len(points)} points"


def _case(item: pytest.Item) -> tuple[str, ...]:
    """What `between` said of this run."""
    spec: Any = getattr(item, "callspec", None)
    return spec.params.get("race", ()) if spec else ()
