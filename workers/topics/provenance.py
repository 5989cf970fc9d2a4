"""The public log of what befell every key."""

from cardmesh.kit.jobs.run import Job
from cardmesh.provenance import sequencer


def log() -> None:
    """Log what has become final, and sign the new head."""
    sequencer.catch_up()


JOBS = {"provenance.log": Job(log)}
