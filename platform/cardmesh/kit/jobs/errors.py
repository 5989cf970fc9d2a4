"""What a job's handler may raise besides an ordinary failure."""


class RetryLater(Exception):
    """Not done yet, and that is no fault: run the job again after `delay_seconds`, however many attempts it had."""

    def __init__(self, delay_seconds: float, reason: str = "") -> None:
        super().__init__(reason)
        self.delay_seconds = delay_seconds
        self.reason = reason


class LeaseLost(Exception):
    """Somebody else holds the job by now; what this attempt did in its transaction must not be kept."""


class UnknownJob(Exception):
    """No handler has this name: a newer version sent it, or the registry misses a line."""
