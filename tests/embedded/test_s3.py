import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from cardmesh.embedded.s3 import BUCKET, S3
from cardmesh.embedded.sockets import http_status
from cardmesh.kit.errors import Unavailable
from cardmesh.kit.storage import ObjectStorage, open_storage
from cardmesh.settings import Settings
from tests.embedded.observe import descendants, listening, runs


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("s3 卡盟")


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[S3]:
    with S3(home) as running:
        yield running


def storage(server: S3, **changes: str) -> ObjectStorage:
    return open_storage(Settings.from_env(server.env | changes))


def test_objects_survive_a_restart_at_the_same_address(tmp_path: Path) -> None:
    with S3(tmp_path) as server:
        address = server.url()
        storage(server).put("a/卡.txt", b"x" * 5_000_000)
    with S3(tmp_path) as server:
        assert server.url() == address
        assert storage(server).get("a/卡.txt") == b"x" * 5_000_000


def test_it_listens_on_loopback_and_only_on_the_ports_it_was_given(server: S3, home: Path) -> None:
    assert server.pid
    given = json.loads((home / "s3" / "ports.json").read_text()).values()
    assert listening(descendants(server.pid)) == {("127.0.0.1", port) for port in given}


def test_a_wrong_key_opens_nothing(server: S3) -> None:
    with pytest.raises(Unavailable) as refused:
        storage(server, S3_SECRET_KEY="wrong").get("a")
    assert "SignatureDoesNotMatch" in str(refused.value.__cause__)


def test_nobody_reads_without_a_key_neither_in_front_nor_behind(server: S3, home: Path) -> None:
    storage(server).put("private.txt", b"secret")
    ports = json.loads((home / "s3" / "ports.json").read_text())
    assert http_status(ports["s3"], f"/{BUCKET}/private.txt") == 403
    assert http_status(ports["filer"], f"/buckets/{BUCKET}/private.txt") == 401


def test_its_keys_are_made_once_and_private(server: S3, home: Path) -> None:
    secrets = list((home / "secrets").iterdir())
    assert len(secrets) == 6
    assert {path.stat().st_mode & 0o777 for path in secrets} == {0o600}
    assert S3(home)._credentials() == server._credentials()


def test_it_leaves_no_process_and_no_socket(tmp_path: Path) -> None:
    with S3(tmp_path) as server:
        assert server.pid
        pid = server.pid
        ports = json.loads((tmp_path / "s3" / "ports.json").read_text()).values()
    assert not runs(pid)
    assert [left for port in ports for left in Path("/tmp").glob(f"seaweedfs-*-{port}.sock")] == []
