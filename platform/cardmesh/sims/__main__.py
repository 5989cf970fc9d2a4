"""`python -m cardmesh.sims`: the simulators whose ports are given, in one process, until SIGTERM or Ctrl-C.

The key, the webhook secret and the data folder may come from the installation's environment (STRIPE_API_KEY,
STRIPE_WEBHOOK_SECRET, DATA_DIR) instead of the command line, where other users of the machine could read them.
"""

import argparse
import logging
import signal
import threading
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

from cardmesh.settings import Settings

from .alipay import running_alipay
from .mail import running_mail
from .partner import running_partner
from .stripe import running_sim
from .wechat import running_wechat


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    settings = Settings.from_env()
    keys = [settings.stripe_api_key] if settings.stripe_api_key else []
    parser = argparse.ArgumentParser(prog="python -m cardmesh.sims", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, default=settings.data_dir, help="folder; state is kept in DATA/sims")
    parser.add_argument("--stripe-port", type=int, help="none: no Stripe simulator")
    parser.add_argument("--stripe-key", action="append", default=[], help="an accepted secret key; may repeat")
    parser.add_argument("--webhook-url", help="where events of the first key's account go, on this machine")
    parser.add_argument("--webhook-secret", default=settings.stripe_webhook_secret, help="whsec_… that signs them")
    parser.add_argument("--alipay-port", type=int, help="none: no Alipay simulator")
    parser.add_argument("--wechat-port", type=int, help="none: no WeChat Pay simulator")
    parser.add_argument("--smtp-port", type=int, help="none: no mail simulator")
    parser.add_argument("--mail-http-port", type=int, help="where its outbox is read")
    parser.add_argument("--partner-port", type=int, help="none: no site that embeds the demo world's store")
    parser.add_argument("--seed", type=int, default=1, help="the same seed and calls give the same ids")
    parser.add_argument("--verbose", action="store_true", help="log every request")
    told = parser.parse_args(argv)
    told.stripe_key = told.stripe_key or keys
    if complaint := _complaint(told):
        parser.error(complaint)
    return told


def _complaint(told: argparse.Namespace) -> str | None:
    """What is missing for what is asked, in words."""
    ports = (told.stripe_port, told.alipay_port, told.wechat_port, told.smtp_port, told.partner_port)
    if all(port is None for port in ports):
        return "nothing to do: give a gateway's port, --partner-port, or --smtp-port and --mail-http-port"
    if (told.smtp_port is None) != (told.mail_http_port is None):
        return "--smtp-port and --mail-http-port go together"
    if told.stripe_port is not None and not told.stripe_key:
        return "no key: give --stripe-key or set STRIPE_API_KEY"
    if told.stripe_port is not None and told.webhook_url and not told.webhook_secret:
        return "--webhook-url needs --webhook-secret or STRIPE_WEBHOOK_SECRET"
    return None


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until told to stop; 0 on a clean exit."""
    told = arguments(argv)
    logging.basicConfig(level=logging.DEBUG if told.verbose else logging.WARNING)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with ExitStack() as running:
        if told.stripe_port is not None:
            print("stripe", running.enter_context(_stripe(told)), flush=True)
        for name, port, start in (
            ("alipay", told.alipay_port, running_alipay),
            ("wechat", told.wechat_port, running_wechat),
        ):
            if port is not None:
                print(name, running.enter_context(start(port, data_dir=told.data, deliver=True)).url, flush=True)
        if told.smtp_port is not None:
            mail = running.enter_context(running_mail(told.data, told.smtp_port, told.mail_http_port))
            print(f"smtp 127.0.0.1:{mail.smtp_port}\nmail {mail.url}", flush=True)
        if told.partner_port is not None:
            print("partner", running.enter_context(running_partner(told.data, told.partner_port)), flush=True)
        stop.wait()
    return 0


def _stripe(told: argparse.Namespace) -> AbstractContextManager[str]:
    return running_sim(
        told.stripe_port, api_keys=tuple(told.stripe_key), data_dir=told.data, seed=told.seed,
        webhook_url=told.webhook_url, webhook_secret=told.webhook_secret,
    )  # fmt: skip


if __name__ == "__main__":
    raise SystemExit(main())
