"""The figures of the dashboards."""

from cardmesh.insight.boards import fold
from cardmesh.kit.jobs.run import Job


def fold_figures() -> None:
    """Add what has become final to the sums."""
    fold.catch_up()


JOBS = {"figures.fold": Job(fold_figures)}
