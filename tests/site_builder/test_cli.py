"""The commands a theme author uses, on a snapshot file alone."""

import json
import os
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from site_builder.check import rendering
from site_builder.cli import main
from site_builder.objects import FolderStore
from site_builder.scaffold import start
from site_builder.serve import Watcher, server
from site_builder.target import Site
from tests.site_builder.conftest import FIXTURES, THEMES

TWELVE = str(FIXTURES / "twelve.json")
ROOT = FIXTURES.parents[2]


def test_build_publishes_into_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["build", TWELVE, "--theme", "classic", "--out", str(tmp_path)]) == 0
    assert "66 pages" in capsys.readouterr().out
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


class Author:
    """Someone making a theme: a served shop, its files, and what the page is told."""

    def __init__(self, folder: Path, theme: Path) -> None:
        self.theme, self.source = theme, folder / "shop.json"
        self.source.write_text(Path(TWELVE).read_text("utf-8"), "utf-8")
        self.watcher = Watcher(Site(FolderStore(folder / "out"), "sites/x"), self.source, f"{theme}")

    def serve(self) -> Iterator["Author"]:
        with server(self.watcher, 0) as running:
            thread = threading.Thread(target=running.serve_forever)
            thread.start()
            self.address = f"http://127.0.0.1:{running.server_port}"
            try:
                yield self
            finally:
                running.shutdown()
                thread.join()
                if checking := self.watcher.checking:
                    checking.join()

    def get(self, path: str) -> str:
        with urllib.request.urlopen(self.address + path) as answer:  # noqa: S310 - loopback
            return answer.read().decode()

    def state(self) -> dict[str, Any]:
        return json.loads(self.get("/_live/state.json"))

    def checked(self) -> dict[str, Any]:
        """The state when the theme check is through."""
        self.state()
        if checking := self.watcher.checking:
            checking.join()
        return self.state()

    def write(self, path: str, text: str) -> None:
        (self.theme / path).parent.mkdir(parents=True, exist_ok=True)
        (self.theme / path).write_text(text, "utf-8")


@pytest.fixture
def author(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Author]:
    monkeypatch.setattr(rendering, "SIZES", (0, 2))
    monkeypatch.setattr(rendering, "LARGE", 2)
    yield from Author(tmp_path, start("mine", tmp_path / "themes")).serve()


