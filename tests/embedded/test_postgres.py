import tempfile
from pathlib import Path
from urllib.parse import unquote

import psycopg
import pytest

from cardmesh.embedded.errors import DataFolderUnusable
from cardmesh.embedded.postgres import Postgres, sized
from tests.embedded.observe import descendants, listening, runs


def ask(url: str, question: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(question.encode()).fetchone()
        return row and row[0]


def test_data_survives_a_stop_and_a_start(tmp_path: Path) -> None:
    with Postgres(tmp_path, durable=False) as server, psycopg.connect(server.url()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT '卡密' AS word")
    with Postgres(tmp_path, durable=False) as server:
        assert ask(server.url(), "SELECT word FROM kept") == "卡密"


def test_it_listens_on_no_network_address_and_leaves_no_process(tmp_path: Path) -> None:
    with Postgres(tmp_path, durable=False) as server:
        assert server.pid
        family = descendants(server.pid)
        assert len(family) > 3  # the postmaster and its helpers: we did look
        assert listening(family) == set()
        assert server.alive
    assert not any(runs(pid) for pid in family)
    assert not server.alive


def test_the_socket_is_in_a_private_folder(tmp_path: Path) -> None:
    with Postgres(tmp_path, durable=False):
        sockets = tmp_path / "run"
        assert sockets.stat().st_mode & 0o777 == 0o700
        assert (sockets / ".s.PGSQL.5432").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("name", ['"b" 卡 %41 ', "a, b"])
def test_a_short_folder_name_with_everything_in_it_will_do(name: str) -> None:
    with (
        tempfile.TemporaryDirectory(prefix=name, dir="/tmp") as folder,
        Postgres(Path(folder), durable=False) as server,
    ):
        assert ask(server.url(), "SELECT current_database()::text") == "cardmesh"


def test_a_name_too_long_for_a_socket_will_do_and_leaves_no_other_folder(tmp_path: Path) -> None:
    with Postgres(tmp_path / ("x" * 150), durable=False) as server:
        assert ask(server.url(), "SELECT current_database()::text") == "cardmesh"
        sockets = Path(unquote(server.url().partition("host=")[2].partition("&")[0]))
        assert sockets.stat().st_mode & 0o777 == 0o700
    assert not sockets.exists()


def test_the_owner_is_what_a_managed_database_gives(tmp_path: Path) -> None:
    with Postgres(tmp_path, durable=False) as server:
        flags = "SELECT (rolsuper, rolbypassrls, rolcreatedb, rolcreaterole)::text FROM pg_roles "
        assert ask(server.url(), flags + "WHERE rolname = current_user") == "(f,f,t,t)"


def test_chinese_text_is_told_apart_and_lowered_whatever_the_environment_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANG", "xx_XX.nonsense")
    monkeypatch.setenv("PGPORT", "1")
    with Postgres(tmp_path, durable=False) as server:
        assert ask(server.url(), "SELECT lower('ÄÖÜ') || '卡盟'") == "äöü卡盟"


def test_an_interrupted_creation_is_begun_again(tmp_path: Path) -> None:
    (tmp_path / "pgdata.new").mkdir()
    (tmp_path / "pgdata.new" / "PG_VERSION").write_text("18\n")
    with Postgres(tmp_path, durable=False) as server:
        assert server.alive


def test_another_major_version_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "pgdata").mkdir()
    (tmp_path / "pgdata" / "PG_VERSION").write_text("15\n")
    with pytest.raises(DataFolderUnusable, match=r"PostgreSQL 15.*--data"):
        Postgres(tmp_path).start()


def test_a_folder_that_is_no_cluster_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pgdata").mkdir()
    with pytest.raises(DataFolderUnusable, match="PG_VERSION"):
        Postgres(tmp_path).start()


def test_buffers_follow_the_memory_of_the_machine_within_bounds() -> None:
    gigabyte = 2**30
    assert sized(gigabyte) == {"shared_buffers": "256MB", "effective_cache_size": "512MB"}
    assert sized(8 * gigabyte) == {"shared_buffers": "1024MB", "effective_cache_size": "4096MB"}
    assert sized(64 * gigabyte) == {"shared_buffers": "2048MB", "effective_cache_size": "32768MB"}
