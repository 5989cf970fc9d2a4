"""`cardmesh reconcile`: compare the gateway's money with the ledger now, and print what differs."""

import argparse
from collections.abc import Sequence
from datetime import timedelta

from ...kit import clock, tenancy
from ...kit.db import transaction
from ...kit.errors import MeshError
from ...kit.money import display
from .models import ReconciliationTask
from .service import GRACE, open_tasks, reconcile


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="cardmesh reconcile", description="Compare the gateway's balance transactions with the ledger."
    )
    made.add_argument("--days", type=int, default=7, help="how far back to look (default: 7)")
    return made


def main(argv: Sequence[str]) -> int:
    """Run in an application context. 0: everything agrees. 1: there are open differences, or no gateway."""
    days = parser().parse_args(argv).days
    until = clock.now() - GRACE
    try:
        made = reconcile(since=until - timedelta(days=days), until=until)
    except MeshError as error:
        print(error)
        return 1
    with transaction(tenancy.platform()) as session:
        tasks = open_tasks(session)
    print(f"{made.theirs} movements at the gateway, {made.ours} in the ledger, {len(tasks)} differences open")
    for task in tasks:
        print(_line(task))
    return 1 if tasks else 0


def _line(task: ReconciliationTask) -> str:
    theirs = display(task.theirs_minor, task.theirs_currency or "CNY", "en") if task.theirs_minor is not None else "—"
    ours = display(task.ours_minor, task.ours_currency or "CNY", "en") if task.ours_minor is not None else "—"
    ref = task.movement_ref or task.source_ref
    return f"{task.at:%Y-%m-%d %H:%M}  {task.cause:<18} {task.kind:<18} theirs {theirs:>14}  ours {ours:>14}  {ref}"
