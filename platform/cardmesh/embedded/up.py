"""`cardmesh up`: services → schema → demo world → web, worker, simulators → keep running until asked to stop."""

import argparse
import contextlib
import os
import shutil
import signal
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cardmesh.embedded import data_folder, environment, welcome
from cardmesh.embedded.errors import EmbeddedError, ServiceUnavailable
from cardmesh.embedded.parts import Parts
from cardmesh.embedded.postgres import Postgres
from cardmesh.embedded.s3 import S3
from cardmesh.embedded.sockets import bindable, lasting_ports
from cardmesh.embedded.supervisor import Supervisor
from cardmesh.embedded.valkey import Valkey
from cardmesh.settings import Settings

SEEDED, DEMO, PLAIN = "seeded", "demo", "plain"
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, kw_only=True)
class Options:
    """What a person may choose; see `--help`."""

    port: int
    data: Path
    demo: bool
    fresh: bool


def main(arguments: list[str]) -> int:
    """Run until Ctrl-C or SIGTERM; 0 after a clean stop. Raises `EmbeddedError` when something cannot start."""
    options = parse(arguments)
    with data_folder.held(options.data) as data, _interruptible():
        if options.fresh:
            data_folder.empty(data)
        supervisor = Supervisor(say)
        try:
            run(supervisor, options, data)
        except KeyboardInterrupt:
            say("正在停止 · stopping")
        finally:
            _ignore_signals()
            supervisor.stop()
            (data / environment.RUNNING).unlink(missing_ok=True)
    say("已停止 · stopped")
    return 0


def parse(arguments: list[str]) -> Options:
    parser = argparse.ArgumentParser(
        prog="cardmesh up",
        description="Start everything a Cardmesh installation needs and keep it running until Ctrl-C. Services that "
        "DATABASE_URL, REDIS_URL, S3_BUCKET, STRIPE_API_KEY or SMTP_URL point at are used, the others are started.",
        epilog="example: cardmesh up --port 8080 --data /srv/cardmesh --no-demo",
    )
    parser.add_argument("--port", type=_port, default=8000, help="the one public port (default 8000)")
    default = Path(os.environ.get("DATA_DIR") or "var")
    parser.add_argument("--data", type=Path, default=default, metavar="DIR", help=f"data folder (default {default})")
    parser.add_argument("--no-demo", dest="demo", action="store_false", help="start without the demo world")
    parser.add_argument("--fresh", action="store_true", help="delete everything in the data folder first")
    return Options(**vars(parser.parse_args(arguments)))


def run(supervisor: Supervisor, options: Options, data: Path) -> None:
    """Start every part in order, say where they are, and watch them until interrupted."""
    began = time.monotonic()
    if not bindable(options.port):
        raise EmbeddedError(f"Port {options.port} of 127.0.0.1 is taken. Choose another one with --port.")
    variables = environment.installation(os.environ, data, options.port)
    variables |= _start_services(supervisor, variables, data)
    variables |= _start_simulators(supervisor, variables, data)
    variables["PROMETHEUS_MULTIPROC_DIR"] = str(_fresh_folder(data / "run" / "metrics"))
    environment.publish(data, variables)
    parts = Parts(data, variables)
    _prepare(parts, data, demo=options.demo)
    say("网站与任务 · web and worker")
    supervisor.start(parts.worker())
    supervisor.start(parts.web())
    settings = Settings.from_env(variables)
    welcome.refresh(settings)
    say(welcome.text(settings) + f"({time.monotonic() - began:.1f} s)")
    supervisor.watch()


def _start_services(supervisor: Supervisor, given: dict[str, str], data: Path) -> dict[str, str]:
    """Start what the environment does not point at; the variables of what was started."""
    made: dict[str, str] = {}
    for need, service in (("postgres", Postgres(data)), ("valkey", Valkey(data)), ("s3", S3(data))):
        if not environment.wants(need, given):
            continue
        say(f"启动 · starting {service.name}")
        try:
            supervisor.start(service)
        except ServiceUnavailable:
            if need != "s3":
                raise
            say("没有对象存储，改用文件夹 · no S3 store for this machine, using a folder")
            continue
        made |= service.env
    return made


def _start_simulators(supervisor: Supervisor, given: Mapping[str, str], data: Path) -> dict[str, str]:
    """Stand in for Stripe and the mail server where the environment names none; the variables to use them."""
    stripe, mail = environment.wants("stripe", given), environment.wants("mail", given)
    if not (stripe or mail):
        return {}
    say("启动 · starting simulators")
    wallets = ["alipay", "wechat"] if stripe else []  # who names a real Stripe has real money at stake
    ports = lasting_ports(data / "run" / "ports.json", ["stripe", "mail-http", "smtp", "partner", *wallets])
    made = environment.stripe_simulator(data, ports["stripe"]) if stripe else {}
    made |= environment.wallet_simulators(ports["alipay"], ports["wechat"]) if wallets else {}
    made |= environment.mail_simulator(ports["smtp"], ports["mail-http"]) if mail else {}
    made |= environment.partner_site(ports["partner"])
    supervisor.start(Parts(data, {**given, **made}).simulators(ports, stripe=stripe))
    return made


def _prepare(parts: Parts, data: Path, *, demo: bool) -> None:
    """Bring the schema up to date; on the first run make the operator's account and the demo world."""
    say("数据库结构 · schema")
    parts.task("migrate").run()
    seeded, wanted = data / SEEDED, DEMO if demo else PLAIN
    if seeded.exists() and seeded.read_text() in (DEMO, wanted):
        return
    say("首次启动：写入演示数据 · first run: making the demo world" if demo else "首次启动 · first run")
    parts.task("seed", *([] if demo else ["--no-demo"])).run()
    seeded.write_text(wanted)


def say(line: str) -> None:
    print(line, flush=True)


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """Turn every polite request to stop into KeyboardInterrupt, and put the handlers back afterwards."""
    before = {number: signal.getsignal(number) for number in STOP_SIGNALS}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:  # nohup means it
            signal.signal(number, signal.default_int_handler)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _ignore_signals() -> None:
    """A second Ctrl-C must not leave half of the processes behind; each is killed soon enough."""
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def _fresh_folder(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    return folder


def _port(text: str) -> int:
    if text.isdigit() and 0 < int(text) < 65536:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text} is not a port (1-65535)")
