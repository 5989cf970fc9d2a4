"""`python -m cardmesh.sims`: both simulators in one process, until SIGTERM or Ctrl-C."""

import argparse
import logging
import signal
import threading
from collections.abc import Sequence
from pathlib import Path

from .mail import running_mail
from .stripe import running_sim


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m cardmesh.sims", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder; state is kept in DATA/sims")
    parser.add_argument("--stripe-port", type=int, required=True)
    parser.add_argument("--stripe-key", action="append", required=True, help="an accepted secret key; may repeat")
    parser.add_argument("--webhook-url", help="where events of the first key's account go, on this machine")
    parser.add_argument("--webhook-secret", help="whsec_… that signs them")
    parser.add_argument("--smtp-port", type=int, required=True)
    parser.add_argument("--mail-http-port", type=int, required=True)
    parser.add_argument("--seed", type=int, default=1, help="the same seed and calls give the same ids")
    parser.add_argument("--verbose", action="store_true", help="log every request")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until told to stop; 0 on a clean exit."""
    told = arguments(argv)
    logging.basicConfig(level=logging.DEBUG if told.verbose else logging.WARNING)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    stripe = running_sim(
        told.stripe_port, api_keys=tuple(told.stripe_key), data_dir=told.data, seed=told.seed,
        webhook_url=told.webhook_url, webhook_secret=told.webhook_secret,
    )  # fmt: skip
    with stripe as url, running_mail(told.data, told.smtp_port, told.mail_http_port) as mail:
        print(f"stripe {url}", f"smtp 127.0.0.1:{mail.smtp_port}", f"mail {mail.url}", sep="\n", flush=True)
        stop.wait()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
