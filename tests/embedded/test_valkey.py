from pathlib import Path

import redis

from cardmesh.embedded.valkey import Valkey
from tests.embedded.observe import descendants, listening, runs


def test_data_survives_a_stop_and_a_start(tmp_path: Path) -> None:
    with Valkey(tmp_path) as server, redis.Redis.from_url(server.url()) as client:
        client.set("kept", "卡密")
    with Valkey(tmp_path) as server, redis.Redis.from_url(server.url()) as client:
        assert client.get("kept") == "卡密".encode()


def test_nothing_is_kept_when_not_persistent(tmp_path: Path) -> None:
    with Valkey(tmp_path, persistent=False) as server, redis.Redis.from_url(server.url()) as client:
        client.set("gone", "1")
    assert list((tmp_path / "valkey").iterdir()) == []


def test_it_listens_on_no_network_address_and_refuses_rather_than_forgets(tmp_path: Path) -> None:
    with Valkey(tmp_path / ("long " * 30)) as server, redis.Redis.from_url(server.url(5)) as client:
        assert server.pid
        assert listening(descendants(server.pid)) == set()
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        pid = server.pid
    assert not runs(pid)
