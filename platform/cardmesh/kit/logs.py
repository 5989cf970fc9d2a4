"""How the web's log lines look. Above all: a traceback never shows the values of variables, among which may be a key.

structlog's own default would print every local variable of every frame as soon as the package `rich` is installed.
"""

import structlog
from structlog.dev import ConsoleRenderer, plain_traceback


def configure() -> None:
    """One line for each event with its time and level, and below an error where it happened."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            ConsoleRenderer(colors=False, exception_formatter=plain_traceback),
        ]
    )
