"""The commands a theme author uses, on a snapshot file alone."""

import threading
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from site_builder.cli import main
from site_builder.objects import FolderStore
from site_builder.serve import Watcher, server
from site_builder.target import Site
from tests.site_builder.conftest import FIXTURES

TWELVE = str(FIXTURES / "twelve.json")


def test_build_publishes_into_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["build", TWELVE, "--theme", "classic", "--out", str(tmp_path)]) == 0
    assert "62 pages" in capsys.readouterr().out
    assert Site(FolderStore(tmp_path), "sites/sto_small").read("/p/steam-cn/")
    assert main(["build", TWELVE, "--out", str(tmp_path)]) == 0
    assert "made 0" in capsys.readouterr().out


def test_build_writes_plain_files(tmp_path: Path) -> None:
    assert main(["build", TWELVE, "--out", str(tmp_path / "www"), "--plain"]) == 0
    assert (tmp_path / "www/p/steam-cn/index.html").is_file()


def test_bad_input_is_told_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text("{}")
    assert main(["build", str(broken), "--out", str(tmp_path)]) == 1
    assert "/store: is required" in capsys.readouterr().err
    assert main(["build", TWELVE, "--theme", "gone", "--out", str(tmp_path)]) == 1
    assert "no such theme" in capsys.readouterr().err
    assert main(["build", str(tmp_path / "absent.json"), "--out", str(tmp_path)]) == 1


def test_serve_answers_and_rebuilds_on_change(tmp_path: Path) -> None:
    source = tmp_path / "shop.json"
    source.write_text(Path(TWELVE).read_text("utf-8"), "utf-8")
    watcher = Watcher(Site(FolderStore(tmp_path / "out"), "sites/x"), source, "classic")
    assert watcher.refresh().startswith("built")
    with server(watcher, 0) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        try:
            address = f"http://127.0.0.1:{running.server_port}"
            assert "Steam 充值卡 国区" in urllib.request.urlopen(f"{address}/p/steam-cn/").read().decode()  # noqa: S310 - loopback
            source.write_text(source.read_text("utf-8").replace("Steam 充值卡 国区", "Steam 新名字"), "utf-8")
            assert "Steam 新名字" in urllib.request.urlopen(f"{address}/p/steam-cn/").read().decode()  # noqa: S310 - loopback
            source.write_text("{", "utf-8")
            assert "Steam 新名字" in urllib.request.urlopen(f"{address}/p/steam-cn/").read().decode()  # noqa: S310 - loopback
            with pytest.raises(urllib.error.HTTPError, match="404") as lost:
                urllib.request.urlopen(f"{address}/nowhere/")  # noqa: S310 - loopback
            assert "页面不存在" in lost.value.read().decode()
            lost.value.close()
        finally:
            running.shutdown()
            thread.join()
