"""Enough interleavings, each of them really brought about: `race` fails where the first never stood at its point."""

from pathlib import Path

import pytest

from cardmesh.kit.failpoints import POINTS

from .interleave import UNCOMMITTED

LEAST = 40
HERE = Path(__file__).parent


def test_forty_and_more(request: pytest.FixtureRequest) -> None:
    """Counted are the distinct (who stops, where, who runs meanwhile) of this run, per verb that is raced."""
    asked = [item for item in request.session.items if item.path.parent == HERE]
    if {item.path for item in asked} != set(HERE.glob("test_*.py")):
        pytest.skip("only some of the races were asked for")
    cases = {
        (item.path.stem, *item.callspec.params["race"])
        for item in asked
        if isinstance(item, pytest.Function) and hasattr(item, "callspec")
    }
    named = {case for case in cases if not case[2].startswith(UNCOMMITTED)}
    assert {point for _, _, point, _ in named} <= set(POINTS)
    assert len(named) >= LEAST and len({point for _, _, point, _ in named}) >= LEAST - 5, (len(cases), len(named))
