"""`kill -9` of whoever started the services must leave nothing behind."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from cardmesh.embedded import data_folder
from cardmesh.embedded.postgres import Postgres
from tests.embedded.observe import descendants, eventually, runs

OWNER_OF_ALL = """
import sys, time
from pathlib import Path
from cardmesh.embedded import data_folder
from cardmesh.embedded.postgres import Postgres
from cardmesh.embedded.s3 import S3
from cardmesh.embedded.valkey import Valkey
with data_folder.held(Path(sys.argv[1])) as data, Postgres(data), Valkey(data), S3(data):
    print("up", flush=True)
    time.sleep(600)
"""


def start_all(data: Path) -> tuple[subprocess.Popen[str], set[int]]:
    argv = [sys.executable, "-c", OWNER_OF_ALL, str(data)]
    owner = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
    assert owner.stdout
    assert owner.stdout.readline() == "up\n"
    return owner, descendants(owner.pid)


def kill(owner: subprocess.Popen[str]) -> None:
    os.kill(owner.pid, signal.SIGKILL)
    owner.communicate()


def test_no_service_outlives_its_killed_owner(tmp_path: Path) -> None:
    owner, family = start_all(tmp_path)
    assert len(family) > 6
    kill(owner)
    assert eventually(lambda: not any(runs(pid) for pid in family))


def test_the_next_owner_waits_for_the_last_of_them_and_finds_the_data(tmp_path: Path) -> None:
    owner, family = start_all(tmp_path)
    kill(owner)
    with data_folder.held(tmp_path) as data:
        assert not any(runs(pid) for pid in family)
        with Postgres(data) as server:
            assert server.alive
