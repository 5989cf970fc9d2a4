"""`cardmesh up` from outside: one installation, started, hurt, stopped, killed and started again."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from cardmesh.embedded.environment import RUNNING
from cardmesh.embedded.sockets import answers, free_ports, http_status
from tests.embedded.observe import descendants, eventually, listening, runs

START_SECONDS = 180


@dataclass
class Up:
    """A running `cardmesh up`, and every process it had when it was ready."""

    process: "subprocess.Popen[bytes]"
    family: set[int]
    port: int
    data: Path
    output: Path

    def ready(self) -> bool:
        return http_status(self.port, "/readyz", {"Host": f"localhost:{self.port}"}) == 200

    def end(self, number: signal.Signals) -> int:
        """Signal the supervisor alone and wait for it; its exit code."""
        family = descendants(self.process.pid)
        os.kill(self.process.pid, number)
        code = self.process.wait(60)
        assert eventually(lambda: not any(runs(pid) for pid in family | self.family)), "something was left behind"
        return code


def command(data: Path, port: int, *options: str) -> list[str]:
    return [sys.executable, "-P", "-m", "cardmesh", "up", f"--data={data}", f"--port={port}", *options]


def start(data: Path, *options: str) -> Up:
    """Start it and wait for the welcome, which it says last."""
    [port] = free_ports(1)
    output = data.with_name(f"{data.name}-{port}.log")
    with output.open("wb") as file:
        process = subprocess.Popen(command(data, port, "--no-demo", *options), stdout=file, stderr=file)
    told = lambda: "Ctrl-C" in output.read_text() or process.poll() is not None  # noqa: E731 - used once
    assert eventually(told, START_SECONDS)
    assert process.poll() is None, output.read_text()
    return Up(process, descendants(process.pid), port, data, output)


@pytest.fixture
def starts() -> Iterator[Callable[..., Up]]:
    """`start`, for tests that end what they start; what a failed one leaves is ended here."""
    made: list[Up] = []

    def started(data: Path, *options: str) -> Up:
        made.append(start(data, *options))
        return made[-1]

    yield started
    for one in made:
        if one.process.poll() is None:
            one.process.terminate()
            one.process.wait(60)


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    running = start(tmp_path_factory.mktemp("up") / "var")
    yield running
    running.end(signal.SIGTERM)


def test_it_serves_on_its_port(up: Up) -> None:
    assert up.ready()


def test_nothing_listens_beyond_loopback(up: Up) -> None:
    addresses = listening(descendants(up.process.pid))
    assert ("127.0.0.1", up.port) in addresses
    assert len(addresses) > 10  # web, store of objects, simulators: we did look
    assert {address for address, _ in addresses} <= {"127.0.0.1", "::1"}


def test_what_it_writes_for_people_and_commands_is_private(up: Up) -> None:
    for name in ("dev-credentials.json", RUNNING):
        assert stat.S_IMODE((up.data / name).stat().st_mode) == 0o600
    platform = _operator(up.data)
    assert platform["email"] in up.output.read_text()
    assert platform["password"] in up.output.read_text()
    assert platform["api_key"] not in up.output.read_text()


def test_a_second_one_on_the_same_folder_is_refused_and_harms_nothing(up: Up) -> None:
    before = _contents(up.data)
    run = subprocess.run(command(up.data, free_ports(1)[0], "--fresh"), capture_output=True, text=True)
    assert run.returncode == 1
    assert f"process {up.process.pid}" in run.stderr
    assert up.ready()
    assert _contents(up.data) == before


def test_a_taken_port_is_refused_before_anything_starts(up: Up, tmp_path: Path) -> None:
    run = subprocess.run(command(tmp_path / "other", up.port), capture_output=True, text=True)
    assert run.returncode == 1
    assert f"Port {up.port} of 127.0.0.1 is taken" in run.stderr
    assert not (tmp_path / "other" / "pgdata").exists()


@pytest.mark.parametrize("part", ["gunicorn", "cardmesh worker", "valkey-server", "postgres"])
def test_a_killed_part_is_started_again(up: Up, part: str) -> None:
    [victim] = [pid for pid in _children(up.process.pid) if part in _command_line(pid)]
    os.kill(victim, signal.SIGKILL)
    assert eventually(
        lambda: any(part in _command_line(pid) for pid in _children(up.process.pid) - {victim}), START_SECONDS
    )
    assert eventually(up.ready, START_SECONDS)


@pytest.mark.timeout(900)
def test_stopped_killed_and_begun_anew(tmp_path: Path, starts: Callable[..., Up]) -> None:
    """Ctrl-C ends all of it; so does `kill -9`; the next start finds the data, until one is told to forget."""
    data = tmp_path / "var"
    first = starts(data)
    operator = _operator(data)
    assert first.end(signal.SIGINT) == 0
    assert "stopped" in first.output.read_text()
    assert not answers(first.port)
    assert not (data / RUNNING).exists()

    assert starts(data).end(signal.SIGKILL) == -signal.SIGKILL

    third = starts(data)
    assert third.ready()
    assert _operator(data) == operator
    assert third.end(signal.SIGTERM) == 0

    anew = starts(data, "--fresh")
    assert _operator(data)["password"] != operator["password"]
    assert anew.end(signal.SIGHUP) == 0


def test_it_can_be_interrupted_while_it_starts(tmp_path: Path) -> None:
    process = subprocess.Popen(command(tmp_path / "var", free_ports(1)[0]), stdout=subprocess.PIPE)
    assert process.stdout
    process.stdout.readline()  # the first service is being started
    family = descendants(process.pid)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 0
    assert eventually(lambda: not any(runs(pid) for pid in family))


def test_services_named_in_the_environment_are_used_not_started(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:  # accepts, never answers
        url = f"postgresql://owner@127.0.0.1:{nobody.getsockname()[1]}/x?connect_timeout=2"
        given = os.environ | {"DATABASE_URL": url, "REDIS_URL": "unix:///none", "S3_BUCKET": "none"}
        run = subprocess.run(command(tmp_path / "var", free_ports(1)[0]), env=given, capture_output=True, text=True)
    assert run.returncode == 1
    assert "`migrate` failed" in run.stderr
    assert not {"pgdata", "valkey", "s3"} & {path.name for path in (tmp_path / "var").iterdir()}


def _operator(data: Path) -> dict[str, str]:
    return json.loads((data / "dev-credentials.json").read_text())["platform"]


def _contents(data: Path) -> set[str]:
    """What lies in the data folder, down to the first level of each service's own."""
    return {str(path.relative_to(data)) for path in [*data.iterdir(), *(data / "pgdata").iterdir()]}


def _children(pid: int) -> set[int]:
    return {int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except (FileNotFoundError, ProcessLookupError):
        return ""
