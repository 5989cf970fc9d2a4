"""kill -9 at every named point: the end is the one of the run without a kill, and nothing happened twice."""

import time
from typing import Any

import pytest

from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.events import service as events
from tests.fixtures.promises import Promise
from tests.fixtures.receiver import Receiver

from .arena import Arena, Stage
from .digests import Books, digest, platform_books
from .plan import FIRST_KILLED, PLAN, SAMPLE
from .stories import STORIES, until

REST_SECONDS = 30.0

Ends = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def ends() -> Ends:
    """Story → how it ends when nobody is killed; told when it is first asked for."""
    return {}


def begin(arena: Arena, story: str, program: Receiver) -> tuple[Stage, Books]:
    stage = arena.stage()
    with transaction(tenancy.tenant(stage.market.tenant_id)) as session:
        events.create_endpoint(session, tenant_id=stage.market.tenant_id, url=program.url)
    before = platform_books()
    STORIES[story].setting(stage)
    return stage, before


def rest(stage: Stage, before: Books) -> dict[str, Any]:
    """The digest once it has no open job and stays as it is."""
    last: list[dict[str, Any]] = [{}]

    def at_rest() -> bool:
        now = digest(stage, before)
        settled = all(unit[1] for unit in now["units"] if unit[0] == "delivered")
        calm = now == last[0] and now["jobs"] == [] and settled
        last[0] = now
        return calm

    until(at_rest, f"rest, last {last[0]}")
    return last[0]


def peaceful_end(arena: Arena, story: str, program: Receiver, ends: Ends) -> dict[str, Any]:
    if story not in ends:
        stage, before = begin(arena, story, program)
        STORIES[story].told(stage)
        ends[story] = rest(stage, before)
        stage.peace()
        assert sum(sum(caller.unknown.values()) for caller in stage.callers) == 0, "peace was disturbed"
    return ends[story]


@pytest.mark.parametrize(
    ("role", "point", "story"),
    [
        pytest.param(*strike, id=f"{strike[0]}-{strike[1]}", marks=[] if strike[:2] in SAMPLE else pytest.mark.faults)
        for strike in PLAN
    ],
)
def test_kill(
    arena: Arena, program: Receiver, ends: Ends, promise: Promise, role: str, point: str, story: str
) -> None:
    expected = peaceful_end(arena, story, program, ends)
    stage, before = begin(arena, story, program)
    arena.arm(role, point)
    if point in FIRST_KILLED:
        arena.arm(role, FIRST_KILLED[point])
    STORIES[story].told(stage)
    marker = arena.folder(role) / f"{point}#1"
    until(marker.exists, f"{role} reaching {point}")
    killed_at = marker.stat().st_mtime
    end = rest(stage, before)
    seconds = time.time() - killed_at
    stage.peace()
    struck = arena.disarm()
    assert end == expected
    unknown = sum(sum(caller.unknown.values()) for caller in stage.callers)
    promise(
        f"kill -9 of {role} at {point}",
        demanded=f"the same end ≤ {REST_SECONDS:g} s",
        seen=f"the same end, {seconds:.1f} s, {unknown} unknown answers",
        faults=struck,
    )
