"""The suite itself: nothing is forgotten, and a run without faults shows nothing."""

import pytest

from tests.fixtures.promises import Promise

from .plan import unplanned


def test_every_point_is_in_the_plan() -> None:
    assert unplanned() == set()


def test_a_promise_without_a_fault_is_no_promise(promise: Promise) -> None:
    with pytest.raises(AssertionError, match="no fault happened"):
        promise("nothing", demanded="0", seen="0", faults=0)
