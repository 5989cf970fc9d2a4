import os
import stat
from pathlib import Path

import pytest

from cardmesh.embedded import data_folder, secrets
from cardmesh.embedded.errors import DataFolderBusy, DataFolderUnusable


def test_a_second_holder_is_told_who_holds_it(tmp_path: Path) -> None:
    with (
        data_folder.held(tmp_path / "var"),
        pytest.raises(DataFolderBusy, match=rf"process {os.getpid()}.*--data.*--port"),
        data_folder.held(tmp_path / "var"),
    ):
        pass


def test_it_is_free_again_afterwards(tmp_path: Path) -> None:
    for _ in range(2):
        with data_folder.held(tmp_path / "var") as data:
            assert stat.S_IMODE(data.stat().st_mode) == 0o700


def test_a_folder_with_someone_elses_files_is_refused_and_untouched(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(DataFolderUnusable, match="not a Cardmesh data folder"), data_folder.held(tmp_path):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_file_in_its_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("")
    with pytest.raises(DataFolderUnusable, match="cannot be used"), data_folder.held(tmp_path / "var"):
        pass


def test_emptying_keeps_the_claim_and_does_not_follow_links(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").touch()
    with data_folder.held(tmp_path / "var") as data:
        (data / "pgdata").mkdir()
        (data / "pgdata" / "file").touch()
        (data / "link").symlink_to(outside)
        data_folder.empty(data)
        assert [path.name for path in data.iterdir()] == [data_folder.MARKER]
    assert (outside / "kept").exists()


def test_secrets_are_made_once_and_private(tmp_path: Path) -> None:
    first = secrets.secret(tmp_path / "secrets", "key", prefix="sk_test_")
    assert first.startswith("sk_test_")
    assert len(first) == len("sk_test_") + 64
    assert secrets.secret(tmp_path / "secrets", "key", prefix="sk_test_") == first
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "secrets" / "key").stat().st_mode) == 0o600
