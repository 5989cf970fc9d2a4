"""The speeds of the run loop, in seconds. Production uses these; tests turn them up."""

from dataclasses import dataclass

from cardmesh.kit.jobs.dispatch import WINDOW
from cardmesh.kit.jobs.leases import LEASE_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """A dead worker's job runs again after at most lease + sweep + poll: 25.2 s."""

    lease: float = LEASE_SECONDS
    sweep: float = 5.0
    poll: float = 0.2
    lost: float = 5.0
    """An id that is not in Redis so long after it was sent was lost, or taken by a worker that died."""
    window: int = WINDOW
    grace: float = 8.0
    """How long a stopping worker lets running jobs end; what runs longer is started again elsewhere."""
