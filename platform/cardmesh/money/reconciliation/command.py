"""`cardmesh reconcile`: compare the gateways' money with our books now, and print what differs."""

import argparse
from collections.abc import Sequence

from ...kit import tenancy
from ...kit.db import transaction
from ...kit.money import display
from ..payments.errors import PaymentMethodUnavailable
from .models import ReconciliationTask
from .rounds import reconcile_now
from .service import open_tasks


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="cardmesh reconcile", description="Compare what the gateways tell of every account with our books."
    )
    made.add_argument("--days", type=int, default=7, help="how far back to look (default: 7)")
    return made


def main(argv: Sequence[str]) -> int:
    """Run in an application context. 0: all agrees. 1: there are open differences, or an account was not compared."""
    done = reconcile_now(parser().parse_args(argv).days)
    for one in done.made:
        print(f"{one.gateway}: {one.theirs} movements at the gateway, {one.ours} with us, {one.differences} differ")
    for name, error in done.failed.items():
        print(f"{name}: {error}")
    if not done.made and not done.failed:
        print(PaymentMethodUnavailable())
    with transaction(tenancy.platform()) as session:
        tasks = open_tasks(session)
    print(f"{len(tasks)} differences open")
    for task in tasks:
        print(_line(task))
    return 1 if tasks or done.failed or not done.made else 0


def _line(task: ReconciliationTask) -> str:
    theirs = display(task.theirs_minor, task.theirs_currency or "CNY", "en") if task.theirs_minor is not None else "—"
    ours = display(task.ours_minor, task.ours_currency or "CNY", "en") if task.ours_minor is not None else "—"
    ref = task.movement_ref or task.source_ref
    what = f"{task.at:%Y-%m-%d %H:%M}  {task.gateway}  {task.cause:<18} {task.kind:<18}"
    return f"{what} theirs {theirs:>14}  ours {ours:>14}  {ref}"