@pytest.mark.parametrize("handle", ["mine", "a", "neon-2"])
def test_a_new_theme_passes_the_check_and_builds(
    handle: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    if handle != "mine":  # one of them through the whole check is enough
        monkeypatch.setattr(rendering, "SIZES", (0, 2))
        monkeypatch.setattr(rendering, "LARGE", 2)
    assert main(["new", handle, "--name", "My shop"]) == 0
    assert f"--theme ./{handle}" in capsys.readouterr().out
    assert main(["check", f"./{handle}"]) == 0
    assert "no findings" in capsys.readouterr().out
    assert main(["build", TWELVE, "--theme", f"./{handle}", "--out", "www", "--plain"]) == 0
    style = next(Path("www/assets").glob("app.*.css")).read_text("utf-8")
    assert "#7a3e9d" in style and ".hero{border-radius: var(--radius-l)}" in style


@pytest.mark.parametrize("handle", ["", "Mine", "a b", "../x", "a_b", "x" * 41, "classic"])
def test_a_bad_handle_starts_nothing(handle: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", handle, "--in", str(tmp_path / "shelf")]) == 1
    assert handle in capsys.readouterr().err and not (tmp_path / "shelf").exists()


def test_what_stands_there_is_left_alone(tmp_path: Path) -> None:
    folder = start("mine", tmp_path)
    (folder / "theme.json").write_text("{}")
    assert main(["new", "mine", "--in", str(tmp_path)]) == 1
    assert (folder / "theme.json").read_text() == "{}"


def test_a_saved_theme_file_is_built_and_told(author: Author) -> None:
    before = author.state()["built"]
    assert author.state()["built"] == before, "nothing was saved"
    author.write("sections/not-found.html.j2", "<h1>Nothing here, friend</h1>\n")
    assert author.state()["built"] == before + 1
    assert "Nothing here, friend" in author.get("/404.html")
    author.source.write_text(author.source.read_text("utf-8").replace("Steam 充值卡 国区", "新名字"), "utf-8")
    assert author.state()["built"] == before + 2


def test_a_page_that_fails_is_told_with_file_and_line_and_the_last_good_one_stays(author: Author) -> None:
    good = author.get("/")
    author.write("snippets/price.html.j2", "<b>\n{{ product.nothing }}\n</b>")
    told = author.state()
    first = told["problems"][0]
    assert (first["level"], first["file"], first["line"]) == ("fatal", "snippets/price.html.j2", 2)
    assert "not built" in told["summary"] and "nothing" in first["message"]
    assert author.get("/").replace("?built=2", "?built=1") == good
    (author.theme / "snippets/price.html.j2").unlink()
    assert author.checked()["problems"] == []


@pytest.mark.parametrize(
    ("path", "text", "line"),
    [
        ("sections/hero.html.j2", "<p>\n{% if %}\n", 2),
        ("theme.json", '{\n "handle": mine\n}', 2),
        ("tokens.json", "{", 1),
    ],
)
def test_a_file_that_cannot_be_read_is_told_with_its_line(author: Author, path: str, text: str, line: int) -> None:
    author.state()
    author.write(path, text)
    told = author.checked()
    assert (path, line) in {(problem["file"], problem["line"]) for problem in told["problems"]}


def test_findings_of_the_check_are_told_too(author: Author) -> None:
    assert author.checked()["summary"] == "theme check: clean"
    author.write("sections/not-found.html.j2", '<h1>x</h1>\n<p style="color:red">y</p>\n')
    told = author.checked()
    assert ("sections/not-found.html.j2", 2) in {(p["file"], p["line"]) for p in told["problems"]}
    assert "not built" not in told["summary"]


def test_the_panel_is_served_and_nowhere_else(author: Author, tmp_path: Path) -> None:
    page = author.get("/")
    assert page.count("/_live/live.js") == 1 and page.index("/_live/live.js") < page.index("</body>")
    assert "location.reload" in author.get("/_live/live.js") and "live-panel" in author.get("/_live/live.css")
    for lost in ("/_live/../cli.py", "/_live/__init__.py", "/_live/"):
        with pytest.raises(urllib.error.HTTPError, match="404") as error:
            author.get(lost)
        error.value.close()
    record = author.watcher.site.record(author.watcher.site.current())
    assert record is not None and not [path for path in record.manifest.entries if "_live" in path]
    assert b"_live" not in (author.watcher.site.read("/") or (b"", {}))[0]


def test_it_listens_on_loopback_only(author: Author) -> None:
    assert author.address.startswith("http://127.0.0.1:")
    with server(author.watcher, 0) as other:
        assert other.server_address[0] == "127.0.0.1"


def test_a_shop_that_never_built_says_so(tmp_path: Path) -> None:
    theme = start("mine", tmp_path / "themes")
    (theme / "tokens.json").write_text("{", "utf-8")
    for author in Author(tmp_path, theme).serve():
        with pytest.raises(urllib.error.HTTPError, match="404") as error:
            author.get("/")
        assert "/_live/live.js" in error.value.read().decode()
        error.value.close()
        assert author.state()["problems"][0]["file"] == "tokens.json"


@pytest.mark.browser
def test_the_page_reloads_itself_and_shows_the_place_of_a_mistake(author: Author, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(f"{author.address}/nowhere/")
    author.write("sections/not-found.html.j2", "<h1>Saved just now</h1>\n")
    expect(page.get_by_role("heading", name="Saved just now")).to_be_visible(timeout=15_000)
    author.write("sections/not-found.html.j2", "<h1>x</h1>\n{{ lost }}\n")
    expect(page.locator("#live-panel b").first).to_have_text("sections/not-found.html.j2:2", timeout=15_000)
    page.close()


@pytest.mark.parametrize("theme", THEMES)
def test_two_processes_write_the_same_bytes(theme: str, tmp_path: Path) -> None:
    """Whatever order their sets and hashes have."""
    command = [sys.executable, "-m", "site_builder", "build", TWELVE, "--theme", theme, "--plain", "--out"]
    outs = [tmp_path / seed for seed in ("1", "2")]
    both = [
        subprocess.Popen([*command, str(out)], stdout=subprocess.DEVNULL, cwd=ROOT, env=environment(out.name))
        for out in outs
    ]
    assert [process.wait() for process in both] == [0, 0]
    one, other = (
        {path.relative_to(out): path.read_bytes() for path in out.rglob("*") if path.is_file()} for out in outs
    )
    assert len(one) > 100 and one == other


def environment(seed: str) -> dict[str, str]:
    return {**os.environ, "PYTHONHASHSEED": seed}


ALONE = """
import sys
sys.modules.update(dict.fromkeys(sys.argv[1].split()))
from site_builder.cli import main
raise SystemExit(main(sys.argv[2:]))
"""
PLATFORM = "cardmesh workers migrations flask werkzeug sqlalchemy psycopg redis rq boto3 botocore stripe pydantic"


@pytest.mark.parametrize(
    "words",
    [
        ["build", TWELVE, "--out", "www"],
        ["build", TWELVE, "--out", "plain", "--plain", "--no-gzip"],
        ["new", "aurora", "--in", "."],
        ["check", "classic"],
        ["serve", "--help"],
    ],
    ids=lambda words: words[0],
)
def test_it_works_where_nothing_of_the_platform_can_be_imported(words: list[str], tmp_path: Path) -> None:
    command = [sys.executable, "-c", ALONE, PLATFORM, *words]
    answer = subprocess.run(command, cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr
    assert not list((tmp_path / "plain").rglob("*.gz"))
